import { sizeOf } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { checkFlag, optionsOf } from '../option.ts'
import type { Extents } from '../shape/dim.ts'
import { bools, type DType, floats, isFloat, numbers } from '../shape/dtype.ts'
import { type Over, reduceShape } from '../shape/reduce.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, must } from '../trace/trace.ts'
import { div, neg, not } from './elementwise.ts'
import type { Allowed } from './pointwise.ts'

export interface ReduceOptions {
  readonly keepdims?: boolean
}

/** An operation that folds some axes with one primitive, which it may also use under another name. */
export const reduction =
  (op: string, primitive: typeof p.sum, allowed: Allowed) =>
  (x: Held, over?: Over, options: ReduceOptions = {}): Held => {
    check(allowed(op, x.dtype))
    const { axes, shape } = must(reduceShape(op, extentsOf(x), over, keepdimsOf(op, options)))
    const trace = enter(op, [x])
    if (axes.length === 0) return hold(trace, x.value, shape, x.dtype)
    return reshaped(op, hold(trace, trace.builder.emit(primitive, [x.value], { axes }, op), shape, x.dtype), shape)
  }

/** Whether folded axes stay as 1. */
export function keepdimsOf(op: string, options: ReduceOptions): boolean {
  const { keepdims = false } = optionsOf(op, options, ['keepdims'])
  checkFlag(op, 'keepdims', keepdims)
  return keepdims
}

/** The same elements under a shape that differs in dims of 1 alone. */
export function reshaped(op: string, x: Held, shape: Extents): Held {
  const trace = enter(op, [x])
  const sizes = shape.map((at) => at.size)
  const same = sizes.length === x.value.type.shape.length
  return hold(trace, same ? x.value : trace.builder.emit(p.reshape, [x.value], { shape: sizes }, op), shape, x.dtype)
}

export const sum = reduction('sum', p.sum, numbers)
export const max = reduction('max', p.reduceMax, numbers)

const greatest = reduction('min', p.reduceMax, numbers)
export function min(x: Held, over?: Over, options?: ReduceOptions): Held {
  check(numbers('min', x.dtype))
  // What turns the order around: -x, and for integers ~x, which does not leave their range.
  const turned = isFloat(x.dtype) ? neg : not
  return turned(greatest(turned(x, 'min'), over, options), 'min')
}

const meanSum = reduction('mean', p.sum, floats)
export const mean = (x: Held, over?: Over, options?: ReduceOptions): Held =>
  inSingle('mean', x, (x) => div(meanSum(x, over, options), terms(x, over), 'mean'))

/** How many elements are folded into one. */
export function terms(x: Held, over: Over): number {
  const { axes } = must(reduceShape('mean', extentsOf(x), over, false))
  return sizeOf(axes.map((axis) => x.value.type.shape[axis]!))
}

export function any(x: Held, over?: Over, options?: ReduceOptions): Held {
  return anyOf('any', x, over, options)
}
export function all(x: Held, over?: Over, options?: ReduceOptions): Held {
  check(bools('all', x.dtype))
  return not(anyOf('all', not(x, 'all'), over, options), 'all')
}

/** The greatest of zeros and ones, of nothing 0. */
function anyOf(op: string, x: Held, over?: Over, options?: ReduceOptions): Held {
  check(bools(op, x.dtype))
  return as(op, reduction(op, p.reduceMax, numbers)(as(op, x, 'u32'), over, options), 'bool')
}

/** What is computed by way of sums that half precision may not hold, nor their terms: in f32, and then rounded. */
export const inSingle = (op: string, x: Held, compute: (x: Held) => Held): Held =>
  x.dtype === 'f16' ? as(op, compute(as(op, x, 'f32')), 'f16') : compute(x)

function as(op: string, x: Held, dtype: Exclude<DType, 'key'>): Held {
  const trace = enter(op, [x])
  return hold(trace, trace.builder.emit(p.cast, [x.value], { dtype }, op), x.shape, dtype)
}
