import type { Value } from '../compiler/ir/graph.ts'
import { described } from './error.ts'
import * as elementwise from './operations/elementwise.ts'
import * as layout from './operations/layout.ts'
import { matmul } from './operations/matmul.ts'
import * as reduce from './operations/reduce.ts'
import { type Shape, show } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
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
  maximum(b: unknown) {
    return traced(elementwise.maximum(this, operand('maximum', b)))
  }
  less(b: unknown) {
    return traced(elementwise.less(this, operand('less', b)))
  }
  lerp(to: unknown, t: unknown) {
    return traced(elementwise.lerp(this, operand('lerp', to), operand('lerp', t)))
  }

  neg() {
    return traced(elementwise.neg(this))
  }
  square() {
    return traced(elementwise.square(this))
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
  sqrt() {
    return traced(elementwise.sqrt(this))
  }
  sigmoid() {
    return traced(elementwise.sigmoid(this))
  }

  sum(axis?: number, options?: reduce.ReduceOptions) {
    return traced(reduce.sum(this, axis, options))
  }
  mean(axis?: number, options?: reduce.ReduceOptions) {
    return traced(reduce.mean(this, axis, options))
  }
  max(axis?: number, options?: reduce.ReduceOptions) {
    return traced(reduce.max(this, axis, options))
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
