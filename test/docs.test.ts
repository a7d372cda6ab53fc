import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { folderOf, fromSources, root, typeErrorsOf } from './listings.ts'

// Every listing of these pages that prints is checked by the compiler and run; it prints what stands below it.

const pages = ['language', 'devices', 'explain', 'data', 'training', 'flow-priors']
  .map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8'))
  .join('\n')
const listings = [...pages.matchAll(/```ts\n((?:(?!```)[\s\S])*)```\n```text\n([\s\S]*?)```/g)].map(
  ([, code, printed]) => ({
    code: `${fromSources(code!)}export {}\n`,
    printed: printed!.trim(),
  }),
)

let folder: string
beforeAll(() => {
  folder = folderOf(Object.fromEntries(listings.map(({ code }, i) => [`listing-${i}.ts`, code])))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the listings have no type errors', () => {
  expect(listings.length).toBeGreaterThanOrEqual(5)
  expect(typeErrorsOf(folder)).toBe('')
})

describe('a listing prints what the page says', () => {
  test.each(listings.map((_, i) => i))('%i', async (i) => {
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => {
      lines.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '))
    })
    await import(join(folder, `listing-${i}.ts`))
    log.mockRestore()
    // What names lines of the author's calls the listing model.ts.
    expect(lines.join('\n').replaceAll(`listing-${i}.ts`, 'model.ts')).toBe(listings[i]!.printed)
  })
})
