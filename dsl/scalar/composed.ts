import {
  abs,
  add,
  and,
  ceil,
  div,
  equal,
  expm1,
  finite,
  floor,
  greater,
  less,
  log,
  log1p,
  maximum,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  round as roundToEven,
  sqrt,
  square,
  stopGradient,
  sub,
  where,
} from '../operations/elementwise.ts'
import type { Held } from '../trace/held.ts'

// The functions of JavaScript that the language has not, or has with other values at some numbers.

/**
 * To the nearest whole number, halves up: the language's own goes to the even one, which is 1 too low where x is half
 * above it.
 */
export function round(x: Held): Held {
  const even = roundToEven(x)
  return where(equal(sub(x, even, 'round'), 0.5, 'round'), add(even, 1, 'round'), even, 'round')
}

export const trunc = (x: Held): Held => where(less(x, 0, 'trunc'), ceil(x), floor(x), 'trunc')

/** log x / log 2: of a power of two it may be off in the last place. */
export const log2 = (x: Held): Held => div(log(x, 'log2'), Math.LN2, 'log2')
export const log10 = (x: Held): Held => div(log(x, 'log10'), Math.LN10, 'log10')

/** exp(x / 2) - 1 and exp(-x / 2) - 1: half of x, whose exponential overflows no earlier than the result does. */
const halves = (op: string, x: Held): readonly [Held, Held] => {
  const half = mul(x, 0.5, op)
  return [expm1(half, op), expm1(neg(half, op), op)]
}

/**
 * 2 sinh(x / 2) cosh(x / 2). Terms of each factor have one sign, or one is far greater than the other, so that nothing
 * cancels.
 */
export function sinh(x: Held): Held {
  const [up, down] = halves('sinh', x)
  const cosine = add(mul(add(up, down, 'sinh'), 0.5, 'sinh'), 1, 'sinh')
  return mul(sub(up, down, 'sinh'), cosine, 'sinh')
}

/** 1 + 2 sinh(x / 2)^2. */
export function cosh(x: Held): Held {
  const [up, down] = halves('cosh', x)
  const twice = sub(up, down, 'cosh')
  return add(mul(mul(twice, 0.5, 'cosh'), twice, 'cosh'), 1, 'cosh')
}

/** From here on x^2 + 1 is x^2, to the last place in float64, and it does not overflow in f32 up to here. */
const large = 1e8

/**
 * log(a + sqrt(a^2 + 1)) for a = |x|, as log1p near 0 and as log(2 a) where the square would overflow. Its slope at 0
 * is 1.
 */
export function asinh(x: Held): Held {
  const below = less(x, 0, 'asinh')
  const a = where(below, neg(x, 'asinh'), x, 'asinh')
  const isLarge = greater(a, large, 'asinh')
  const b = where(isLarge, 1, a, 'asinh')
  const root = sqrt(add(square(b, 'asinh'), 1, 'asinh'), 'asinh')
  const more = add(div(b, add(root, 1, 'asinh'), 'asinh'), 1, 'asinh')
  const near = log1p(mul(b, more, 'asinh'), 'asinh')
  const value = where(isLarge, logOfTwice('asinh', a), near, 'asinh')
  return where(below, neg(value, 'asinh'), value, 'asinh')
}

/** log(x + sqrt(x^2 - 1)), with t = x - 1 as log1p(t + sqrt(t (t + 2))); NaN below 1. */
export function acosh(x: Held): Held {
  const isLarge = greater(x, large, 'acosh')
  const t = where(isLarge, 1, sub(x, 1, 'acosh'), 'acosh')
  const root = mul(sqrt(t, 'acosh'), sqrt(add(t, 2, 'acosh'), 'acosh'), 'acosh')
  return where(isLarge, logOfTwice('acosh', x), log1p(add(t, root, 'acosh'), 'acosh'), 'acosh')
}

const logOfTwice = (op: string, x: Held): Held => add(log(x, op), Math.LN2, op)

/** (log(1 + x) - log(1 - x)) / 2, whose terms have one sign. */
export const atanh = (x: Held): Held =>
  mul(sub(log1p(x, 'atanh'), log1p(neg(x, 'atanh'), 'atanh'), 'atanh'), 0.5, 'atanh')

/**
 * sqrt(x^2 + y^2) without overflow: what is squared are parts of the greater one, which is a constant to derivatives,
 * as the result does not hang on it. An infinity wins over NaN. The slope at the origin is 0, as that of `norm`.
 */
export function hypot(x: Held, y: Held): Held {
  const op = 'hypot'
  const [a, b] = [stopGradient(abs(x, op), op), stopGradient(abs(y, op), op)]
  const greatest = maximum(a, b, op)
  const regular = and(greater(greatest, 0, op), less(greatest, Number.POSITIVE_INFINITY, op), op)
  const scale = where(regular, greatest, 1, op)
  const squares = add(square(div(x, scale, op), op), square(div(y, scale, op), op), op)
  const length = mul(sqrt(where(regular, squares, 1, op), op), scale, op)
  const isInfinite = or(equal(a, Number.POSITIVE_INFINITY, op), equal(b, Number.POSITIVE_INFINITY, op), op)
  return where(regular, length, where(isInfinite, Number.POSITIVE_INFINITY, greatest, op), op)
}

/**
 * x ** y as JavaScript has it. C, and with it the language, has 1 for 1 to the power NaN, and for 1 and -1 to an
 * infinite power; JavaScript has NaN. A square root is cheaper than a power, and differs from it in the sign of a root
 * of -0 and at -infinity.
 */
export function power(x: Held, y: Held | number): Held {
  if (typeof y === 'number') {
    if (Math.abs(y) === 0.5) return y < 0 ? reciprocal(rootAsPower(x), 'pow') : rootAsPower(x)
    return Number.isFinite(y) ? pow(x, y) : where(isOne(x), Number.NaN, pow(x, y), 'pow')
  }
  return where(and(isOne(x), not(finite(y), 'pow'), 'pow'), Number.NaN, pow(x, y), 'pow')
}

const isOne = (x: Held): Held => equal(abs(x, 'pow'), 1, 'pow')

const rootAsPower = (x: Held): Held =>
  where(equal(x, Number.NEGATIVE_INFINITY, 'pow'), Number.POSITIVE_INFINITY, sqrt(add(x, 0, 'pow'), 'pow'), 'pow')
