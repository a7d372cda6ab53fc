import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readSources, type Sources } from './sources.ts'

/** As wide as code is. */
const width = 120

/**
 * Where lines of comments are wider, as `file:line`; but for those that a linter reads, or that nothing could break.
 */
const tooWide = (sources: Sources): readonly string[] =>
  [...sources].flatMap(([file, text]) =>
    text
      .split('\n')
      .flatMap((line, i) =>
        line.length > width && /^\s*(\/\/|\/?\*)\s+(?!@|biome-ignore)\S.* \S/.test(line) ? [`${file}:${i + 1}`] : [],
      ),
  )

test('comments are no wider than code', () => {
  const sources = new Map(
    [...readSources(resolve(import.meta.dirname, '../..'))].filter(([file]) => /\.ts$/.test(file)),
  )
  expect(sources.size).toBeGreaterThan(500)
  expect(tooWide(sources)).toEqual([])
})

test('one that is wider is reported with its file and line', () => {
  const wide = 'a b '.repeat(40)
  expect(
    tooWide(new Map([['a.ts', `let a = 1\n  // ${wide}\n * ${wide}\n// https://example.org/${'a'.repeat(120)}`]])),
  ).toEqual(['a.ts:2', 'a.ts:3'])
})
