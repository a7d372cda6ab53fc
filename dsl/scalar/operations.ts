import * as elementwise from '../operations/elementwise.ts'
import { splat } from '../operations/operands.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { enter } from '../trace/trace.ts'
import * as composed from './composed.ts'
import type { Operation } from './source/index.ts'

/** What an expression stands for in a trace: what is known already, and tensors of f32 or of conditions. */
export type Value = number | boolean | Held

type Apply = (args: readonly Value[]) => Value

/** What each operation makes of its operands. Known numbers are computed at once, by JavaScript itself. */
export const operations: { readonly [Name in Operation]: Apply } = {
  '+': two((a, b) => a + b, elementwise.add),
  '-': two((a, b) => a - b, elementwise.sub),
  '*': two((a, b) => a * b, elementwise.mul),
  '/': two((a, b) => a / b, elementwise.div),
  '%': two((a, b) => a % b, elementwise.rem),
  '**': two((a, b) => a ** b, composed.power),
  neg: one((x) => -x, elementwise.neg),

  '<': two((a, b) => a < b, elementwise.less),
  '<=': two((a, b) => a <= b, elementwise.lessEqual),
  '>': two((a, b) => a > b, elementwise.greater),
  '>=': two((a, b) => a >= b, elementwise.greaterEqual),
  '===': two((a, b) => a === b, elementwise.equal),
  '!==': two((a, b) => a !== b, elementwise.notEqual),
  isNaN: one(Number.isNaN, elementwise.nan),
  isFinite: one(Number.isFinite, elementwise.finite),

  '&&': ([a, b]) => (typeof a === 'boolean' ? a && b! : b === true ? a! : b === false ? b : both(a, b)),
  '||': ([a, b]) => (typeof a === 'boolean' ? a || b! : b === false ? a! : b === true ? b : either(a, b)),
  '!': ([a]) => opposite(a!),

  abs: one(Math.abs, elementwise.abs),
  acos: one(Math.acos, elementwise.acos),
  acosh: one(Math.acosh, composed.acosh),
  asin: one(Math.asin, elementwise.asin),
  asinh: one(Math.asinh, composed.asinh),
  atan: one(Math.atan, elementwise.atan),
  atan2: two(Math.atan2, elementwise.atan2),
  atanh: one(Math.atanh, composed.atanh),
  ceil: one(Math.ceil, elementwise.ceil),
  cos: one(Math.cos, elementwise.cos),
  cosh: one(Math.cosh, composed.cosh),
  exp: one(Math.exp, elementwise.exp),
  expm1: one(Math.expm1, elementwise.expm1),
  floor: one(Math.floor, elementwise.floor),
  hypot: several(
    two(Math.hypot, (a, b) => composed.hypot(a, heldLike(b, a))),
    one(Math.abs, elementwise.abs),
  ),
  log: one(Math.log, elementwise.log),
  log10: one(Math.log10, composed.log10),
  log1p: one(Math.log1p, elementwise.log1p),
  log2: one(Math.log2, composed.log2),
  max: several(two(Math.max, elementwise.maximum)),
  min: several(two(Math.min, elementwise.minimum)),
  pow: two((a, b) => a ** b, composed.power),
  round: one(Math.round, composed.round),
  sign: one(Math.sign, elementwise.sign),
  sin: one(Math.sin, elementwise.sin),
  sinh: one(Math.sinh, composed.sinh),
  sqrt: one(Math.sqrt, elementwise.sqrt),
  tan: one(Math.tan, elementwise.tan),
  tanh: one(Math.tanh, elementwise.tanh),
  trunc: one(Math.trunc, composed.trunc),
}

/** An operation of one number. */
function one(ofNumber: (x: number) => number | boolean, ofTensor: (x: Held) => Held): Apply {
  return ([x]) => (typeof x === 'object' ? ofTensor(x) : ofNumber(Number(x)))
}

/** An operation of two numbers, or of two conditions, which count as 0 and 1 where they are known. */
function two(
  ofNumbers: (a: number, b: number) => number | boolean,
  ofTensors: (a: Held, b: Held | number) => Held,
): Apply {
  return ([a, b]) => {
    if (typeof a === 'object') return ofTensors(a, typeof b === 'object' ? b : Number(b))
    return typeof b === 'object' ? ofTensors(heldLike(Number(a), b), b) : ofNumbers(Number(a), Number(b))
  }
}

/** An operation of two, one after the other on any number of operands, and what it is of one. */
function several(pair: Apply, single: Apply = ([x]) => x!): Apply {
  return (args) => (args.length === 1 ? single(args) : args.reduce((made, next) => pair([made, next])))
}

/** A number as a tensor of the type of another. */
export function heldLike(x: Held | number, like: Held): Held {
  if (typeof x !== 'number') return x
  const trace = enter('scalar')
  const extents = extentsOf(like)
  return hold(trace, splat('scalar', trace, like.dtype, x, extents), extents, like.dtype)
}

const both = (a: Value | undefined, b: Value | undefined): Held => elementwise.and(a as Held, b as Held)
const either = (a: Value | undefined, b: Value | undefined): Held => elementwise.or(a as Held, b as Held)

export const opposite = (condition: Value): Value =>
  typeof condition === 'object' ? elementwise.not(condition) : !condition

/** One of two numbers, or of two conditions, by a condition that is a tensor. */
export function chosen(condition: Held, then: Value, otherwise: Value): Value {
  if (typeof then !== 'boolean' || typeof otherwise !== 'boolean')
    return elementwise.where(condition, ...([then, otherwise].map(asOperand) as [Held | number, Held | number]))
  return then === otherwise ? then : then ? condition : opposite(condition)
}
const asOperand = (value: Value): Held | number => (typeof value === 'object' ? value : Number(value))
