import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ChosenSources, chooseSources, openSources } from '../../../compiler/frontend/open-sources.ts'

let folder: string
const at = (path: string): string => join(folder, path)
const inFolder = (path: string): string => path.slice(folder.length + 1)

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'open-sources-')))
  const uses = "import { program } from 'fluxion'\nexport const it = program"
  const ofPackage = (name: string, manifest: object = {}) => ({
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, types: 'index.d.ts', ...manifest }),
    [`node_modules/${name}/index.d.ts`]: 'export interface It {}\nexport declare const it: It',
  })
  const files = {
    'tsconfig.json': JSON.stringify({
      compilerOptions: { lib: ['ES2023'], types: [], module: 'NodeNext', skipLibCheck: true },
    }),
    'package.json': JSON.stringify({ type: 'module' }),
    'model.ts': `${uses}
import { it as value } from 'called'
import type { It } from 'typed'
import type { It as Known } from 'knowing'
export { it as handed } from 'handed'
export type { It as Same } from 'both'
import { it as both } from 'both'
export const use = async (a: It, b: Known) => [value, both, a, b, await import('loaded')]`,
    'plain.ts': 'export const one = 1',
    'model.test.ts': uses,
    'test/helper.ts': uses,
    'test/deep/other.ts': uses,
    'test/helper.test.ts': uses,
    'src/__tests__/a.ts': uses,
    'testing/b.ts': uses,
    'node_modules/fluxion/package.json': JSON.stringify({ name: 'fluxion', types: 'index.d.ts' }),
    'node_modules/fluxion/index.d.ts': 'export declare const program: unknown',
    ...ofPackage('called'),
    ...ofPackage('typed'),
    ...ofPackage('handed'),
    ...ofPackage('loaded'),
    ...ofPackage('both'),
    ...ofPackage('knowing', { peerDependencies: { fluxion: '*' } }),
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), text)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const chosen = (...under: readonly string[]): Promise<ChosenSources> =>
  chooseSources({ tsConfigFilePath: at('tsconfig.json') }, under.map(at))

test.each([
  ['all but tests, and what they share', [], ['model.ts', 'testing/b.ts']],
  ['those of a folder of tests, where it is named', ['test'], ['test/deep/other.ts', 'test/helper.ts']],
  ['a test that is named', ['test/helper.test.ts', 'testing'], ['test/helper.test.ts', 'testing/b.ts']],
  ['none that do not import fluxion, but those that are named', ['plain.ts'], ['plain.ts']],
])('%s', async (_, under, expected) => {
  const { paths } = await chosen(...under)
  expect(paths.map(inFolder)).toEqual(expected)
})

test('packages of which only types are taken, or that are loaded on demand, are not parsed, unless they know fluxion', async () => {
  const { project } = openSources(await chosen('model.ts'))
  const parsed = (project.getProgram().compilerObject as { getSourceFiles(): readonly { fileName: string }[] })
    .getSourceFiles()
    .flatMap(({ fileName }) => /node_modules\/([\w-]+)\//.exec(fileName.slice(folder.length))?.[1] ?? [])
  expect(parsed.sort()).toEqual(['both', 'called', 'fluxion', 'handed', 'knowing'])
})
