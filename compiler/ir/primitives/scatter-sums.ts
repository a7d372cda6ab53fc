import type { Builder } from '../builder.ts'
import { sizeOf, type Type, type Value } from '../graph.ts'
import { add } from './arithmetic.ts'
import { bitAnd } from './bits.ts'
import { broadcast } from './broadcast.ts'
import { asDType, cast } from './cast.ts'
import { equal, less, lessEqual } from './comparisons.ts'
import { iota, splat } from './constant.ts'
import { gather } from './gather.ts'
import { sum } from './reduce.ts'
import { reshape } from './reshape.ts'
import type { ScatterParams } from './scatter.ts'
import { select } from './select.ts'
import { pad, slice } from './slice.ts'
import { sorted } from './sorting.ts'
import { transpose } from './transpose.ts'

/**
 * With so many pairs of an element of the result and an update, or more, updates are first sorted by their places: then
 * each place looks for its own.
 */
const fewPairs = 2 ** 24
/** Fewer numbers to an update, and looking for them takes longer than to add all. */
const fewestNumbers = 4
/** How many updates are sorted together, at most: by counting, which takes their square. */
const mostTogether = 1024

/**
 * `scatterAdd` in other primitives. No two threads ever add to one element, and the order of terms is fixed. What is
 * not added is left out by choice, not by a factor of 0, which would let infinities in.
 */
export function scattered(b: Builder, updates: Value, indices: Value, params: ScatterParams): Value {
  const { axis, batch, size } = params
  const { shape, dtype } = updates.type
  const count = indices.type.shape.length - batch
  const [shared, own] = [shape.slice(0, batch), shape.slice(axis, axis + count)]
  const rest = [...shape.slice(batch, axis), ...shape.slice(axis + count)]
  // Updates [B, m, q] and their places [B, m].
  const axes = [...shape.keys()]
  const order = [
    ...axes.slice(0, batch),
    ...axes.slice(axis, axis + count),
    ...axes.slice(batch, axis),
    ...axes.slice(axis + count),
  ]
  const [groups, terms, numbers] = [sizeOf(shared), sizeOf(own), sizeOf(rest)]
  const together = b.emit(reshape, [b.emit(transpose, [updates], { permutation: order })], {
    shape: [groups, terms, numbers],
  })
  const places = b.emit(reshape, [asDType(b, indices, 'i32')], { shape: [groups, terms] })
  // Sums of halves are f32 until all is added.
  const wide = dtype === 'f16' ? asDType(b, together, 'f32') : together
  const isMany = groups * terms * numbers * size >= fewPairs && numbers >= fewestNumbers
  const summed = asDType(b, (isMany ? bySorting : directly)(b, wide, places, size), dtype)
  const whole = b.emit(reshape, [summed], { shape: [...shared, size, ...rest] })
  // The places come back to where the updates had them.
  const back = whole.type.shape.map((_, i) => (i < batch ? i : i < axis ? i + 1 : i === axis ? batch : i))
  return b.emit(transpose, [whole], { permutation: back })
}

/** For every place, the sum of all updates that are its own. */
function directly(b: Builder, updates: Value, places: Value, size: number): Value {
  const [groups, terms, numbers] = updates.type.shape as [number, number, number]
  const all = [groups, size, terms, numbers]
  const each = b.emit(broadcast, [updates], { shape: all, axes: [0, 2, 3] })
  const place = b.emit(broadcast, [places], { shape: all, axes: [0, 2] })
  const isOwn = b.emit(equal, [place, b.emit(iota, [], { shape: all, axis: 1, dtype: 'i32' })], {})
  return b.emit(sum, [chosen(b, isOwn, each)], { axes: [2] })
}

/**
 * The same, of updates sorted by their places: those of one place are added up, in log2 as many steps as there can be
 * of them; and every place takes the last of its sums.
 */
function bySorting(b: Builder, updates: Value, places: Value, size: number): Value {
  const [groups, terms, numbers] = updates.type.shape as [number, number, number]
  const parts = Math.ceil(terms / mostTogether)
  const length = Math.ceil(terms / parts)
  const fill = parts * length - terms
  // What has no place comes behind all that has one.
  const of = (value: number, { shape }: Pick<Type, 'shape'> = places.type) => splat(b, { shape, dtype: 'i32' }, value)
  const isPlace = b.emit(bitAnd, [b.emit(lessEqual, [of(0), places], {}), b.emit(less, [places, of(size)], {})], {})
  // One more, so that what fills up has place 0, and places begin at 1.
  const numbered = b.emit(select, [isPlace, b.emit(add, [places, of(1)], {}), of(size + 1)], {})
  const padded = b.emit(pad, [numbered], { low: [0, 0], high: [0, fill] })
  const keys = b.emit(reshape, [padded], { shape: [groups, parts, length] })
  const filled = b.emit(pad, [updates], { low: [0, 0, 0], high: [0, fill, 0] })
  const apart = b.emit(reshape, [filled], { shape: [groups, parts, length, numbers] })
  const order = sorted(b, keys)
  const inOrder = (value: Value) => b.emit(gather, [value, order], { axis: 2, batch: 2 })
  const key = inOrder(keys)
  let sums = inOrder(apart)
  for (let step = 1; step < length; step *= 2) {
    const isSame = b.emit(equal, [key, before(b, key, step)], {})
    const spread = b.emit(broadcast, [isSame], { shape: sums.type.shape, axes: [0, 1, 2] })
    sums = b.emit(add, [sums, chosen(b, spread, before(b, sums, step))], {})
  }

  const square = [groups, parts, size, length]
  const [own, other] = [
    b.emit(iota, [], { shape: square, axis: 2, dtype: 'i32' }),
    b.emit(broadcast, [keys], { shape: square, axes: [0, 1, 3] }),
  ]
  // How many have keys up to that of a place, in whichever order: the last of them in order is its own, if it has any.
  const upTo = b.emit(lessEqual, [other, b.emit(add, [own, of(1, own.type)], {})], {})
  const counted = b.emit(sum, [b.emit(cast, [upTo], { dtype: 'i32' })], { axes: [3] })
  const last = b.emit(add, [counted, of(-1, counted.type)], {})
  const found = b.emit(gather, [sums, last], { axis: 2, batch: 2 })
  const place = b.emit(iota, [], { shape: counted.type.shape, axis: 2, dtype: 'i32' })
  const has = b.emit(
    equal,
    [b.emit(gather, [key, last], { axis: 2, batch: 2 }), b.emit(add, [place, of(1, place.type)], {})],
    {},
  )
  const spread = b.emit(broadcast, [has], { shape: found.type.shape, axes: [0, 1, 2] })
  return b.emit(sum, [chosen(b, spread, found)], { axes: [1] })
}

/** Values where a condition holds, and 0 elsewhere. */
const chosen = (b: Builder, condition: Value, value: Value): Value =>
  b.emit(select, [condition, value, splat(b, value.type, 0)], {})

/** What stands so many steps before along axis 2; 0 where nothing does. */
function before(b: Builder, value: Value, steps: number): Value {
  const { shape } = value.type
  const kept = b.emit(slice, [value], {
    start: shape.map(() => 0),
    stop: shape.with(2, shape[2]! - steps),
    step: shape.map(() => 1),
  })
  const zeros = shape.map(() => 0)
  return b.emit(pad, [kept], { low: zeros.with(2, steps), high: zeros })
}
