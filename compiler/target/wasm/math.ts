import type { Expr, Operator, ScalarFunction, Variable } from '../../kernel/expr.ts'
import { add, apply, bits, cast, equal, f32, fma, i32, less, mul, select, shl, shr, sub } from './terms.ts'

/**
 * The functions that WebAssembly has no instruction for, written in the kernel language, so that one text serves one
 * lane and four. Range reduction and minimax polynomials in f32 after the Cephes library (S. Moshier, single
 * precision). Bounds, held by tests, with multiply-adds rounded once or twice:
 *
 *   exp   2 ulp; denormal results are right too; overflow is infinity and underflow 0
 *   log   2 ulp, denormal arguments included; log(0) is -infinity, log(x < 0) NaN
 *
 * NaN gives NaN in both.
 */
export const math: { readonly [op in 'exp' | 'log']: ScalarFunction } = {
  exp: defineExp(),
  log: defineLog(),
}

export const isMath = (op: Operator): op is keyof typeof math => op in math

/**
 * x = n log 2 + r; e^r by a polynomial; times 2^n in two steps, since 2^n alone may overflow or be denormal where the
 * result does not.
 */
function defineExp(): ScalarFunction {
  const { x, body, bind } = begin()
  const bounded = clamp(bind, x, -104, 89)
  // Beside this number floats are whole ones, so what is added to it is rounded, and its last bits are what that is.
  const whole = 1.5 * 2 ** 23 + 254
  const shifted = bind('shifted', fma(bounded, f32(Math.LOG2E), f32(whole)))
  const n = bind('n', sub(shifted, f32(whole)))
  const r = bind('r', fma(n, f32(2.1219444e-4), fma(n, f32(-0.693359375), bounded)))
  const series = polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  )
  const power = bind('power', add(fma(series, mul(r, r), r), f32(1)))
  // Halves of n + 254, each n / 2 and the bias of an exponent; what stands above them is moved out.
  const exponents = bits(shifted, 'i32')
  const half = bind('half', shr(exponents, 1))
  const twoTo = (exponent: Expr): Expr => bits(shl(exponent, 23), 'f32')
  return done('exp', 'e^x (Cephes expf)', x, body, mul(mul(power, twoTo(half)), twoTo(sub(exponents, half))))
}

/** x = 2^e m with sqrt(1/2) <= m < sqrt(2); log(m) by a polynomial in m - 1. Denormals are scaled up first. */
function defineLog(): ScalarFunction {
  const { x, body, bind } = begin()
  const tiny = bind('tiny', less(x, f32(2 ** -126)))
  const word = bind('word', bits(select(tiny, mul(x, f32(2 ** 23)), x), 'i32'))
  const shift = bind('shift', shr(sub(word, i32(0x3f3504f3)), 23))
  const e = bind('e', sub(cast(shift, 'f32'), select(tiny, f32(23), f32(0))))
  const r = bind('r', sub(bits(sub(word, shl(shift, 23)), 'f32'), f32(1)))
  const square = bind('square', mul(r, r))
  const series = polynomial(
    r,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  )
  const tail = fma(square, f32(-0.5), fma(e, f32(-2.1219444e-4), mul(mul(r, square), series)))
  const finite = bind('finite', fma(e, f32(0.693359375), add(r, tail)))
  // Infinity and NaN are themselves; what is not above 0 is -infinity at 0 and NaN below.
  const proper = bind('proper', select(less(x, f32(Infinity)), finite, x))
  const improper = select(equal(x, f32(0)), f32(-Infinity), f32(Number.NaN))
  return done('log', 'log x (Cephes logf)', x, body, select(apply('lessEqual', 'bool', x, f32(0)), improper, proper))
}

type Step = ScalarFunction['body'][number]
type Bind = (name: string, value: Expr) => Variable

function begin() {
  const x: Variable = { kind: 'variable', dtype: 'f32', lanes: 1, name: 'x' }
  const body: Step[] = []
  const bind: Bind = (name, value) => {
    const variable: Variable = { kind: 'variable', dtype: value.dtype, lanes: 1, name }
    body.push({ variable, value })
    return variable
  }
  return { x, body, bind }
}

function done(name: string, about: string, x: Variable, body: readonly Step[], result: Expr): ScalarFunction {
  return { name, about, params: [x], body, results: [result] }
}

/**
 * Leaves NaN as it is, which a minimum and a maximum need not; comparing this way round is one instruction each in
 * lanes.
 */
function clamp(bind: Bind, x: Variable, low: number, high: number): Variable {
  const above = bind('above', select(less(x, f32(low)), f32(low), x))
  return bind('within', select(less(f32(high), above), f32(high), above))
}

/** Horner's rule, the highest power first. */
function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  return coefficients.map(f32).reduce((sum, coefficient) => fma(sum, x, coefficient))
}
