import type { ElementwiseMethods } from './elementwise-methods.ts'
import type { LayoutMethods } from './layout-methods.ts'
import type { ReductionMethods } from './reduction-methods.ts'
import type { SizeAt } from './shape/axis.ts'
import type { Shape } from './shape/dim.ts'
import type { DType, Floats } from './shape/dtype.ts'
import type { Expand } from './shape/expand.ts'
import type { MatMul } from './shape/matmul.ts'
import type { Reshape } from './shape/reshape.ts'
import type { Makes, Needs } from './shape/rule.ts'

/**
 * A tensor of a program: a shape of literal and named dims, a dtype, and the operations. It has no numbers, for it is
 * only ever seen while a program is being traced. The methods take `this` as a type parameter, so that comparing two
 * tensor types compares these two fields alone.
 */
export interface Tensor<out S extends Shape, out D extends DType = 'f32'> extends Methods {
  readonly shape: S
  readonly dtype: D
}
export type AnyTensor = Tensor<Shape, DType>
/** A random key. */
export type Key = Tensor<[], 'key'>
/** What may stand on the right of an elementwise operation; a number takes the tensor's dtype. */
export type Operand = AnyTensor | number

interface Methods extends ElementwiseMethods, ReductionMethods, LayoutMethods {
  /**
   * [..., m, k] with [..., k, n] makes [..., m, n], where leading dims broadcast; [..., k] with [k] makes [...], and
   * [k] with [..., k, n] makes [..., n].
   */
  matmul<A extends AnyTensor, B extends AnyTensor>(
    this: Needs<Floats<'matmul', A>, A>,
    b: Needs<MatMul<A, B>, B>,
  ): Makes<MatMul<A, B>>

  /** The same elements in row-major order. */
  reshape<A extends AnyTensor, const T extends Shape>(
    this: A,
    shape: Needs<Reshape<A, T>, [...T]>,
  ): Makes<Reshape<A, T>>
  /** Puts in an axis of size 1 at a position; -1 puts it last. */
  expand<A extends AnyTensor, X extends number>(this: A, axis: Needs<Expand<A, X>, X>): Makes<Expand<A, X>>
  /** Converts numbers; floats are truncated to integers, and true is 1. */
  cast<S extends Shape, D extends Exclude<DType, 'key'>>(this: Tensor<S, Exclude<DType, 'key'>>, dtype: D): Tensor<S, D>
  /** States a shape that the types cannot derive; tracing checks its sizes. */
  as<D extends DType, const T extends Shape>(this: Tensor<Shape, D>, shape: [...T]): Tensor<T, D>
  /** The size that the trace has bound axis X to, as a number for use in arithmetic. */
  size<A extends AnyTensor, X extends number>(
    this: A,
    axis: Needs<SizeAt<A, X>, X>,
  ): SizeAt<A, X> extends infer N extends number ? N : number
}
