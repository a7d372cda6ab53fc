import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readSources } from './sources.ts'
import { leftovers } from './words.ts'

const check = (file: string, text: string): readonly string[] => leftovers(new Map([[file, text]]))

test('the project has no leftovers', () => {
  const sources = new Map(readSources(resolve(import.meta.dirname, '../..')))
  // These two must name what they forbid.
  for (const file of ['test/house/words.ts', 'test/house/words.test.ts']) expect(sources.delete(file)).toBe(true)
  expect(sources.size).toBeGreaterThan(10)
  expect(leftovers(sources)).toEqual([])
})

test('a leftover is reported with its file and line', () => {
  expect(check('dsl/a.ts', 'one\ntwo // TODO later')).toEqual(["dsl/a.ts:2: 'TODO' is a note of unfinished work"])
})

test.each([
  ['README.md', 'FIXME'],
  ['cli/main.ts', `open('/home/ada/data')`],
  ['README.md', 'see /work/here'],
  ['test/a.test.ts', 'C:\\Users'],
  ['runtime/a.ts', `console.log('here')`],
  ['index.ts', 'if (broken)\n  debugger\n'],
  ['test/a.test.ts', `test.only('one', () => {})`],
  ['test/a.test.ts', `describe.concurrent.only('one', () => {})`],
])('%s must not say %s', (file, text) => {
  expect(check(file, text)).toHaveLength(1)
})

test.each([
  ['cli/main.ts', `console.log('result')`],
  ['README.md', 'https://example.org/work/here and src/home/page and ~/work/x'],
  ['dsl/a.ts', 'a method, a todo list, the only one'],
  ['compiler/a.ts', 'const reserved = `crate debugger decltype`'],
])('%s may say %s', (file, text) => {
  expect(check(file, text)).toEqual([])
})
