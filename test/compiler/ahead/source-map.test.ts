import { SourceMap, type SourceMapPayload } from 'node:module'
import { expect, test } from 'vitest'
import { sourceMap } from '../../../compiler/ahead/source-map.ts'
import * as fc from '../../fc.ts'

test('every line that has a place leads to it', () => {
  const place = fc.record({
    line: fc.nat(50),
    source: fc.constantFrom('../a.ts', '../b.ts', 'c d.ts'),
    sourceLine: fc.nat(3000),
    sourceColumn: fc.nat(200),
  })
  fc.assert(
    fc.property(fc.uniqueArray(place, { selector: ({ line }) => line, minLength: 1 }), (places) => {
      const mappings = [...places].sort((a, b) => a.line - b.line)
      const map = JSON.parse(sourceMap('made.js', mappings)) as SourceMapPayload
      expect(map).toMatchObject({ version: 3, file: 'made.js' })
      const read = new SourceMap(map)
      for (const { line, source, sourceLine, sourceColumn } of mappings)
        expect(read.findEntry(line, 0)).toMatchObject({
          generatedLine: line,
          originalSource: source,
          originalLine: sourceLine,
          originalColumn: sourceColumn,
        })
    }),
  )
})
