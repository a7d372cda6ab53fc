import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { optionsOf } from '../option.ts'
import { floats } from '../shape/dtype.ts'
import { type Over, reduceShape } from '../shape/reduce.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { check, fail, must } from '../trace/trace.ts'
import { add, div, equal, exp, finite, log, sqrt, square, stopGradient, sub, where } from './elementwise.ts'
import { inSingle, type ReduceOptions, reduction, reshaped, terms } from './reduce.ts'

export interface SpreadOptions extends ReduceOptions {
  /** Taken from the number of terms that is divided by: 1 for the unbiased variance. */
  readonly correction?: number
}

export function variance(x: Held, over?: Over, options: SpreadOptions = {}): Held {
  return inSingle('variance', x, (x) => squaredSpread('variance', x, over, options))
}

export function std(x: Held, over?: Over, options: SpreadOptions = {}): Held {
  return inSingle('std', x, (x) => rootOrZero('std', squaredSpread('std', x, over, options)))
}

/** sum (x - mean)^2 / (terms - correction), in two passes: what is squared is small where the mean is not. */
function squaredSpread(op: string, x: Held, over: Over, given: SpreadOptions): Held {
  const { correction = 0, ...options } = optionsOf(op, given, ['correction', 'keepdims'])
  if (!Number.isFinite(correction))
    throw fail(`type error: ${op}: correction is ${described(correction)}, needs a number`)
  const total = reduction(op, p.sum, floats)
  const sums = total(x, over, { keepdims: true })
  const count = terms(x, over)
  const squares = square(sub(x, div(sums, count, op), op), op)
  return div(total(squares, over, options), Math.max(0, count - correction), op)
}

export function norm(x: Held, over?: Over, options?: ReduceOptions): Held {
  check(floats('norm', x.dtype))
  const squares = (x: Held) => reduction('norm', p.sum, floats)(square(x, 'norm'), over, options)
  return inSingle('norm', x, (x) => rootOrZero('norm', squares(x)))
}

/**
 * sqrt(x), with slope 0 instead of infinity at 0: what comes after it, the slope of a square there, is 0 too, and their
 * product is to be a number.
 */
function rootOrZero(op: string, x: Held): Held {
  const zero = equal(x, 0, op)
  return where(zero, 0, sqrt(where(zero, 1, x, op), op), op)
}

/**
 * log sum exp(x - shift) + shift with the greatest x as shift; a row of -infinity alone has the sum 0, whose logarithm
 * is kept away from the gradient.
 */
export const logSumExp = (x: Held, over?: Over, options: ReduceOptions = {}): Held =>
  inSingle('logSumExp', x, (x) => logOfSum(x, over, options))

function logOfSum(x: Held, over: Over, options: ReduceOptions): Held {
  const op = 'logSumExp'
  const top = stopGradient(reduction(op, p.reduceMax, floats)(x, over, options), op)
  const shift = where(finite(top), top, 0, op)
  const { shape } = must(reduceShape(op, extentsOf(x), over, true))
  const total = reduction(op, p.sum, floats)(exp(sub(x, reshaped(op, shift, shape), op), op), over, options)
  const none = equal(total, 0, op)
  return where(none, Number.NEGATIVE_INFINITY, add(log(where(none, 1, total, op), op), shift, op), op)
}
