import type { Value } from '../../compiler/ir/graph.ts'
import type { Primitive } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { broadcastShapes } from '../shape/broadcast.ts'
import { bits, comparable, floats, ints, numbers, signed } from '../shape/dtype.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, must, type Trace } from '../trace/trace.ts'
import { binaryShape, operandValue, splat, stretched, tensorsAmong } from './operands.ts'
import { binary, type NoParams, unary } from './pointwise.ts'

export { splat }

export const add = binary('add', p.add)
export const sub = binary('sub', p.sub)
export const mul = binary('mul', p.mul)
export const div = binary('div', p.div)
export const rem = binary('rem', p.rem)
export const maximum = binary('maximum', p.maximum)
export const minimum = binary('minimum', p.minimum)
export const atan2 = binary('atan2', p.atan2, { allowed: floats })

export const neg = unary('neg', p.neg, signed)
export const abs = unary('abs', p.abs, signed)
export const floor = unary('floor', p.floor, floats)
export const round = unary('round', p.round, floats)
export const exp = unary('exp', p.exp, floats)
export const expm1 = unary('expm1', p.expm1, floats)
export const log = unary('log', p.log, floats)
export const log1p = unary('log1p', p.log1p, floats)
export const sqrt = unary('sqrt', p.sqrt, floats)
export const sigmoid = unary('sigmoid', p.sigmoid, floats)
export const sin = unary('sin', p.sin, floats)
export const cos = unary('cos', p.cos, floats)
export const tan = unary('tan', p.tan, floats)
export const asin = unary('asin', p.asin, floats)
export const acos = unary('acos', p.acos, floats)
export const atan = unary('atan', p.atan, floats)
export const tanh = unary('tanh', p.tanh, floats)
export const erf = unary('erf', p.erf, floats)
export const erfInv = unary('erfInv', p.erfInv, floats)
/** The same values, as constants to every derivative. */
export const stopGradient = unary('stopGradient', p.stopGradient, () => undefined)

export const less = binary('less', p.less, { result: 'bool' })
export const lessEqual = binary('lessEqual', p.lessEqual, { result: 'bool' })
export const greater = binary('greater', p.less, { result: 'bool', swapped: true })
export const greaterEqual = binary('greaterEqual', p.lessEqual, { result: 'bool', swapped: true })
export const equal = binary('equal', p.equal, { allowed: comparable, result: 'bool' })
const alike = binary('notEqual', p.equal, { allowed: comparable, result: 'bool' })
export const notEqual = (a: Held, b: Held | number): Held => not(alike(a, b), 'notEqual')

export const and = binary('and', p.bitAnd, { allowed: bits })
export const or = binary('or', p.bitOr, { allowed: bits })
export const xor = binary('xor', p.bitXor, { allowed: bits })
export const not = unary('not', p.bitNot, bits)
export const shiftLeft = shift('shiftLeft', p.shiftLeft)
export const shiftRight = shift('shiftRight', p.shiftRight)

function shift(op: string, primitive: Primitive<NoParams>) {
  const apply = binary(op, primitive, { allowed: ints })
  return (x: Held, by: Held | number): Held => {
    const fits = typeof by !== 'number' || (Number.isInteger(by) && by >= 0 && by < 32)
    check(ints(op, x.dtype) ?? (fits ? undefined : `type error: ${op}: ${by} is not a shift by 0 .. 31`))
    return apply(x, by)
  }
}

export function square(x: Held, name = 'square'): Held {
  check(numbers('square', x.dtype))
  const trace = enter('square', [x])
  return hold(trace, trace.builder.emit(p.mul, [x.value, x.value], {}, name), x.shape, x.dtype)
}

export function reciprocal(x: Held, name = 'reciprocal'): Held {
  check(floats('reciprocal', x.dtype))
  const trace = enter('reciprocal', [x])
  const one = splat('reciprocal', trace, x.dtype, 1, extentsOf(x))
  return hold(trace, trace.builder.emit(p.div, [one, x.value], {}, name), x.shape, x.dtype)
}

export function rsqrt(x: Held): Held {
  check(floats('rsqrt', x.dtype))
  return reciprocal(sqrt(x, 'rsqrt'), 'rsqrt')
}

export function ceil(x: Held): Held {
  check(floats('ceil', x.dtype))
  return neg(floor(neg(x, 'ceil'), 'ceil'), 'ceil')
}

/** Zeros and NaN are their own sign. */
export function sign(x: Held): Held {
  check(numbers('sign', x.dtype))
  const above = (other: Held) => where(greater(x, 0, 'sign'), 1, other, 'sign')
  const rest = stopGradient(x, 'sign')
  return above(x.dtype === 'u32' ? rest : where(less(x, 0, 'sign'), -1, rest, 'sign'))
}

