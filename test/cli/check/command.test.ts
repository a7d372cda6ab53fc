import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toSarif } from '../../../cli/check/sarif.ts'
import { describeFinding, describeFindings } from '../../../cli/check/text.ts'
import { run } from '../../../cli/check.ts'
import { findingAt } from '../../../compiler/frontend/finding.ts'
import { printed } from '../printed.ts'

// Small projects without the library, which are read in no time.

let folder: string
const at = (name: string): string => join(folder, name)
const small = JSON.stringify({ compilerOptions: { lib: ['ES2023'], types: [], module: 'NodeNext' }, include: ['.'] })

/** As the rules of types do: the complaint is what the parameter should be. */
const declared =
  "declare const add: (x: 'shape error: add: [2] with [3]') => void, sub: (x: 'dtype error: add: bool is not a number') => void"

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'check-command-')))
  const files = {
    'clean/tsconfig.json': small,
    'clean/model.ts': 'export const a = 1\n',
    'broken/tsconfig.json': small,
    'broken/src/model.ts': "import { program } from 'fluxion'\n\nexport const a = program({ x: }, ({ x }) => x)\n",
    'lonely/tsconfig.json': small,
    'lonely/model.ts': "import { program } from 'fluxion'\nexport const a = program({}, () => 1)\n",
    'heir/tsconfig.json': JSON.stringify({ extends: './absent.json' }),
    'heir/model.ts': 'export const a = 1',
    'parts/tsconfig.json': JSON.stringify({ files: [], references: [{ path: './tsconfig.app.json' }] }),
    'none/model.ts': 'export const a = 1\n',
    'typed/tsconfig.json': small,
    'typed/model.ts': `${declared}\nadd(true)\nsub(1)\nconst text: string = 1\nexport { text }\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text)
  }
  mkdirSync(at('typed/node_modules'))
  for (const name of ['typescript', '@typescript'])
    symlinkSync(resolve(import.meta.dirname, '../../../node_modules', name), at(`typed/node_modules/${name}`))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What the command prints, and what it exits with. */
async function check(...args: readonly string[]): Promise<{ readonly said: string; readonly code: unknown }> {
  const before = process.exitCode
  try {
    const said = await printed(run, ...args)
    return { said, code: process.exitCode }
  } finally {
    process.exitCode = before
  }
}

describe('the command', () => {
  test('finds nothing, and exits with 0', async () => {
    expect(await check(at('clean'), '--no-run')).toEqual({ said: 'nothing found in 0 files, 0 programs', code: 0 })
  })

  test('finds something, shows where, and exits with 1', async () => {
    const { said, code } = await check(at('broken'), '--no-run')
    expect(code).toBe(1)
    expect(said.replace(folder, '')).toBe(`/broken/src/model.ts:3:31 - error FX9001: Expression expected.
  2 |
  3 | export const a = program({ x: }, ({ x }) => x)
    |                               ^
  4 |
  help: correct the syntax first; the rest of the file is not looked at
  see docs/diagnostics/FX9001.md

1 error in 1 file, 0 programs`)
  })

  test('the same as data, printed and in a file', async () => {
    const { said, code } = await check(at('broken/src/model.ts'), '--no-run', '--json', '--sarif', at('out.sarif'))
    expect(code).toBe(1)
    const found = { code: 'FX9001', severity: 'error', file: at('broken/src/model.ts'), line: 3, column: 31, length: 1 }
    expect(JSON.parse(said)).toMatchObject({ findings: [found], files: 1, programs: 0 })
    const sarif = JSON.parse(readFileSync(at('out.sarif'), 'utf8')) as ReturnType<typeof toSarif>
    expect(sarif).toMatchObject({ version: '2.1.0', runs: [{ results: [{ ruleId: 'FX9001', level: 'error' }] }] })
    expect(JSON.parse((await check(at('broken'), '--no-run', '--format', 'sarif')).said)).toEqual(sarif)
  })

  test.each([
    ['a project that is not there', ['--project', 'nowhere/tsconfig.json'], /there is no tsconfig at .*nowhere/],
    ['a path that is not there', ['clean/gone.ts'], /there is no .*gone\.ts; paths are read from/],
    [
      'a folder that the project has not',
      ['--project', 'clean/tsconfig.json', 'none'],
      /no source files: .* has none in .*none/,
    ],
    [
      'a project of other projects',
      ['parts'],
      /names none; it refers to other projects, of which one can be given, as .*tsconfig\.app\.json/,
    ],
    [
      'what a project extends, where it is not there',
      ['heir'],
      /heir\/tsconfig\.json extends what cannot be read: .*absent\.json/,
    ],
    [
      'fluxion, where it is not installed',
      ['lonely'],
      /the types of 'fluxion' are not found from .*lonely; install it there/,
    ],
  ])('%s is said, and the exit code is 2', async (_, args, message) => {
    const paths = args.map((arg) => (arg.startsWith('--') ? arg : at(arg)))
    const { said, code } = await check(...paths, '--json', '--no-run')
    expect(code).toBe(2)
    const { findings } = JSON.parse(said) as {
      readonly findings: readonly { readonly code: string; readonly message: string }[]
    }
    expect(findings.map(({ code }) => code)).toEqual(['FX9002'])
    expect(findings[0]!.message).toMatch(message)
  })

  test("a project's native compiler is asked for type errors, of which only the language's are told", async () => {
    const { said } = await check(at('typed'), at('typed/model.ts'), '--no-run', '--json')
    const { findings } = JSON.parse(said) as { readonly findings: readonly object[] }
    expect(findings).toMatchObject([
      { code: 'FX1001', line: 2, column: 5, message: 'shape error: add: [2] with [3]' },
      { code: 'FX1002', line: 3, column: 5, message: 'dtype error: add: bool is not a number' },
    ])
  })

  test.each([
    [['--json', '--format', 'sarif'], '--json and --format sarif differ; leave one of them out'],
    [['--limit', '0'], "--limit takes a number above 0, was given '0'"],
    [['--frmat', 'json'], 'there is no option --frmat; did you mean --format?'],
  ])('%j is refused', async (args, message) => {
    await expect(check(...args)).rejects.toThrow(message)
  })

  test('help says what there is', async () => {
    expect((await check('--help')).said).toContain('fluxion check [PATH...] [OPTIONS]')
  })
})

const found = findingAt({ file: '/p/src/a.ts', line: 10, column: 3, length: 4 }, 'FX3003', 'log(1 + x) loses digits')
const source = `${'\n'.repeat(8)}nine\n\tx.add(1)\r\neleven\n`
/** In this package, wherever the command is run. */
const page = resolve(import.meta.dirname, '../../../docs/diagnostics/FX3003.md')
const plain = { folder: '/p', colours: false, textOf: () => source }

describe('as text', () => {
  test('lines around it, the mark below what it marks', () => {
    expect(describeFinding(found, plain)).toBe(`src/a.ts:10:3 - warning FX3003: log(1 + x) loses digits
   9 | nine
  10 | \tx.add(1)
     | \t ^^^^
  11 | eleven
  help: write x.log1p()
  see ${page}`)
  })

  test('without its source there is no frame, and a path elsewhere is whole', () => {
    const bare = describeFinding({ ...found, file: '/q/a.ts' }, { ...plain, textOf: () => undefined })
    expect(bare).toBe(`/q/a.ts:10:3 - warning FX3003: log(1 + x) loses digits\n  help: write x.log1p()\n  see ${page}`)
  })

  test('colours are there only when they are asked for', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    const code = /\u001b\[/
    expect(describeFinding(found, plain)).not.toMatch(code)
    expect(describeFinding(found, { ...plain, colours: true })).toMatch(code)
  })

  test('errors and warnings are counted', () => {
    const findings = [found, { ...found, line: 9 }, { ...found, severity: 'error' as const }]
    const said = describeFindings({ findings, programs: [], files: 2, ignored: [] }, plain)
    expect(said.split('\n').at(-1)).toBe('1 error and 2 warnings in 2 files, 0 programs')
  })
})

test('as SARIF: rules by their number, places from 1, paths from the folder', () => {
  const other = findingAt({ file: '/q/b c.ts', line: 1, column: 1, length: 1 }, 'FX1001', 'shape error: it')
  const { runs } = toSarif([found, other], '/p') as { readonly runs: readonly [Run] }
  const [{ tool, results }] = runs
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(['FX1001', 'FX3003'])
  expect(results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level])).toEqual([
    ['FX3003', 1, 'warning'],
    ['FX1001', 0, 'error'],
  ])
  expect(results.map(({ locations }) => locations[0].physicalLocation)).toEqual([
    {
      artifactLocation: { uri: 'src/a.ts', uriBaseId: 'ROOT' },
      region: { startLine: 10, startColumn: 3, endColumn: 7 },
    },
    { artifactLocation: { uri: 'file:///q/b%20c.ts' }, region: { startLine: 1, startColumn: 1, endColumn: 2 } },
  ])
})
interface Run {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
  readonly results: readonly {
    readonly ruleId: string
    readonly ruleIndex: number
    readonly level: string
    readonly locations: readonly [{ readonly physicalLocation: object }]
  }[]
}
