import type { Value } from '../../compiler/ir/graph.ts'
import type { Primitive } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { broadcastShapes } from '../shape/broadcast.ts'
import type { Extents } from '../shape/dim.ts'
import { type DType, floats, isFloat, numbers, sameDType, signed } from '../shape/dtype.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, fail, must, type Trace } from '../trace/trace.ts'
import { stretch } from './stretch.ts'
import { checkSupported } from './supported.ts'

type NoParams = { readonly [name: string]: never }

type Allowed = (op: string, dtype: DType) => string | undefined

/** An operation of each element of one tensor. */
const unary =
  (op: string, primitive: Primitive<NoParams>, allowed: Allowed) =>
  (x: Held): Held => {
    check(allowed(op, x.dtype))
    const trace = enter(op, [x])
    return hold(trace, trace.builder.emit(primitive, [x.value], {}, op), x.shape, x.dtype)
  }

export const neg = unary('neg', p.neg, signed)
export const exp = unary('exp', p.exp, floats)
export const expm1 = unary('expm1', p.expm1, floats)
export const log = unary('log', p.log, floats)
export const sqrt = unary('sqrt', p.sqrt, floats)
export const sigmoid = unary('sigmoid', p.sigmoid, floats)
export const erfInv = unary('erfInv', p.erfInv, floats)

export function square(x: Held): Held {
  check(numbers('square', x.dtype))
  const trace = enter('square', [x])
  return hold(trace, trace.builder.emit(p.mul, [x.value, x.value], {}, 'square'), x.shape, x.dtype)
}

interface Binary {
  /** The dtypes of its operands; numbers unless given. */
  readonly allowed?: Allowed
  /** Its own dtype, where that is another than its operands'. */
  readonly result?: DType
}
/** An operation of two tensors, or of a tensor and a number, broadcast against each other; `name` is what the result is called where it is not the operation. */
const binary =
  (op: string, primitive: Primitive<NoParams>, { allowed = numbers, result }: Binary = {}) =>
  (a: Held, b: Held | number, name = op): Held => {
    check(allowed(op, a.dtype))
    const shape = must(binaryShape(op, a, b))
    const trace = enter(op, typeof b === 'number' ? [a] : [a, b])
    const inputs = [stretched(trace, a, shape), operandValue(op, trace, a.dtype, b, shape)]
    return hold(trace, trace.builder.emit(primitive, inputs, {}, name), shape, result ?? a.dtype)
  }

export const add = binary('add', p.add)
export const sub = binary('sub', p.sub)
export const mul = binary('mul', p.mul)
export const div = binary('div', p.div, { allowed: floats })
export const maximum = binary('maximum', p.maximum)
export const less = binary('less', p.less, { result: 'bool' })

/** a + t (b - a). */
export function lerp(a: Held, b: Held | number, t: Held | number): Held {
  check(floats('lerp', a.dtype))
  const ends = must(binaryShape('lerp', a, b))
  const shape = must(binaryShape('lerp', { ...a, extents: ends }, t))
  const trace = enter(
    'lerp',
    [a, b, t].filter((x) => typeof x !== 'number'),
  )
  const emit = (primitive: Primitive<NoParams>, x: Value, y: Value, name: string) =>
    trace.builder.emit(primitive, [x, y], {}, name)
  const between = emit(p.sub, operandValue('lerp', trace, a.dtype, b, ends), stretched(trace, a, ends), 'lerp')
  const part = emit(
    p.mul,
    operandValue('lerp', trace, a.dtype, t, shape),
    stretch(trace.builder, between, ends, shape),
    'lerp',
  )
  return hold(trace, emit(p.add, stretched(trace, a, shape), part, 'lerp'), shape, a.dtype)
}

/** Element by element, one of two tensors or numbers. */
export function where(condition: Held, a: Held, b: Held | number): Held {
  check(condition.dtype === 'bool' ? undefined : `dtype error: where: the condition is ${condition.dtype}, needs bool`)
  const values = must(binaryShape('where', a, b))
  const shape = must(broadcastShapes('where', values, extentsOf(condition)))
  const trace = enter('where', typeof b === 'number' ? [condition, a] : [condition, a, b])
  const chosen = stretched(trace, condition, shape)
  const inputs = [
    a.dtype === 'key' ? ofBothWords(trace, chosen) : chosen,
    stretched(trace, a, shape),
    operandValue('where', trace, a.dtype, b, shape),
  ]
  return hold(trace, trace.builder.emit(p.select, inputs, {}, 'where'), shape, a.dtype)
}

/** The same choice for the two words of each key. */
const ofBothWords = ({ builder }: Trace, choice: Value): Value => {
  const { shape } = choice.type
  return builder.emit(p.broadcast, [choice], { shape: [...shape, 2], axes: shape.map((_, axis) => axis) }, choice.name)
}

type Sized = Held & { readonly extents?: Extents }

function binaryShape(op: string, a: Sized, b: Held | number): Extents | string {
  const left = a.extents ?? extentsOf(a)
  return typeof b === 'number' ? left : (sameDType(op, a.dtype, b.dtype) ?? broadcastShapes(op, left, extentsOf(b)))
}

const stretched = (trace: Trace, x: Held, shape: Extents): Value => stretch(trace.builder, x.value, extentsOf(x), shape)

/** A number is a constant of the tensor's dtype and of the result's shape. */
function operandValue(op: string, trace: Trace, dtype: DType, x: Held | number, shape: Extents): Value {
  return typeof x === 'number' ? splat(op, trace, dtype, x, shape) : stretched(trace, x, shape)
}

export function splat(op: string, trace: Trace, dtype: DType, value: number, shape: Extents): Value {
  checkSupported(op, dtype)
  if (typeof value !== 'number') throw fail(`type error: ${op}: ${described(value)} is not a number`)
  const holds =
    isFloat(dtype) ||
    (Number.isInteger(value) &&
      (dtype === 'u32' ? value === value >>> 0 : dtype === 'i32' ? value === (value | 0) : value === 0 || value === 1))
  if (!holds) throw fail(`dtype error: ${op}: ${value} is not of ${dtype}; cast the tensor`)
  return trace.builder.emit(p.constant, [], { value, shape: shape.map((at) => at.size), dtype })
}
