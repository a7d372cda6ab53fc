import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entries, folderOf, fromSources, root, typeErrorsOf } from './listings.ts'

// The README's program, completed with the data that it speaks of, is checked by the compiler and run.

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const listing = /```ts\n([\s\S]*?)```/.exec(readme)![1]!
const data =
  'const batches = Array.from({ length: 3 }, (_, k) => Float32Array.from({ length: 512 }, (_, i) => Math.sin(i + k)))\n'
const result = '\nexport const { loss } = run({ state, x1: batches[0]! })'

let folder: string
beforeAll(() => {
  folder = folderOf({ 'listing.ts': data + fromSources(listing) + result })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('it has no type errors', () => {
  expect(typeErrorsOf(folder)).toBe('')
})

test('it trains', async () => {
  const { loss } = (await import(join(folder, 'listing.ts'))) as { loss: { item(): Promise<number> } }
  const value = await loss.item()
  expect(value).toBeGreaterThan(0)
  expect(value).toBeLessThan(10)
})

test('the entry points that listings may name are those of the package', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>
  }
  for (const [name, file] of Object.entries(entries))
    expect(exports[name.replace('fluxion', '.')]!.default).toBe(`./dist/${file.replace(/ts$/, 'js')}`)
})
