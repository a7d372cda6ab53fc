import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

// The README's program, completed with the data that it speaks of, is checked by the compiler and run.

const root = resolve(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const entries: Readonly<Record<string, string>> = {
  fluxion: 'index.ts',
  'fluxion/nn': 'dsl/nn/index.ts',
  'fluxion/optim': 'dsl/optim/index.ts',
}

const listing = /```ts\n([\s\S]*?)```/.exec(readme)![1]!
const source = [
  listing.replace(/from '(fluxion[^']*)'/g, (_, name: string) => `from '${join(root, entries[name]!)}'`),
  'export const { loss } = run({ state, x1: batches[0]! })',
].join('\n')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'))
  const batches =
    'const batches = Array.from({ length: 3 }, (_, k) => Float32Array.from({ length: 512 }, (_, i) => Math.sin(i + k)))\n'
  writeFileSync(join(folder, 'listing.ts'), batches + source)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const types = ['@types/node', '@webgpu/types'].map((name) => join(root, 'node_modules', name))
  const compilerOptions = { types, rewriteRelativeImportExtensions: false }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, files: ['listing.ts'] }),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

test('it has no type errors', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  expect(execFileSync(process.execPath, [tsc, '--noEmit', '-p', folder], { encoding: 'utf8' })).toBe('')
})

test('it trains', async () => {
  const { loss } = (await import(join(folder, 'listing.ts'))) as { loss: { item(): Promise<number> } }
  const value = await loss.item()
  expect(value).toBeGreaterThan(0)
  expect(value).toBeLessThan(10)
})

test('the entry points that it names are those of the package', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>
  }
  for (const [name, file] of Object.entries(entries))
    expect(exports[name.replace('fluxion', '.')]!.default).toBe(`./dist/${file.replace(/ts$/, 'js')}`)
})