const atLeast = binary('clamp', p.maximum)
const atMost = binary('clamp', p.minimum)
export const clamp = (x: Held, min: Held | number, max: Held | number): Held => atMost(atLeast(x, min), max)

const power = binary('pow', p.pow, { allowed: floats })
/** Whole exponents up to this become products: exact for negative bases, with gradients that are numbers at 0. */
const mostFactors = 64
export function pow(x: Held, exponent: Held | number): Held {
  check(floats('pow', x.dtype))
  if (typeof exponent !== 'number') return power(x, exponent)
  if (Math.abs(exponent) === 0.5) return exponent < 0 ? reciprocal(sqrt(x, 'pow'), 'pow') : sqrt(x, 'pow')
  if (!Number.isInteger(exponent) || Math.abs(exponent) > mostFactors) return power(x, exponent)
  const product = wholePower(x, Math.abs(exponent))
  return exponent < 0 ? reciprocal(product, 'pow') : product
}

/** By squaring, from the exponent's lowest bit. */
function wholePower(x: Held, exponent: number): Held {
  if (exponent === 0) {
    const trace = enter('pow', [x])
    return hold(trace, splat('pow', trace, x.dtype, 1, extentsOf(x)), x.shape, x.dtype)
  }
  const half = exponent > 1 ? wholePower(square(x, 'pow'), exponent >> 1) : undefined
  if (!half || exponent % 2 === 0) return half ?? x
  return mul(x, half, 'pow')
}

/** By the bits, since shaders may assume that there is no NaN and no infinity. */
const exponentBits = 0x7f800000
export const nan = (x: Held): Held => greater(magnitudeBits('isNaN', x), exponentBits, 'isNaN')
export const finite = (x: Held): Held => less(magnitudeBits('isFinite', x), exponentBits, 'isFinite')

/** The bits of |x| in f32, whose order as whole numbers is that of the numbers they stand for. */
function magnitudeBits(op: string, x: Held): Held {
  check(floats(op, x.dtype))
  const trace = enter(op, [x])
  const single = x.dtype === 'f32' ? x.value : trace.builder.emit(p.cast, [x.value], { dtype: 'f32' }, op)
  const all = trace.builder.emit(p.bitcast, [single], { dtype: 'u32' }, op)
  return and(hold(trace, all, x.shape, 'u32'), 0x7fffffff, op)
}

/** a + t (b - a). */
export function lerp(a: Held, b: Held | number, t: Held | number): Held {
  check(floats('lerp', a.dtype))
  const ends = must(binaryShape('lerp', a, b))
  const shape = must(binaryShape('lerp', { ...a, extents: ends }, t))
  const trace = enter('lerp', tensorsAmong([a, b, t]))
  const emit = (primitive: Primitive<NoParams>, x: Value, y: Value, name: string) =>
    trace.builder.emit(primitive, [x, y], {}, name)
  const between = emit(p.sub, operandValue('lerp', trace, a.dtype, b, ends), stretched(trace, a, ends), 'lerp')
  const part = emit(
    p.mul,
    operandValue('lerp', trace, a.dtype, t, shape),
    stretched(trace, { ...a, value: between, shape: ends.map((at) => at.dim) }, shape),
    'lerp',
  )
  return hold(trace, emit(p.add, stretched(trace, a, shape), part, 'lerp'), shape, a.dtype)
}

/** Element by element, one of two tensors or numbers. */
export function where(condition: Held, a: Held | number, b: Held | number, name = 'where'): Held {
  check(condition.dtype === 'bool' ? undefined : `dtype error: where: the condition is ${condition.dtype}, needs bool`)
  const [tensor] = tensorsAmong([a, b])
  const dtype = tensor?.dtype ?? 'f32'
  const values = must(
    typeof a !== 'number' ? binaryShape('where', a, b) : typeof b !== 'number' ? extentsOf(b) : ([] as const),
  )
  const shape = must(broadcastShapes('where', values, extentsOf(condition)))
  const trace = enter('where', [condition, ...tensorsAmong([a, b])])
  const chosen = stretched(trace, condition, shape)
  const inputs = [
    dtype === 'key' ? ofBothWords(trace, chosen) : chosen,
    operandValue('where', trace, dtype, a, shape),
    operandValue('where', trace, dtype, b, shape),
  ]
  return hold(trace, trace.builder.emit(p.select, inputs, {}, name), shape, dtype)
}

/** The same choice for the two words of each key. */
const ofBothWords = ({ builder }: Trace, choice: Value): Value => {
  const { shape } = choice.type
  return builder.emit(p.broadcast, [choice], { shape: [...shape, 2], axes: shape.map((_, axis) => axis) }, choice.name)
}
