import type { Rename } from '../shape/bind.ts'
import type { Shape, Show } from '../shape/dim.ts'
import type { DType, Float } from '../shape/dtype.ts'
import type { Ends, Under } from '../shape/fit.ts'
import type { Tensor } from '../tensor.ts'

// What a layer takes is 'any' tensor, any of a 'float', or a tensor whose dims come last, the others passing through.
// What it gives is the 'same' as it was given, a tensor before whose dims those others stand, or whatever a Shaping
// says.

/**
 * What a layer gives where that is more than a change of the last dims:
 * `interface Halves extends Shaping { gives: Half<this['takes']> }`. It is the tensor, with all its dims, that comes of
 * the tensor `takes`, or a string that says why there is none.
 */
export interface Shaping {
  readonly takes: unknown
  readonly gives: unknown
}
export type Shaped<F extends Shaping, X> = (F & { readonly takes: X })['gives']

export interface Chain<out In, out Out> {
  in: In
  out: Out
}

/**
 * A layer I -> O put after layers In -> X; a string where it does not fit. With Grow it may ask for leading dims that
 * none before it needed: then the whole chain does.
 */
export type Step<I, O, In, X, Grow = true> = X extends 'any' | 'float'
  ? I extends 'any'
    ? Chain<In, O extends 'same' ? X : Given<O, I>>
    : Chain<I, O extends 'same' ? I : Given<O, I>>
  : X extends Tensor<infer S, infer D>
    ? I extends Tensor<infer T, infer E>
      ? { d: D } extends { d: E }
        ? Fitted<S, T, I, O, In, X, Grow>
        : DType extends D
          ? Fitted<S, T, I, O, In, X, Grow>
          : `dtype error: the layer takes ${E} and is given ${D}`
      : I extends 'float'
        ? [D] extends [Exclude<DType, Float>]
          ? `dtype error: the layer takes a float and is given ${D}`
          : Next<O, In, X, [], never>
        : Next<O, In, X, [], never>
    : never

/** What stands for a result where nothing has been given yet. */
type Given<O, I> = O extends Shaping ? (I extends Tensor<Shape, DType> ? Shaped<O, I> : Tensor<Shape>) : O

type Fitted<S extends Shape, T extends Shape, I, O, In, X, Grow> = number extends S['length']
  ? Chain<In, Wider<O>>
  : Ends<S, T> extends { lead: infer Lead; pairs: infer Pairs }
    ? Next<O, In, X, Lead, Pairs>
    : [Grow, Ends<T, S>] extends [true, { lead: infer Lead }]
      ? Under<Lead, In> extends infer In2
        ? Chain<In2, Given<O extends 'same' ? I : O, I>>
        : never
      : `shape error: the layer takes ${Show<T>} and is given ${Show<S>}`

type Next<O, In, X, Lead, Pairs> = O extends 'same'
  ? Chain<In, X>
  : O extends Shaping
    ? Shaped<O, X> extends infer R
      ? R extends string
        ? R
        : Chain<In, R>
      : never
    : Under<Lead, Rename<O, Pairs>> extends infer R
      ? Chain<In, R>
      : never

/** A result of which the type does not know the leading dims. */
type Wider<O> = O extends Tensor<infer _, infer D> ? Tensor<Shape, D> : Tensor<Shape>
