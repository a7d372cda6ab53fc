import { describe, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import { type Graph, sizeOf, type Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { groupProduct } from '../../../compiler/schedule/group-product.ts'
import { groupRows } from '../../../compiler/schedule/group-rows.ts'
import { machineFor } from '../../../compiler/schedule/machine.ts'
import { productTiles } from '../../../compiler/schedule/product-tiles.ts'
import * as fc from '../../fc.ts'
import { mistakes } from './group-mistakes.ts'

/** What is wrong with a graph of one nest. */
function ofOne(graph: Graph, schedule: Parameters<typeof mistakes>[2]): readonly string[] {
  const fused = fuse(graph)
  expect(fused.nests).toHaveLength(1)
  return mistakes(graph, fused, schedule)
}

const sizes = (most: number) => fc.oneof(fc.constantFrom(1, 4, 8, 16), fc.integer({ min: 1, max: most }))

/**
 * A product whose factors lie in any order, computed on the way in and followed by something; one output may be
 * transposed.
 */
const cases = fc.record({
  rows: sizes(70),
  columns: sizes(70),
  terms: sizes(70),
  batch: fc.constantFrom(0, 0, 1, 2),
  leftTurned: fc.boolean(),
  rightTurned: fc.boolean(),
  split: fc.boolean(),
  before: fc.boolean(),
  after: fc.boolean(),
})
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

function product({ rows, columns, terms, batch, leftTurned, rightTurned, split, before, after }: Case): Graph {
  const b = new Builder()
  const twice = split && rows % 2 === 0
  const of = (lines: number[], last: number, turned: boolean) => {
    const first = turned ? [last, ...lines] : [...lines, last]
    const x = b.input({ shape: batch ? [batch, ...first] : first, dtype: 'f32' }, 'x')
    return before ? b.emit(p.mul, [x, x], {}) : x
  }
  const lead = batch ? 1 : 0
  const height = twice ? [2, rows / 2] : [rows]
  const [left, right] = [of(height, terms, leftTurned), of([columns], terms, !rightTurned)]
  const contract = [[lead + (leftTurned ? 0 : height.length), lead + (rightTurned ? 1 : 0)] as [number, number]]
  let y: Value = b.emit(p.dot, [left, right], { batch: batch ? [[0, 0]] : [], contract })
  if (after) {
    const bias = b.input({ shape: [columns], dtype: 'f32' }, 'bias')
    y = b.emit(p.add, [y, b.emit(p.broadcast, [bias], { shape: y.type.shape, axes: [lead + height.length] })], {})
    y = b.emit(p.mul, [y, y], {})
  }
  return b.graph('product', [y])
}

describe('a product by workgroups', () => {
  test.each(productTiles)('is right in tiles of $rows x $columns x $depth', (shape) => {
    fc.assert(
      fc.property(cases, (of) => {
        const wrong = ofOne(product(of), ({ scalars }, nest) => groupProduct(scalars, nest, machineFor('wgsl'), shape))
        expect(wrong.filter((what) => what !== 'no schedule')).toEqual([])
      }),
      { numRuns: 4 },
    )
  })
})

describe('reductions by workgroups', () => {
  const few = fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 100))

  test('are right along any axes', () => {
    fc.assert(
      fc.property(
        fc.tuple(few, fc.integer({ min: 0, max: 9 }), few),
        fc.subarray([0, 1, 2], { minLength: 1 }),
        (shape, axes) => {
          const b = new Builder()
          const x = b.input({ shape, dtype: 'f32' }, 'x')
          const squared = b.emit(p.mul, [x, x], {})
          const graph = b.graph('sums', [b.emit(p.sqrt, [b.emit(p.sum, [squared], { axes })], {})])
          if (sizeOf(graph.outputs[0]!.type.shape) === 0 || axes.every((axis) => shape[axis] === 1)) return
          expect(ofOne(graph, ({ scalars }, nest) => groupRows(scalars, nest, 256))).toEqual([])
        },
      ),
      { numRuns: 20 },
    )
  })
})
