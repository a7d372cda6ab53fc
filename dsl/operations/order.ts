import { sizeOf } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { checkFlag, optionsOf } from '../option.ts'
import { axisOf } from '../shape/axis.ts'
import { type Dim, type Extents, show } from '../shape/dim.ts'
import { type DType, ints, isFloat, numbers } from '../shape/dtype.ts'
import { reduceShape } from '../shape/reduce.ts'
import { topKShape } from '../shape/top-k.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { bindDims, check, enter, fail, must } from '../trace/trace.ts'
import { add, equal, greaterEqual, nan as isNotNumber, neg, not, where } from './elementwise.ts'
import { keepdimsOf, type ReduceOptions, reduction, reshaped } from './reduce.ts'
import { checkSupported } from './supported.ts'

export const argmax = (x: Held, axis?: number, options?: ReduceOptions): Held =>
  firstGreatest('argmax', x, (y) => y, axis, options)

export const argmin = (x: Held, axis?: number, options?: ReduceOptions): Held =>
  firstGreatest('argmin', x, (y) => (isFloat(y.dtype) ? neg(y, 'argmin') : not(y, 'argmin')), axis, options)

/**
 * The place of the first NaN or else of the first of the greatest, after `turned`, along an axis or among all elements
 * in row-major order.
 */
function firstGreatest(
  op: string,
  x: Held,
  turned: (x: Held) => Held,
  axis: number | undefined,
  options: ReduceOptions = {},
): Held {
  check(numbers(op, x.dtype))
  const { shape } = must(reduceShape(op, extentsOf(x), axis, keepdimsOf(op, options)))
  const at = axis === undefined ? 0 : must(axisOf(op, extentsOf(x), axis))
  const row = turned(axis === undefined ? flat(op, x) : x)
  const size = row.value.type.shape[at]!
  if (size === 0) {
    const empty = axis === undefined ? show(extentsOf(x)) : `axis ${axis} of ${show(extentsOf(x))}`
    throw fail(`shape error: ${op}: ${empty} is empty`)
  }
  const fold = reduction(op, p.reduceMax, numbers)
  // Counted from the end, so that the first is the greatest; -1 is none.
  const back = add(neg(placesAlong(op, row, at), op), size - 1, op)
  const first = (hit: Held) => fold(where(hit, back, -1, op), at)
  const isTop = (y: Held) => equal(row, fold(y, at, { keepdims: true }), op)
  const found = isFloat(x.dtype) ? firstFloat(op, row, first, isTop) : first(isTop(row))
  return reshaped(op, add(neg(found, op), size - 1, op), shape)
}

/**
 * NaN is looked for by itself: it equals nothing, and whether the greatest of numbers and NaN is NaN depends on the
 * device.
 */
function firstFloat(op: string, row: Held, first: (hit: Held) => Held, isTop: (y: Held) => Held): Held {
  const nan = isNotNumber(row)
  const firstNaN = first(nan)
  const top = isTop(where(nan, Number.NEGATIVE_INFINITY, row, op))
  return where(greaterEqual(firstNaN, 0, op), firstNaN, first(top), op)
}

function flat(op: string, x: Held): Held {
  const trace = enter(op, [x])
  const size = sizeOf(x.value.type.shape)
  return hold(trace, trace.builder.emit(p.reshape, [x.value], { shape: [size] }, op), [size], x.dtype)
}

/** Each element's place along an axis. */
function placesAlong(op: string, x: Held, axis: number): Held {
  const trace = enter(op, [x])
  const { shape } = x.value.type
  return hold(trace, trace.builder.emit(p.iota, [], { shape, axis, dtype: 'i32' }, op), x.shape, 'i32')
}

export interface CumsumOptions {
  readonly reverse?: boolean
}
export function cumsum(x: Held, axis: number, options: CumsumOptions = {}): Held {
  const { reverse = false } = optionsOf('cumsum', options, ['reverse'])
  checkFlag('cumsum', 'reverse', reverse)
  check(numbers('cumsum', x.dtype))
  const at = must(axisOf('cumsum', extentsOf(x), axis))
  const trace = enter('cumsum', [x])
  return hold(trace, trace.builder.emit(p.cumsum, [x.value], { axis: at, reverse }), x.shape, x.dtype)
}

