import type { Value } from '../compiler/ir/graph.ts'
import { described } from './error.ts'
import * as arrange from './operations/arrange.ts'
import * as elementwise from './operations/elementwise.ts'
import * as gather from './operations/gather.ts'
import * as layout from './operations/layout.ts'
import { matmul } from './operations/matmul.ts'
import * as order from './operations/order.ts'
import * as reduce from './operations/reduce.ts'
import * as slicing from './operations/slice.ts'
import * as softmax from './operations/softmax.ts'
import * as statistics from './operations/statistics.ts'
import * as triangle from './operations/triangle.ts'
import { type Dim, type Shape, show } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import type { Widths } from './shape/pad.ts'
import type { Over } from './shape/reduce.ts'
import type { Range } from './shape/slice.ts'
import type { AnyTensor } from './tensor.ts'
import type { Held } from './trace/held.ts'
import { fail, type Trace } from './trace/trace.ts'

/** A tensor while a program is traced: what stands behind the type `Tensor`. */
export class TracedTensor implements Held {
  readonly shape: Shape
  readonly dtype: DType
  readonly value: Value
  readonly trace: Trace

  constructor(held: Held) {
    this.shape = held.shape
    this.dtype = held.dtype
    this.value = held.value
    this.trace = held.trace
  }

  add(b: unknown) {
    return traced(elementwise.add(this, operand('add', b)))
  }
  sub(b: unknown) {
    return traced(elementwise.sub(this, operand('sub', b)))
  }
  mul(b: unknown) {
    return traced(elementwise.mul(this, operand('mul', b)))
  }
  div(b: unknown) {
    return traced(elementwise.div(this, operand('div', b)))
  }
  rem(b: unknown) {
    return traced(elementwise.rem(this, operand('rem', b)))
  }
  maximum(b: unknown) {
    return traced(elementwise.maximum(this, operand('maximum', b)))
  }
  minimum(b: unknown) {
    return traced(elementwise.minimum(this, operand('minimum', b)))
  }
  pow(b: unknown) {
    return traced(elementwise.pow(this, operand('pow', b)))
  }
  atan2(b: unknown) {
    return traced(elementwise.atan2(this, operand('atan2', b)))
  }
  clamp(low: unknown, high: unknown) {
    return traced(elementwise.clamp(this, operand('clamp', low), operand('clamp', high)))
  }
  lerp(to: unknown, t: unknown) {
    return traced(elementwise.lerp(this, operand('lerp', to), operand('lerp', t)))
  }

  neg() {
    return traced(elementwise.neg(this))
  }
  abs() {
    return traced(elementwise.abs(this))
  }
  sign() {
    return traced(elementwise.sign(this))
  }
  square() {
    return traced(elementwise.square(this))
  }
  floor() {
    return traced(elementwise.floor(this))
  }
  ceil() {
    return traced(elementwise.ceil(this))
  }
  round() {
    return traced(elementwise.round(this))
  }
  exp() {
    return traced(elementwise.exp(this))
  }
  expm1() {
    return traced(elementwise.expm1(this))
  }
  log() {
    return traced(elementwise.log(this))
  }
  log1p() {
    return traced(elementwise.log1p(this))
  }
  sqrt() {
    return traced(elementwise.sqrt(this))
  }
  rsqrt() {
    return traced(elementwise.rsqrt(this))
  }
  reciprocal() {
    return traced(elementwise.reciprocal(this))
  }
  sigmoid() {
    return traced(elementwise.sigmoid(this))
  }
  tanh() {
    return traced(elementwise.tanh(this))
  }
  erf() {
    return traced(elementwise.erf(this))
  }
  erfInv() {
    return traced(elementwise.erfInv(this))
  }
  sin() {
    return traced(elementwise.sin(this))
  }
  cos() {
    return traced(elementwise.cos(this))
  }
  tan() {
    return traced(elementwise.tan(this))
  }
  asin() {
    return traced(elementwise.asin(this))
  }
  acos() {
    return traced(elementwise.acos(this))
  }
  atan() {
    return traced(elementwise.atan(this))
  }

  less(b: unknown) {
    return traced(elementwise.less(this, operand('less', b)))
  }
  lessEqual(b: unknown) {
    return traced(elementwise.lessEqual(this, operand('lessEqual', b)))
  }
  greater(b: unknown) {
    return traced(elementwise.greater(this, operand('greater', b)))
  }
  greaterEqual(b: unknown) {
    return traced(elementwise.greaterEqual(this, operand('greaterEqual', b)))
  }
  equal(b: unknown) {
    return traced(elementwise.equal(this, operand('equal', b)))
  }
  notEqual(b: unknown) {
    return traced(elementwise.notEqual(this, operand('notEqual', b)))
  }
  isNaN() {
    return traced(elementwise.nan(this))
  }
  isFinite() {
    return traced(elementwise.finite(this))
  }

  and(b: unknown) {
    return traced(elementwise.and(this, operand('and', b)))
  }
  or(b: unknown) {
    return traced(elementwise.or(this, operand('or', b)))
  }
  xor(b: unknown) {
    return traced(elementwise.xor(this, operand('xor', b)))
  }
  not() {
    return traced(elementwise.not(this))
  }
  shiftLeft(b: unknown) {
    return traced(elementwise.shiftLeft(this, operand('shiftLeft', b)))
  }
  shiftRight(b: unknown) {
    return traced(elementwise.shiftRight(this, operand('shiftRight', b)))
  }

