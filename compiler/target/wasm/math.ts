import type { Expr, Operator, ScalarFunction, Variable } from '../../kernel/expr.ts'
import { add, and, apply, bits, cast, div, equal, f32, fma, i32, less, mul, select, shl, shr, sub } from './terms.ts'

/**
 * The functions that WebAssembly has no instruction for, written in the kernel language, so that one text serves one lane and four. Range reduction and
 * minimax polynomials in f32 after the Cephes library (S. Moshier, single precision). Bounds, held by tests, with multiply-adds rounded once or twice:
 *
 *   exp   2 ulp; denormal results are right too; overflow is infinity and underflow 0
 *   log   2 ulp, denormal arguments included; log(0) is -infinity, log(x < 0) NaN
 *   sin, cos   absolute error 1e-7 for |x| <= 10000; beyond that it grows as |x| does, and the result stays within [-1, 1]; NaN at infinity
 *   tanh  3 ulp; exactly 1 and -1 beyond |x| = 9.02
 *
 * NaN gives NaN in all of them.
 */
export const math: { readonly [op in 'exp' | 'log' | 'sin' | 'cos' | 'tanh']: ScalarFunction } = {
  exp: defineExp(),
  log: defineLog(),
  sin: defineCircular('sin', 0),
  cos: defineCircular('cos', 1),
  tanh: defineTanh(),
}

export const isMath = (op: Operator): op is keyof typeof math => op in math

/** x = n log 2 + r; e^r by a polynomial; times 2^n in two steps, since 2^n alone may overflow or be denormal where the result does not. */
function defineExp(): ScalarFunction {
  const { x, body, bind } = begin()
  const bounded = clamp(bind, x, -104, 89)
  const n = bind('n', apply('round', 'f32', mul(bounded, f32(Math.LOG2E))))
  const r = bind('r', fma(n, f32(2.1219444e-4), fma(n, f32(-0.693359375), bounded)))
  const series = polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  )
  const power = bind('power', add(fma(series, mul(r, r), r), f32(1)))
  const whole = bind('whole', cast(n, 'i32'))
  const half = bind('half', shr(whole, 1))
  const twoTo = (exponent: Expr): Expr => bits(shl(add(exponent, i32(127)), 23), 'f32')
  return done('exp', 'e^x (Cephes expf)', x, body, mul(mul(power, twoTo(half)), twoTo(sub(whole, half))))
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

/** x = n pi/2 + r with |r| <= pi/4, pi/2 in three parts (Cody and Waite); sin(x) or cos(x) is then plus or minus sin(r) or cos(r) by n mod 4. */
function defineCircular(name: 'sin' | 'cos', quarter: 0 | 1): ScalarFunction {
  const { x, body, bind } = begin()
  const n = bind('n', apply('round', 'f32', mul(x, f32(2 / Math.PI))))
  const whole = bind('whole', cast(n, 'i32'))
  const near = fma(n, f32(-7.549789948768648e-8), fma(n, f32(-4.837512969970703e-4), fma(n, f32(-1.5703125), x)))
  // Only for arguments so large that the reduction has lost them does this bound change anything.
  const r = clamp(bind, bind('near', near), -0.8, 0.8)
  const square = bind('square', mul(r, r))
  const sine = fma(polynomial(square, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]), mul(square, r), r)
  const cosine = fma(
    polynomial(square, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]),
    mul(square, square),
    fma(square, f32(-0.5), f32(1)),
  )
  const turn = bind('turn', quarter === 0 ? whole : add(whole, i32(quarter)))
  const value = bind('value', select(equal(and(turn, i32(1)), i32(0)), sine, cosine))
  // The sign bit is bit 1 of the quarter turn.
  const sign = shl(and(turn, i32(2)), 30)
  return done(name, `${name} x (Cephes ${name}f)`, x, body, bits(apply('xor', 'i32', bits(value, 'i32'), sign), 'f32'))
}

/** A polynomial near 0, else 1 - 2 / (e^2|x| + 1) with the sign of x. */
function defineTanh(): ScalarFunction {
  const { x, body, bind } = begin()
  const size = bind('size', apply('abs', 'f32', x))
  const square = bind('square', mul(x, x))
  const series = polynomial(
    square,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  )
  const small = bind('small', fma(mul(series, square), x, x))
  const far = bind('far', sub(f32(1), div(f32(2), add(apply('exp', 'f32', add(size, size)), f32(1)))))
  const signed = select(less(x, f32(0)), apply('neg', 'f32', far), far)
  return done('tanh', 'tanh x (Cephes tanhf)', x, body, select(less(size, f32(0.625)), small, signed))
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

/** Leaves NaN as it is, which a minimum and a maximum need not; comparing this way round is one instruction each in lanes. */
function clamp(bind: Bind, x: Variable, low: number, high: number): Variable {
  const above = bind('above', select(less(x, f32(low)), f32(low), x))
  return bind('within', select(less(f32(high), above), f32(high), above))
}

/** Horner's rule, the highest power first. */
function polynomial(x: Expr, coefficients: readonly number[]): Expr {
  return coefficients.map(f32).reduce((sum, coefficient) => fma(sum, x, coefficient))
}