export interface SortOptions {
  readonly descending?: boolean
}

function descendingOf(op: string, options: SortOptions): boolean {
  const { descending = false } = optionsOf(op, options, ['descending'])
  checkFlag(op, 'descending', descending)
  return descending
}

export function argsort(x: Held, axis = -1, options: SortOptions = {}): Held {
  const descending = descendingOf('argsort', options)
  const { last, restored } = withAxisLast('argsort', x, axis)
  return restored(orderOf('argsort', last, descending))
}

export function sort(x: Held, axis = -1, options: SortOptions = {}): Held {
  const descending = descendingOf('sort', options)
  const { last, restored } = withAxisLast('sort', x, axis)
  return restored(taken('sort', last, orderOf('sort', last, descending)))
}

export function topK(x: Held, k: number, axis = -1): { readonly values: Held; readonly indices: Held } {
  check(numbers('topK', x.dtype))
  must(topKShape(extentsOf(x), k, axis))
  const { last, restored } = withAxisLast('topK', x, axis)
  const order = orderOf('topK', last, true)
  const trace = enter('topK', [order])
  const stop = order.value.type.shape.with(-1, k)
  const first = { start: stop.map(() => 0), stop, step: stop.map(() => 1) }
  const indices = hold(trace, trace.builder.emit(p.slice, [order.value], first, 'topK'), order.shape.with(-1, k), 'i32')
  return { values: restored(taken('topK', last, indices)), indices: restored(indices) }
}

/** A tensor with one axis exchanged for the last, and how to exchange them again. */
function withAxisLast(op: string, x: Held, axis: number): { last: Held; restored: (y: Held) => Held } {
  check(numbers(op, x.dtype))
  const at = must(axisOf(op, extentsOf(x), axis))
  const end = x.shape.length - 1
  const exchange = <T>(list: readonly T[]): T[] => list.with(at, list[end]!).with(end, list[at]!)
  const exchanged = (y: Held): Held => {
    if (at === end) return y
    const trace = enter(op, [y])
    const permutation = exchange([...y.shape.keys()])
    return hold(trace, trace.builder.emit(p.transpose, [y.value], { permutation }, op), exchange(y.shape), y.dtype)
  }
  return { last: exchanged(x), restored: exchanged }
}

/**
 * The order of the last axis. Descending it is the mirror image of the order of the mirror image, so that equal
 * elements stay as they stand and NaN comes first.
 */
function orderOf(op: string, x: Held, descending: boolean): Held {
  const trace = enter(op, [x])
  const { builder: b } = trace
  if (!descending) return hold(trace, b.emit(p.argsort, [x.value], {}, op), x.shape, 'i32')
  const axes = [x.shape.length - 1]
  const mirrored = b.emit(p.argsort, [b.emit(p.flip, [x.value], { axes }, op)], {}, op)
  const order = hold(trace, b.emit(p.flip, [mirrored], { axes }, op), x.shape, 'i32')
  return add(neg(order, op), x.value.type.shape.at(-1)! - 1, op)
}

/** The elements of each row of the last axis that the indices beside it name. */
function taken(op: string, x: Held, indices: Held): Held {
  const trace = enter(op, [x, indices])
  const axis = x.shape.length - 1
  const value = trace.builder.emit(p.gather, [x.value, indices.value], { axis, batch: axis }, op)
  return hold(trace, value, indices.shape, x.dtype)
}

export function oneHot(x: Held, size: Dim, dtype: DType = 'f32'): Held {
  check(ints('oneHot', x.dtype))
  checkSupported('oneHot', dtype)
  const shape: Extents = [...extentsOf(x), ...bindDims('oneHot', [size])]
  const trace = enter('oneHot', [x])
  const { builder: b } = trace
  const sizes = shape.map((at) => at.size)
  const axis = sizes.length - 1
  const wide = b.emit(p.broadcast, [x.value], { shape: sizes, axes: [...x.shape.keys()] }, 'oneHot')
  const classes = b.emit(p.iota, [], { shape: sizes, axis, dtype: x.value.type.dtype }, 'oneHot')
  const hit = b.emit(p.equal, [wide, classes], {}, 'oneHot')
  return hold(trace, b.emit(p.cast, [hit], { dtype }, 'oneHot'), shape, dtype)
}