  sum(over?: Over, options?: reduce.ReduceOptions) {
    return traced(reduce.sum(this, over, options))
  }
  mean(over?: Over, options?: reduce.ReduceOptions) {
    return traced(reduce.mean(this, over, options))
  }
  max(over?: Over, options?: reduce.ReduceOptions) {
    return traced(reduce.max(this, over, options))
  }
  min(over?: Over, options?: reduce.ReduceOptions) {
    return traced(reduce.min(this, over, options))
  }
  any(over?: Over, options?: reduce.ReduceOptions) {
    return traced(reduce.any(this, over, options))
  }
  all(over?: Over, options?: reduce.ReduceOptions) {
    return traced(reduce.all(this, over, options))
  }
  variance(over?: Over, options?: statistics.SpreadOptions) {
    return traced(statistics.variance(this, over, options))
  }
  std(over?: Over, options?: statistics.SpreadOptions) {
    return traced(statistics.std(this, over, options))
  }
  norm(over?: Over, options?: reduce.ReduceOptions) {
    return traced(statistics.norm(this, over, options))
  }
  logSumExp(over?: Over, options?: reduce.ReduceOptions) {
    return traced(statistics.logSumExp(this, over, options))
  }
  argmax(axis?: number, options?: reduce.ReduceOptions) {
    return traced(order.argmax(this, axis, options))
  }
  argmin(axis?: number, options?: reduce.ReduceOptions) {
    return traced(order.argmin(this, axis, options))
  }

  softmax(axis?: number) {
    return traced(softmax.softmax(this, axis))
  }
  logSoftmax(axis?: number) {
    return traced(softmax.logSoftmax(this, axis))
  }
  cumsum(axis: number, options?: order.CumsumOptions) {
    return traced(order.cumsum(this, axis, options))
  }
  sort(axis?: number, options?: order.SortOptions) {
    return traced(order.sort(this, axis, options))
  }
  argsort(axis?: number, options?: order.SortOptions) {
    return traced(order.argsort(this, axis, options))
  }
  topK(k: number, axis?: number) {
    const { values, indices } = order.topK(this, k, axis)
    return { values: traced(values), indices: traced(indices) }
  }
  oneHot(size: Dim, dtype?: DType) {
    return traced(order.oneHot(this, size, dtype))
  }

  matmul(b: unknown) {
    return traced(matmul(this, heldTensor('matmul', b)))
  }
  reshape(shape: Shape) {
    return traced(layout.reshape(this, shape))
  }
  expand(axis: number) {
    return traced(layout.expand(this, axis))
  }
  cast(dtype: DType) {
    return traced(layout.cast(this, dtype))
  }
  as(shape: Shape) {
    return traced(layout.as(this, shape))
  }
  size(axis: number) {
    return layout.size(this, axis)
  }

  squeeze(axis?: number) {
    return traced(arrange.squeeze(this, axis))
  }
  flatten() {
    return traced(arrange.flatten(this))
  }
  transpose() {
    return traced(arrange.transpose(this))
  }
  permute(order: readonly number[]) {
    return traced(arrange.permute(this, order))
  }
  broadcastTo(shape: Shape) {
    return traced(arrange.broadcastTo(this, shape))
  }
  flip(axes?: number | readonly number[]) {
    return traced(arrange.flip(this, axes))
  }
  roll(shift: number, axis: number) {
    return traced(arrange.roll(this, shift, axis))
  }
  repeat(count: number, axis: number) {
    return traced(arrange.repeat(this, count, axis))
  }
  tile(counts: readonly number[]) {
    return traced(arrange.tile(this, counts))
  }
  slice(ranges: readonly Range[]) {
    return traced(slicing.slice(this, ranges))
  }
  split(parts: number | Shape, axis = 0) {
    return slicing.split(this, parts, axis).map(traced)
  }
  pad(widths: Widths, value = 0) {
    return traced(slicing.pad(this, widths, value))
  }
  tril(diagonal = 0) {
    return traced(triangle.tril(this, diagonal))
  }
  triu(diagonal = 0) {
    return traced(triangle.triu(this, diagonal))
  }
  take(indices: unknown, axis = 0) {
    return traced(gather.take(this, heldTensor('take', indices), axis))
  }
  takeAlong(indices: unknown, axis: number) {
    return traced(gather.takeAlong(this, heldTensor('takeAlong', indices), axis))
  }
  scatterAdd(indices: unknown, updates: unknown, axis = 0) {
    const [at, added] = [heldTensor('scatterAdd', indices), heldTensor('scatterAdd', updates)]
    return traced(gather.scatterAdd(this, at, added, axis))
  }

  toString() {
    return `Tensor ${show(this.shape)} of ${this.dtype}`
  }
  /** Printing is fine; anything else that JavaScript would make of a tensor needs its numbers. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString()
    throw fail(
      `trace error: a tensor has no value while a program is traced: use its methods for arithmetic, and less and where(condition, a, b) instead of comparing and branching`,
    )
  }
}

export const isTensor = (x: unknown): x is TracedTensor => x instanceof TracedTensor

/** What an author gets: the types say more than the tracer knows, and the same rules have checked both. */
export const traced = (held: Held): AnyTensor => new TracedTensor(held) as unknown as AnyTensor

/** What stands behind a tensor of the author's. */
export function heldTensor(operation: string, x: unknown): Held {
  if (isTensor(x)) return x
  throw fail(`type error: ${operation}: ${described(x)} is not a tensor`)
}

/** Likewise, where a number will do as well. */
export function operand(operation: string, x: unknown): Held | number {
  if (typeof x === 'number' || isTensor(x)) return x
  throw fail(`type error: ${operation}: ${described(x)} is not a tensor or a number`)
}
