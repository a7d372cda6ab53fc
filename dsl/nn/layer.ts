import type { Rename } from '../shape/bind.ts'
import { type Extents, type Shape, type Show, show } from '../shape/dim.ts'
import type { DType } from '../shape/dtype.ts'
import { type Ends, fitsBinding, type Under } from '../shape/fit.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import type { Specs, Tensors } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf } from '../trace/held.ts'
import { fail } from '../trace/trace.ts'
import { isTensor } from '../traced-tensor.ts'

/**
 * A layer is a value: the specs of its parameters, and a pure function of parameters and one tensor. Leading dims beyond those of In pass
 * through; the named dims of In are bound by each use.
 */
export interface Layer<in out In, in out Out, in out P extends object> extends AnyLayer {
  readonly params: P
  apply<Q, X extends AnyTensor>(
    params: Needs<Misfit<Tensors<P>, Q, 'params'>, Q>,
    x: Needs<Pass<In, Out, X>, X>,
  ): Makes<Pass<In, Out, X>>
  /** The types of the tensors that go in and come out; there are no such values. */
  readonly '~in': In
  readonly '~out': Out
}
export interface AnyLayer {
  readonly params: object
  readonly '~in': unknown
  readonly '~out': unknown
  readonly '~run': Run
}
type NoParams = Record<never, never>
/** Takes any tensor and keeps its shape. */
export type Pointwise = Layer<'any', 'same', NoParams>

/** What a layer does, and as much as it knows of the shapes before it is traced. */
export interface Run {
  readonly takes: Facts | undefined
  readonly gives: Facts | 'same' | undefined
  readonly apply: (params: never, x: AnyTensor) => unknown
}
/** The last axes of what goes in or comes out. */
export interface Facts {
  readonly shape: Shape
  readonly dtype: DType
}

/** A layer of one's own. */
export function layer<P extends Specs, X extends AnyTensor, R>(
  params: P,
  apply: (params: Tensors<P>, x: X) => R,
): Layer<X, R, P> {
  return layerOf(params, { takes: undefined, gives: undefined, apply: apply as unknown as Run['apply'] })
}

/** A layer of its parts. What it knows of the shapes is checked where it is applied. */
export function layerOf<In, Out, P extends object>(params: object, run: Run): Layer<In, Out, P> {
  const apply = (given: never, x: AnyTensor): unknown => {
    if (run.takes) takesOrFails('the layer', run.takes, x)
    return run.apply(given, x)
  }
  return { params, apply, '~run': run } as unknown as Layer<In, Out, P>
}

export interface Chain<out In, out Out> {
  in: In
  out: Out
}
/** A layer I -> O put after layers In -> X; a string where it does not fit. */
export type Step<I, O, In, X> = O extends 'same'
  ? Chain<In, X>
  : X extends 'any'
    ? Chain<I, O>
    : [X, I] extends [Tensor<infer S, infer D>, Tensor<infer T, infer E>]
      ? { d: D } extends { d: E }
        ? Ends<S, T> extends { lead: infer Lead; pairs: infer Pairs }
          ? Under<Lead, Rename<O, Pairs>> extends infer R
            ? Chain<In, R>
            : never
          : // The layer asks for leading dims that none before it needed: then the whole chain does.
            Ends<T, S> extends { lead: infer Lead }
            ? Under<Lead, In> extends infer In2
              ? Chain<In2, O>
              : never
            : `shape error: the layer takes ${Show<T>} and is given ${Show<S>}`
        : `dtype error: the layer takes ${E} and is given ${D}`
      : never
/** The result of a layer I -> O on X, or why there is none. */
type Pass<I, O, X> = Step<I, O, X, X> extends Chain<infer _, infer R> ? R : Step<I, O, X, X>

/** Complains of a tensor that does not end in what a layer takes. */
export function takesOrFails(what: string, takes: Facts, x: unknown): void {
  if (!isTensor(x)) throw fail(`type error: ${what} takes a tensor`)
  const complaint = takesCheck(what, takes, { shape: extentsOf(x), dtype: x.dtype })
  if (complaint !== undefined) throw fail(complaint)
}
export function takesCheck(
  what: string,
  takes: Facts,
  given: { readonly shape: Extents; readonly dtype: DType },
): string | undefined {
  if (given.dtype !== takes.dtype) return `dtype error: ${what} takes ${takes.dtype} and is given ${given.dtype}`
  const rank = takes.shape.length
  return given.shape.length >= rank && fitsBinding(given.shape.slice(given.shape.length - rank), takes.shape)
    ? undefined
    : `shape error: ${what} takes ${show(takes.shape)} and is given ${show(given.shape)}`
}
