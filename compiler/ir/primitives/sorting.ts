import type { Builder } from '../builder.ts'
import type { DType, Value } from '../graph.ts'
import { add } from './arithmetic.ts'
import { bitAnd, bitOr, bitXor, shiftLeft } from './bits.ts'
import { broadcast } from './broadcast.ts'
import { bitcast, cast } from './cast.ts'
import { equal, less, lessEqual } from './comparisons.ts'
import { concat } from './concat.ts'
import { iota, splat } from './constant.ts'
import { flip } from './flip.ts'
import { neg } from './float.ts'
import { gather } from './gather.ts'
import { sum } from './reduce.ts'
import { reshape } from './reshape.ts'
import { select } from './select.ts'
import { slice } from './slice.ts'

/**
 * The longest rows that are sorted by counting alone. It takes their square, but its two kernels are compiled sooner
 * than a network of dozens, and run faster up to about this length.
 */
const longestCounted = 2 ** 14
/** The size of the sorted blocks that a network begins with. */
const block = 256

/**
 * `argsort` in other primitives: by counting, the place of an element being the number of those before it; very long
 * rows by a network.
 */
export function sorted(b: Builder, x: Value): Value {
  return x.type.shape.at(-1)! <= longestCounted ? counted(b, keysOf(b, x)) : byNetwork(b, x)
}

/**
 * Rows sorted by a network of exchanges (Batcher, "Sorting networks and their applications", 1968), each of whole rows;
 * what stands before what is decided by element and index together, so that no two are equal and the order is that of a
 * stable sort.
 */
export function byNetwork(b: Builder, x: Value): Value {
  const { shape } = x.type
  const size = shape.at(-1)!
  const key = keysOf(b, x)
  const all = Math.max(block, 2 ** Math.ceil(Math.log2(size)))
  const rows = shape.slice(0, -1)
  // Whatever is greatest comes last; what fills up has the greatest key and comes behind even that by its index.
  const fill = splat(b, { shape: [...rows, all - size], dtype: key.type.dtype }, greatest(key.type.dtype))
  const filled = b.emit(concat, [key, fill], { axis: rows.length })
  let { keys, indices } = blocksSorted(b, filled)
  for (let width = 2 * block; width <= all; width *= 2) {
    ;({ keys, indices } = exchanged(b, { keys, indices }, width, true))
    for (let half = width / 2; half > 1; half /= 2) ({ keys, indices } = exchanged(b, { keys, indices }, half, false))
  }
  return b.emit(slice, [indices], { start: shape.map(() => 0), stop: shape, step: shape.map(() => 1) })
}

/** Elements under way to their places, each with its index. */
interface Sorting {
  readonly keys: Value
  readonly indices: Value
}

/**
 * Integers in the order of the elements: floats by their bits, both zeros as one and every NaN above all numbers.
 * Comparing integers is exact on every device, also for NaN and for numbers so small that a GPU takes them for 0.
 */
function keysOf(b: Builder, x: Value): Value {
  const { shape, dtype } = x.type
  if (dtype === 'i32' || dtype === 'u32') return x
  const of = (value: number, dtype: DType) => splat(b, { shape, dtype }, value)
  const single = b.emit(cast, [x], { dtype: 'f32' })
  const bits = b.emit(bitcast, [single], { dtype: 'u32' })
  const magnitude = b.emit(bitAnd, [bits, of(0x7fffffff, 'u32')], {})
  const positive = b.emit(equal, [bits, magnitude], {})
  const above = b.emit(cast, [magnitude], { dtype: 'i32' })
  const signed = b.emit(select, [positive, above, b.emit(neg, [above], {})], {})
  const isNumber = b.emit(lessEqual, [magnitude, of(0x7f800000, 'u32')], {})
  return b.emit(select, [isNumber, signed, of(greatest('i32'), 'i32')], {})
}

const greatest = (dtype: DType): number => (dtype === 'u32' ? 2 ** 32 - 1 : 2 ** 31 - 1)

/**
 * The order of the last axis: rank[i] is the number of elements before element i, and the element of rank r stands at
 * r.
 */
function counted(b: Builder, key: Value): Value {
  const { shape } = key.type
  const [last, size] = [shape.length - 1, shape.at(-1)!]
  const square = [...shape, size]
  const rows = [...shape.keys()].slice(0, -1)
  const [i, j] = [last, last + 1].map((axis) => b.emit(iota, [], { shape: square, axis, dtype: 'i32' }))
  const [own, other] = [last, last + 1].map((axis) =>
    b.emit(broadcast, [key], { shape: square, axes: [...rows, axis] }),
  )
  // key[j] < key[i], or they are equal and j < i.
  const tie = b.emit(bitAnd, [b.emit(equal, [other!, own!], {}), b.emit(less, [j!, i!], {})], {})
  const before = b.emit(bitOr, [b.emit(less, [other!, own!], {}), tie], {})
  const rank = b.emit(sum, [b.emit(cast, [before], { dtype: 'i32' })], { axes: [last + 1] })
  const ranks = b.emit(broadcast, [rank], { shape: square, axes: [...rows, last + 1] })
  const there = b.emit(equal, [ranks, i!], {})
  const chosen = b.emit(select, [there, j!, splat(b, j!.type, 0)], {})
  return b.emit(sum, [chosen], { axes: [last + 1] })
}

/** Every block of a row sorted for itself. */
function blocksSorted(b: Builder, keys: Value): Sorting {
  const { shape } = keys.type
  const blocks = shape.with(-1, shape.at(-1)! / block).concat(block)
  const apart = b.emit(reshape, [keys], { shape: blocks })
  const order = counted(b, apart)
  const moved = b.emit(gather, [apart, order], { axis: blocks.length - 1, batch: blocks.length - 1 })
  const number = b.emit(iota, [], { shape: blocks, axis: blocks.length - 2, dtype: 'i32' })
  const start = b.emit(shiftLeft, [number, splat(b, number.type, Math.log2(block))], {})
  const indices = b.emit(add, [order, start], {})
  return { keys: b.emit(reshape, [moved], { shape }), indices: b.emit(reshape, [indices], { shape }) }
}

/**
 * In every stretch of `width` elements, each of the lower half meets one of the upper, and the lesser stays below: the
 * one as far from the end as it is from the start (`mirrored`, which merges two sorted halves), or the one half a
 * stretch further.
 */
function exchanged(b: Builder, { keys, indices }: Sorting, width: number, mirrored: boolean): Sorting {
  const { shape } = keys.type
  const rank = shape.length
  const pairs = [...shape.slice(0, -1), shape.at(-1)! / width, 2, width / 2]
  const [key, index] = [keys, indices].map((value) => b.emit(reshape, [value], { shape: pairs }))
  const axes = mirrored ? [rank, rank + 1] : [rank]
  const [otherKey, otherIndex] = [key!, index!].map((value) => b.emit(flip, [value], { axes }))
  const tie = b.emit(bitAnd, [b.emit(equal, [otherKey!, key!], {}), b.emit(less, [otherIndex!, index!], {})], {})
  const otherFirst = b.emit(bitOr, [b.emit(less, [otherKey!, key!], {}), tie], {})
  const half = b.emit(iota, [], { shape: pairs, axis: rank, dtype: 'i32' })
  const upper = b.emit(equal, [half, splat(b, half.type, 1)], {})
  const swapped = b.emit(bitXor, [otherFirst, upper], {})
  const after = (own: Value, other: Value) => b.emit(reshape, [b.emit(select, [swapped, other, own], {})], { shape })
  return { keys: after(key!, otherKey!), indices: after(index!, otherIndex!) }
}
