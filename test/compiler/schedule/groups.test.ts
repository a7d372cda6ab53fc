import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import { type Graph, sizeOf, type Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import type { Nest } from '../../../compiler/kernel/kernel.ts'
import type { GroupTile } from '../../../compiler/schedule/group.ts'
import { groupProduct } from '../../../compiler/schedule/group-product.ts'
import { groupRows } from '../../../compiler/schedule/group-rows.ts'
import { machineFor } from '../../../compiler/schedule/machine.ts'
import { productTiles } from '../../../compiler/schedule/product-tiles.ts'
import { grouped } from '../../../compiler/schedule/schedule.ts'
import { farApart, uniforms } from '../random.ts'
import { runNest } from '../run-nest.ts'
import { lanesOf } from './lanes-interpreter.ts'

type Schedule = (
  fused: ReturnType<typeof fuse>,
  nest: ReturnType<typeof fuse>['nests'][number],
) => GroupTile | undefined

/** What is wrong with a graph of one nest, scheduled for workgroups: places read or written that are none, elements not written once, wrong values. */
function mistakes(graph: Graph, schedule: Schedule): readonly string[] {
  const fused = fuse(graph)
  expect(fused.nests).toHaveLength(1)
  const [nest] = fused.nests
  const tile = schedule(fused, nest!)
  if (!tile) return ['no schedule']
  const made: Nest = grouped(fused.scalars, nest!, (tensor) => tensor, tile)
  const random = uniforms(7)
  const inputs = graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1))
  const memory = fused.tensors.map(({ type }, i) => inputs[i]?.data.slice() ?? new Float64Array(sizeOf(type.shape)))
  const times = memory.map(({ length }) => new Uint8Array(length))
  const wrong: string[] = []
  const inside = (what: string, slot: number, index: number) => {
    if (!(index >= 0 && index < memory[slot]!.length)) wrong.push(`${what} ${fused.tensors[slot]!.name}[${index}]`)
  }
  runNest(made, {
    value: (expr, { variables, fetch }) =>
      lanesOf(expr, {
        variables,
        fetch,
        functions: fused.scalars.functions,
        load(slot, index) {
          inside('reads', slot, index)
          return memory[slot]![index]!
        },
      }),
    store(slot, index, value) {
      for (const [lane, element] of value.entries()) {
        inside('writes', slot, index + lane)
        memory[slot]![index + lane] = element
        times[slot]![index + lane]! += 1
      }
    },
    fold: (op, a, b) => (op === 'add' ? a + b : Math.max(a, b)),
  })
  const exact = evaluate(graph, inputs)
  for (const [i, output] of graph.outputs.entries()) {
    const slot = fused.tensors.indexOf(output)
    if (times[slot]!.some((count) => count !== 1)) wrong.push(`${output.name} is not written once`)
    const apart = farApart(memory[slot]!, exact[i]!.data, 1e-9)
    if (apart !== undefined) wrong.push(`${output.name}: ${apart}`)
  }
  return wrong
}

const sizes = (most: number) => fc.oneof(fc.constantFrom(1, 4, 8, 16), fc.integer({ min: 1, max: most }))

/** A product whose factors lie in any order, computed on the way in and followed by something; one output may be transposed. */
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
        const wrong = mistakes(product(of), ({ scalars }, nest) =>
          groupProduct(scalars, nest, machineFor('wgsl'), shape),
        )
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
          expect(mistakes(graph, ({ scalars }, nest) => groupRows(scalars, nest, 256))).toEqual([])
        },
      ),
      { numRuns: 20 },
    )
  })
})
