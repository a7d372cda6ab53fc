import { describe, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { noPairs, pairingFor } from '../../../compiler/fuse/pairing.ts'
import { pairing } from '../../../compiler/fuse/pairs.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Graph, Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { groupPairs } from '../../../compiler/schedule/group-pairs.ts'
import { machineFor } from '../../../compiler/schedule/machine.ts'
import { pairTiles } from '../../../compiler/schedule/pair-tiles.ts'
import { checkpoint } from '../../../compiler/transform/control/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { mistakes } from './group-mistakes.ts'

const sizes = (most: number) => fc.oneof(fc.constantFrom(4, 16, 64), fc.integer({ min: 2, max: most }))

/** softmax(q k^T) v, row sums and maxima with it or not, masked or not; or its sums alone. */
const cases = fc.record({
  rows: sizes(70),
  terms: sizes(70),
  inner: fc.oneof(fc.constantFrom(4, 8, 16, 32), fc.integer({ min: 2, max: 40 })),
  columns: fc.oneof(fc.constantFrom(0, 8, 32, 64), fc.integer({ min: 2, max: 140 })),
  batch: fc.constantFrom(0, 0, 2),
  mask: fc.constantFrom('none', 'causal', 'zeroed'),
  statistics: fc.boolean(),
})
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

function attention({ rows, terms, inner, columns, batch, mask, statistics }: Case): Graph {
  const b = new Builder()
  const lead = batch ? [batch] : []
  const of = (shape: readonly number[], name: string) => b.input({ shape: [...lead, ...shape], dtype: 'f32' }, name)
  const [q, k] = [of([rows, inner], 'q'), of([terms, inner], 'k')]
  const [row, term] = [lead.length, lead.length + 1]
  const shared = lead.map(() => [0, 0] as const)
  const scores = b.emit(p.dot, [q, k], { batch: shared, contract: [[term, term]] })
  const { shape } = scores.type
  const along = (value: Value, to = shape) =>
    b.emit(p.broadcast, [value], { shape: to, axes: [...lead, 0].map((_, axis) => axis) })
  const constant = (value: number) => b.emit(p.constant, [], { value, shape, dtype: 'f32' })
  const place = (axis: number) => b.emit(p.iota, [], { shape, axis, dtype: 'i32' })
  const allowed = mask === 'none' ? undefined : b.emit(p.lessEqual, [place(term), place(row)], {})
  const seen = allowed ? b.emit(p.select, [allowed, scores, constant(-1e30)], {}) : scores
  const greatest = b.emit(p.reduceMax, [seen], { axes: [term] })
  const powers = b.emit(p.exp, [b.emit(p.sub, [seen, along(greatest)], {})], {})
  const weights = mask === 'zeroed' ? b.emit(p.select, [allowed!, powers, constant(0)], {}) : powers
  const sum = b.emit(p.sum, [weights], { axes: [term] })
  // Where softmax has a logarithm, which is one of f32 in the float64 of these tests, a square root.
  if (columns === 0) return b.graph('sums', [b.emit(p.add, [greatest, b.emit(p.sqrt, [sum], {})], {}), sum])
  const v = of([terms, columns], 'v')
  const mixed = b.emit(p.dot, [weights, v], { batch: shared, contract: [[term, row]] })
  const result = b.emit(p.div, [mixed, along(sum, mixed.type.shape)], {})
  return b.graph('attention', statistics ? [result, greatest, sum] : [result])
}

/** What dS gives to q or k, S = q k^T and dS = exp(S - m) (do v^T + d). */
function backward({ rows, terms, inner, columns, batch, mask }: Case, over: 'terms' | 'rows'): Graph {
  const b = new Builder()
  const lead = batch ? [batch] : []
  const of = (shape: readonly number[], name: string) => b.input({ shape: [...lead, ...shape], dtype: 'f32' }, name)
  const [q, k, d, v] = [
    of([rows, inner], 'q'),
    of([terms, inner], 'k'),
    of([rows, columns], 'd'),
    of([terms, columns], 'v'),
  ]
  const [row, term] = [lead.length, lead.length + 1]
  const shared = lead.map(() => [0, 0] as const)
  const contract = [[term, term]] as const
  const scores = b.emit(p.dot, [q, k], { batch: shared, contract })
  const { shape } = scores.type
  const along = (value: Value) => b.emit(p.broadcast, [value], { shape, axes: [...lead, 0].map((_, axis) => axis) })
  const greatest = b.emit(p.reduceMax, [scores], { axes: [term] })
  const powers = b.emit(p.exp, [b.emit(p.sub, [scores, along(greatest)], {})], {})
  const products = b.emit(p.dot, [d, v], { batch: shared, contract })
  const added = b.emit(p.add, [products, along(of([rows], 'sum'))], {})
  const all = b.emit(p.mul, [powers, added], {})
  const place = (axis: number) => b.emit(p.iota, [], { shape, axis, dtype: 'i32' })
  const nothing = b.emit(p.constant, [], { value: 0, shape, dtype: 'f32' })
  const scoresBack =
    mask === 'none' ? all : b.emit(p.select, [b.emit(p.lessEqual, [place(term), place(row)], {}), all, nothing], {})
  const toQueries = b.emit(p.dot, [scoresBack, k], { batch: shared, contract: [[term, row]] })
  const toKeys = b.emit(p.dot, [scoresBack, q], { batch: shared, contract: [[row, row]] })
  const toValues = b.emit(p.dot, [powers, d], { batch: shared, contract: [[row, row]] })
  return b.graph('back', over === 'terms' ? [greatest, toQueries] : [greatest, toKeys, toValues])
}

describe.each(pairTiles)('sums over pairs in tiles of $rows x $terms x $columns', (shape) => {
  const wrong = (graph: Graph) =>
    mistakes(graph, fuse(graph, pairing(1)), ({ scalars }, nest) =>
      groupPairs(scalars, nest, nest.pairs!, machineFor('wgsl'), shape),
    )

  test('give softmax times a matrix, and what the softmax needs', () => {
    fc.assert(
      fc.property(cases, (of) => {
        expect(fuse(attention(of), pairing(1)).nests).toHaveLength(1)
        expect(wrong(attention(of))).toEqual([])
      }),
      { numRuns: 2 * times },
    )
  })

  test('give its gradients', () => {
    const withColumns = cases.filter(({ columns }) => columns > 0)
    fc.assert(
      fc.property(withColumns, fc.constantFrom('terms', 'rows'), (of, over) => {
        expect(wrong(backward(of, over))).toEqual([])
      }),
      { numRuns: times },
    )
  })
})

test('pairs are looked for wherever there are enough, also in the graph that an equation runs', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.boolean(), async (of, enough) => {
      const graph = attention(of)
      const fewest = of.rows * of.terms * Math.max(1, of.batch) + (enough ? 0 : 1)
      const around = new Builder()
      const inputs = graph.inputs.map(({ type, name }) => around.input(type, name))
      const outer = around.graph('outer', around.emitAll(checkpoint, inputs, { body: graph }))
      if (enough) for (const one of [graph, outer]) expect(await pairingFor(one, fewest)).not.toBe(noPairs)
      expect(fuse(graph, await pairingFor(graph, fewest)).nests.map(({ name }) => name)).toEqual(
        fuse(graph, pairing(fewest)).nests.map(({ name }) => name),
      )
    }),
    { numRuns: 10 * times },
  )
})
