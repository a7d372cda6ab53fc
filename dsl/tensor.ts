import type { SizeAt } from './shape/axis.ts'
import type { Binary } from './shape/broadcast.ts'
import type { Shape } from './shape/dim.ts'
import type { DType, Floats, Numbers, Signed, Supported } from './shape/dtype.ts'
import type { Expand } from './shape/expand.ts'
import type { MatMul } from './shape/matmul.ts'
import type { Reduce } from './shape/reduce.ts'
import type { Reshape } from './shape/reshape.ts'
import type { Makes, Needs } from './shape/rule.ts'

/**
 * A tensor of a program: a shape of literal and named dims, a dtype, and the operations. It has no numbers, for it is only ever seen while a
 * program is being traced. The methods take `this` as a type parameter, so that comparing two tensor types compares these two fields alone.
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

type Arithmetic<Op extends string, Result extends DType | 'same' = 'same'> = <A extends AnyTensor, B extends Operand>(
  this: Needs<Numbers<Op, A>, A>,
  b: Needs<Binary<Op, A, B, Result>, B>,
) => Makes<Binary<Op, A, B, Result>>
type Quotient<Op extends string> = <A extends AnyTensor, B extends Operand>(
  this: Needs<Floats<Op, A>, A>,
  b: Needs<Binary<Op, A, B>, B>,
) => Makes<Binary<Op, A, B>>
type OfNumbers<Op extends string> = <A extends AnyTensor>(this: Needs<Numbers<Op, A>, A>) => A
type OfFloats<Op extends string> = <A extends AnyTensor>(this: Needs<Floats<Op, A>, A>) => A
type Reduction<Op extends string, Of extends 'number' | 'float'> = <
  A extends AnyTensor,
  X extends number | undefined = undefined,
  Keep extends boolean = false,
>(
  this: Needs<Of extends 'float' ? Floats<Op, A> : Numbers<Op, A>, A>,
  axis?: Needs<Reduce<Op, A, X, Keep>, X>,
  options?: { readonly keepdims: Keep },
) => Makes<Reduce<Op, A, X, Keep>>
type Lerp<A, B, T> = Binary<'lerp', Makes<Binary<'lerp', A, B>>, T>

interface Methods {
  /** Elementwise; shapes are aligned at the right and dims of 1 stretch. */
  add: Arithmetic<'add'>
  sub: Arithmetic<'sub'>
  mul: Arithmetic<'mul'>
  div: Quotient<'div'>
  /** The greater of two elements; `max` reduces. */
  maximum: Arithmetic<'maximum'>
  less: Arithmetic<'less', 'bool'>
  /** this + t (to - this). */
  lerp<A extends AnyTensor, B extends Operand, T extends Operand>(
    this: Needs<Floats<'lerp', A>, A>,
    to: Needs<Binary<'lerp', A, B>, B>,
    t: Needs<Lerp<A, B, T>, T>,
  ): Makes<Lerp<A, B, T>>

  neg<A extends AnyTensor>(this: Needs<Signed<'neg', A>, A>): A
  square: OfNumbers<'square'>
  exp: OfFloats<'exp'>
  /** exp(x) - 1, accurate near 0. */
  expm1: OfFloats<'expm1'>
  log: OfFloats<'log'>
  sqrt: OfFloats<'sqrt'>
  /** 1 / (1 + exp(-x)). */
  sigmoid: OfFloats<'sigmoid'>

  /** Folds one axis, counted from the end where negative, or all of them. */
  sum: Reduction<'sum', 'number'>
  mean: Reduction<'mean', 'float'>
  max: Reduction<'max', 'float'>

  /** [..., m, k] with [..., k, n] makes [..., m, n]; leading dims broadcast. */
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
  cast<S extends Shape, D extends Exclude<DType, 'key'>>(
    this: Tensor<S, Exclude<DType, 'key'>>,
    dtype: Needs<Supported<'cast', D>, D>,
  ): Tensor<S, D>
  /** States a shape that the types cannot derive; tracing checks its sizes. */
  as<D extends DType, const T extends Shape>(this: Tensor<Shape, D>, shape: [...T]): Tensor<T, D>
  /** The size that the trace has bound axis X to, as a number for use in arithmetic. */
  size<A extends AnyTensor, X extends number>(
    this: A,
    axis: Needs<SizeAt<A, X>, X>,
  ): SizeAt<A, X> extends infer N extends number ? N : number
}
