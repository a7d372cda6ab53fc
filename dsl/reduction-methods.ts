import type { HasAxis } from './shape/axes.ts'
import type { Dim } from './shape/dim.ts'
import type { DType, Ints, Kind, Numbers, Takes } from './shape/dtype.ts'
import type { Filled, Over, Reduce } from './shape/reduce.ts'
import type { Makes, Needs, Or } from './shape/rule.ts'
import type { TopK } from './shape/top-k.ts'
import type { AnyTensor, Tensor } from './tensor.ts'

type Reduction<Op extends string, Of extends Kind, Options = unknown> = <
  A extends AnyTensor,
  const X extends Over = undefined,
  Keep extends boolean = false,
>(
  this: Needs<Takes<Op, A>[Of], A>,
  axes?: Needs<Reduce<Op, A, X, Keep>, X>,
  options?: { readonly keepdims?: Keep } & Options,
) => Makes<Reduce<Op, A, X, Keep>>
/** Of one axis, or of all elements in row-major order. */
type Place<Op extends string> = <
  A extends AnyTensor,
  X extends number | undefined = undefined,
  Keep extends boolean = false,
>(
  this: Needs<Or<Numbers<Op, A>, Filled<Op, A, X>>, A>,
  axis?: Needs<Reduce<Op, A, X, Keep>, X>,
  options?: { readonly keepdims?: Keep },
) => Makes<Reduce<Op, A, X, Keep, 'i32'>>
/** An operation of each row of an axis, the last unless another is named. */
type Along<Op extends string, Of extends Kind, Options = never, Result extends DType | 'same' = 'same'> = <
  A extends AnyTensor,
  X extends number = -1,
>(
  this: Needs<Or<Takes<Op, A>[Of], HasAxis<Op, A, X>>, A>,
  axis?: X,
  ...options: [Options] extends [never] ? [] : [options?: Options]
) => Result extends DType ? Tensor<A['shape'], Result> : A

interface Spread {
  /** Taken from the number of elements that is divided by; 0 unless given, 1 for the unbiased estimate. */
  readonly correction?: number
}
interface Sorting {
  readonly descending?: boolean
}

/**
 * The methods of a tensor that fold axes or go along them. Folded is one axis, a list of axes, or all; axes count from
 * the end where negative, and with `keepdims` each folded axis stays as one of size 1.
 */
export interface ReductionMethods {
  /** The sum of nothing is 0. */
  sum: Reduction<'sum', 'numbers'>
  /** The mean of nothing is NaN. */
  mean: Reduction<'mean', 'floats'>
  /** The greatest; those that tie share the gradient. Of nothing it is -infinity, in integers the least there is. */
  max: Reduction<'max', 'numbers'>
  /** The least; those that tie share the gradient. Of nothing it is infinity, in integers the greatest there is. */
  min: Reduction<'min', 'numbers'>
  /** Whether one is true; of nothing it is false. */
  any: Reduction<'any', 'bools'>
  /** Whether all are true; of nothing it is true. */
  all: Reduction<'all', 'bools'>
  /** The mean square distance from the mean. */
  variance: Reduction<'variance', 'floats', Spread>
  /** The root of `variance`. Where that is 0 its gradient is set to 0; it has none. */
  std: Reduction<'std', 'floats', Spread>
  /** The Euclidean norm, the root of the sum of squares. Its gradient at 0 is set to 0, one of its subgradients. */
  norm: Reduction<'norm', 'floats'>
  /**
   * log sum exp(x), without overflow; its gradient is the softmax. Where all of x is -infinity it is -infinity, with
   * gradient 0.
   */
  logSumExp: Reduction<'logSumExp', 'floats'>

  /** Where the greatest stands, the first of equal ones, as i32; NaN is greater than all numbers. */
  argmax: Place<'argmax'>
  /** Where the least stands, the first of equal ones, as i32; NaN is less than all numbers. */
  argmin: Place<'argmin'>

  /** exp(x) / sum exp(x) along an axis, without overflow; NaN where all of x is -infinity. */
  softmax: Along<'softmax', 'floats'>
  /** log softmax(x), accurate where that underflows. */
  logSoftmax: Along<'logSoftmax', 'floats'>
  /** The sum of each element and all before it along an axis; reversed, of it and all after it. */
  cumsum<A extends AnyTensor, X extends number>(
    this: Needs<Numbers<'cumsum', A>, A>,
    axis: Needs<HasAxis<'cumsum', A, X>, X>,
    options?: { readonly reverse?: boolean },
  ): A
  /** Each row of an axis in ascending order, NaN last; descending is the mirror image. */
  sort: Along<'sort', 'numbers', Sorting>
  /** Where the elements of the sorted row stand in this, as i32; equal ones stay as they are, descending too. */
  argsort: Along<'argsort', 'numbers', Sorting, 'i32'>
  /** The k greatest of each row of an axis in descending order, NaN first, and where they stand, as i32. */
  topK<A extends AnyTensor, K extends number, X extends number = -1>(
    this: Needs<Numbers<'topK', A>, A>,
    k: Needs<TopK<A, K, X>, K>,
    axis?: X,
  ): TopK<A, K, X> extends infer Found
    ? Found extends string
      ? { values: AnyTensor; indices: AnyTensor }
      : Found
    : never

  /**
   * A new last axis with 1 at the place that the integer names and 0 elsewhere; everywhere where there is no such
   * place. f32 unless another dtype is named.
   */
  oneHot<A extends AnyTensor, const N extends Dim>(
    this: Needs<Ints<'oneHot', A>, A>,
    size: N,
  ): Tensor<[...A['shape'], N]>
  oneHot<A extends AnyTensor, const N extends Dim, D extends Exclude<DType, 'key'>>(
    this: Needs<Ints<'oneHot', A>, A>,
    size: N,
    dtype: D,
  ): Tensor<[...A['shape'], N], D>
}
