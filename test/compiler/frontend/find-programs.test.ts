import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FoundProgram, FrontendError, findPrograms } from '../../../compiler/frontend/index.ts'

const root = resolve(import.meta.dirname, '../../..')

const files: Readonly<Record<string, string>> = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      module: 'NodeNext',
      strict: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      paths: { fluxion: [join(root, 'index.ts')], 'fluxion/nn': [join(root, 'dsl/nn/index.ts')] },
    },
    include: ['src'],
  }),
  'package.json': JSON.stringify({ name: 'models', type: 'module' }),
  'src/plain.ts': `import { f32, i32, key, program } from 'fluxion'
import { linear } from 'fluxion/nn'

/**
 * The mean square (sum over d, mean over n).
 *
 * @see elsewhere
 */
export const loss = program({ params: linear('d', 3).params, x: f32('n', 'd'), mask: i32('n') }, ({ x }) => x.square().mean())

// not a doc comment
const hidden = program({ state: { w: f32('m', 2), key: key() } }, ({ state }) => ({ state }))
void hidden
export default program({ x: f32() }, ({ x }) => x)
`,
  'src/aliases.ts': `import { f32 as number, program as unit } from 'fluxion'
import * as fx from 'fluxion'
import { again, lib } from './library.ts'

const a = unit({ x: number(2) }, ({ x }) => x), b = fx['program']({}, () => fx.zeros([2]))
export { a as first, b, b as second }
export const c = again({ x: number('k') }, ({ x }) => x)
export const d = (lib.program({ x: number() }, ({ x }) => x)) satisfies unknown
export const [e] = [unit({ x: number() }, ({ x }) => x)]
`,
  'src/library.ts': `export { program as again } from 'fluxion'
export * as lib from 'fluxion'
`,
  'src/others.ts': `import { program as mine } from './mine.ts'
import { f32 } from 'fluxion'

const program = (x: unknown) => x
export const f = program({ x: f32('n') })
export const g = mine({ x: f32('n') })
export const h = (program: (x: unknown) => unknown) => program({ x: f32('n') })
`,
  'src/mine.ts': 'export function program(x: unknown) {\n  return x\n}\n',
  'src/specs.ts': `import { f32, program } from 'fluxion'

const shared = { x: f32('n', 'd'), y: f32('n') }
const build = (d: 'w' | number) => {
  const inner = program({ ...shared, 'z': f32(d, 'e') }, ({ x }) => x)
  return inner
}
export const built = build(3)
export const tuples = program({ layers: [f32('a'), { w: f32('b', 'a') }] as never }, () => 1 as never)
`,
  'broken/model.ts': "import { program } from 'fluxion'\n\nexport const a = program({ x: }, ({ x }) => x)\n",
  'broken/tsconfig.json': '{ "include": ["src" }',
  'empty/tsconfig.json': '{ "files": [], "include": [] }',
  'lonely/model.ts': "import { program } from 'fluxion'\nexport const a = program({}, () => 1 as never)\n",
  'lonely/package.json': JSON.stringify({ type: 'module' }),
}

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'frontend-')))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the programs of a project', () => {
  let found: readonly FoundProgram[]
  beforeAll(async () => {
    found = await findPrograms({ tsConfigFilePath: join(folder, 'tsconfig.json') })
  })
  const inFile = (name: string) => found.filter(({ file }) => file === join(folder, 'src', name))

  test('come with their names, exports, lines, docs, inputs and dims', () => {
    expect(inFile('plain.ts')).toEqual([
      {
        name: 'loss',
        exportedAs: ['loss'],
        file: join(folder, 'src/plain.ts'),
        line: 9,
        doc: 'The mean square (sum over d, mean over n).',
        inputs: ['params', 'x', 'mask'],
        dims: ['d', 'n'],
      },
      {
        name: 'hidden',
        exportedAs: [],
        file: join(folder, 'src/plain.ts'),
        line: 12,
        doc: '',
        inputs: ['state'],
        dims: ['m'],
      },
      {
        name: undefined,
        exportedAs: ['default'],
        file: join(folder, 'src/plain.ts'),
        line: 14,
        doc: '',
        inputs: ['x'],
        dims: [],
      },
    ])
  })

  test('are found under other names, through namespaces and through other files', () => {
    expect(inFile('aliases.ts').map(({ name, exportedAs, dims }) => [name, exportedAs, dims])).toEqual([
      ['a', ['first'], []],
      ['b', ['b', 'second'], []],
      ['c', ['c'], ['k']],
      ['d', ['d'], []],
      [undefined, [], []],
    ])
  })

  test('are not what only has the name', () => {
    expect(inFile('others.ts')).toEqual([])
    expect(inFile('mine.ts')).toEqual([])
  })

  test('have the dims of specs that are made elsewhere', () => {
    expect(inFile('specs.ts').map(({ name, exportedAs, inputs, dims }) => [name, exportedAs, inputs, dims])).toEqual([
      ['inner', [], ['x', 'y', 'z'], ['d', 'e', 'n']],
      ['tuples', ['tuples'], ['layers'], []],
    ])
  })
})

