import { Builder } from '../../compiler/ir/builder.ts'
import { generated } from '../../compiler/ir/dense.ts'
import { type Graph, sizeOf, type Type, type Value } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Random } from './transform/random-graph.ts'

const below = (random: Random, n: number): number => Math.floor(random() * n)
const between = (random: Random, low: number, high: number): number => low + below(random, high - low + 1)
const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

/**
 * Programs around one operation that is large enough for a schedule of its own: of random sizes, with random operations
 * before and after it.
 */
export const largePrograms: { readonly [what: string]: (random: Random) => { graph: Graph; inputs: Dense[] } } = {
  'a product in small tiles': (random) =>
    product(random, between(random, 8, 40), between(random, 8, 40), between(random, 8, 70)),
  'a product in large tiles': (random) =>
    product(random, between(random, 60, 140), between(random, 60, 140), between(random, 8, 40)),
  'a product of sizes that are multiples of four': (random) =>
    product(random, 4 * between(random, 2, 20), 4 * between(random, 2, 20), 4 * between(random, 2, 20), [false, false]),
  'a product of rows with rows': (random) =>
    product(random, between(random, 8, 70), between(random, 8, 70), between(random, 8, 90), [false, true]),
  'a product of columns with columns': (random) =>
    product(random, between(random, 8, 70), between(random, 8, 70), between(random, 8, 90), [true, false]),
  'a product of columns with rows': (random) =>
    product(random, between(random, 8, 70), between(random, 8, 70), between(random, 8, 90), [true, true]),
  'a product of long sums': (random) =>
    product(random, between(random, 8, 12), between(random, 8, 12), between(random, 1030, 2500)),
  'a product whose sums are split': (random) =>
    product(random, between(random, 2, 9), between(random, 2, 9), 4 * between(random, 1024, 1200)),
  // A prime number of terms is not split.
  'a product of very long sums': (random) =>
    product(random, between(random, 8, 9), between(random, 8, 9), [32_771, 32_779, 32_783][below(random, 3)]!),
  'products with few columns': (random) =>
    product(random, between(random, 1, 40), between(random, 1, 5), between(random, 32, 400)),
  'sums over rows': (random) => fold(random, [between(random, 1, 40), between(random, 40, 2000)], [1]),
  'sums over short rows': (random) => fold(random, [between(random, 16_400, 17_000), between(random, 2, 7)], [1]),
  'sums over columns': (random) => fold(random, [between(random, 20, 900), between(random, 8, 90)], [0]),
  'sums over all': (random) => fold(random, [between(random, 3, 9), between(random, 300, 5000)], [0, 1]),
  'sums that are split': (random) => fold(random, [2 ** between(random, 0, 2), 2 ** 17], [0, 1]),
  'long sums of one': (random) => fold(random, [between(random, 66_000, 70_000)], [0]),
  'many elements': (random) => {
    const b = new Builder()
    const shape = [4 * between(random, 16_384, 16_500) + (random() < 0.5 ? 0 : between(random, 1, 3))]
    return made(random, b, [after(b, random, before(b, random, b.input(f32(...shape), 'x')))])
  },
}

/** Of matrices with their axes in either order, or turned as it is said. */
function product(
  random: Random,
  rows: number,
  columns: number,
  terms: number,
  [turnLeft, turnRight] = [random() < 0.4, random() < 0.4],
) {
  const b = new Builder()
  const left = before(b, random, b.input(turnLeft ? f32(terms, rows) : f32(rows, terms), 'left'))
  const right = before(b, random, b.input(turnRight ? f32(columns, terms) : f32(terms, columns), 'right'))
  const z = b.emit(p.dot, [left, right], { batch: [], contract: [[turnLeft ? 0 : 1, turnRight ? 1 : 0]] })
  const y = after(b, random, scaled(b, z, 1 / Math.sqrt(terms)))
  return made(random, b, random() < 0.3 ? [z, y] : [y])
}

/** A sum or the greatest over some axes; often with the elements less or over it, too. */
function fold(random: Random, shape: readonly number[], axes: readonly number[]) {
  const b = new Builder()
  const x = before(b, random, b.input(f32(...shape), 'x'))
  const folded = b.emit(random() < 0.7 ? p.sum : p.reduceMax, [x], { axes })
  const share = scaled(b, folded, 1 / Math.sqrt(sizeOf(shape)))
  if (random() < 0.5) return made(random, b, [after(b, random, share)])
  const kept = [...shape.keys()].filter((axis) => !axes.includes(axis))
  const back = b.emit(p.broadcast, [share], { shape, axes: kept })
  return made(random, b, [share, after(b, random, b.emit(p.sub, [x, back], {}))])
}

function before(b: Builder, random: Random, x: Value): Value {
  const kind = below(random, 5)
  if (kind === 0) return b.emit(p.tanh, [x], {})
  if (kind === 1) return b.emit(p.mul, [x, x], {})
  return kind === 2 ? scaled(b, x, 0.3) : x
}

function after(b: Builder, random: Random, x: Value): Value {
  const { shape } = x.type
  const kind = below(random, 4)
  if (kind === 0) return b.emit(p.mul, [x, b.emit(p.sigmoid, [x], {})], {})
  if (kind === 1) return b.emit(p.add, [x, b.input(f32(...shape), 'residual')], {})
  if (kind === 2 && shape.length > 0) {
    const bias = b.input(f32(shape.at(-1)!), 'bias')
    return b.emit(
      p.tanh,
      [b.emit(p.add, [x, b.emit(p.broadcast, [bias], { shape, axes: [shape.length - 1] })], {})],
      {},
    )
  }
  return x
}

const scaled = (b: Builder, value: Value, by: number): Value =>
  b.emit(p.mul, [value, b.emit(p.constant, [], { value: by, shape: value.type.shape, dtype: 'f32' })], {})

function made(random: Random, b: Builder, outputs: readonly Value[]) {
  const graph = b.graph('large', outputs)
  return { graph, inputs: graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)) }
}