test("the library's own models are found by file", async () => {
  const found = await findPrograms({ files: [join(root, 'bench/programs/matching.ts')] })
  expect(found.map(({ name, exportedAs, inputs, dims }) => [name, exportedAs, inputs, dims])).toEqual([
    ['flowMatching', ['flowMatching'], ['params', 'x1', 'x0', 't'], ['n']],
    ['step', ['step'], ['state', 'x1'], ['n']],
    ['velocity', ['velocity'], ['params', 'x', 't'], ['n']],
  ])
  expect(found[0]!.doc).toMatch(/^Flow-matching loss \(sum over d, mean over n\)/)
})

describe('what is missing is said, with what to do', () => {
  const failing = async (sources: Parameters<typeof findPrograms>[0]): Promise<string> => {
    const thrown = await findPrograms(sources).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(thrown).toBeInstanceOf(FrontendError)
    return (thrown as FrontendError).message
  }

  test('a tsconfig', async () => {
    const path = join(folder, 'nowhere/tsconfig.json')
    expect(await failing({ tsConfigFilePath: path })).toBe(
      `there is no tsconfig at ${path}; make one with npx tsc --init, or name the sources: { files: ['model.ts'] }`,
    )
    // A folder is not a tsconfig.
    expect(await failing({ tsConfigFilePath: folder })).toContain(`there is no tsconfig at ${folder};`)
  })

  test('a tsconfig that can be read', async () => {
    const path = join(folder, 'broken/tsconfig.json')
    expect(await failing({ tsConfigFilePath: path })).toMatch(new RegExp(`^${path} does not parse: .*; correct it`))
  })

  test('sources', async () => {
    const path = join(folder, 'empty/tsconfig.json')
    expect(await failing({ tsConfigFilePath: path })).toBe(
      `no source files: ${path} names none; look at its "include" and "files"`,
    )
    expect(await failing({ files: [] })).toBe('no source files: the list of files is empty; name at least one')
    expect(await failing({} as never)).toBe(
      "say which sources: { tsConfigFilePath: 'tsconfig.json' } or { files: ['model.ts'] }",
    )
  })

  test('a file', async () => {
    const path = join(folder, 'src/none.ts')
    expect(await failing({ files: [join(folder, 'src/plain.ts'), path] })).toBe(
      `there is no file ${path}; paths are read from ${process.cwd()}`,
    )
  })

  test('syntax', async () => {
    const path = join(folder, 'broken/model.ts')
    expect(await failing({ files: [path] })).toBe(
      `${path}:3:31: Expression expected.\ncorrect the syntax first: npx tsc --noEmit shows all of it`,
    )
  })

  test('fluxion itself', async () => {
    expect(await failing({ files: [join(folder, 'lonely/model.ts')] })).toBe(
      `${join(folder, 'lonely/model.ts')}:1: the types of 'fluxion' are not found from ${join(folder, 'lonely')}; install it there: npm install fluxion`,
    )
  })
})
