import { described } from '../error.ts'
import { checkFunction } from '../given.ts'
import { type Extents, type Shape, show } from '../shape/dim.ts'
import { type DType, isFloat } from '../shape/dtype.ts'
import { fitsBinding } from '../shape/fit.ts'
import type { Misfit } from '../shape/misfit.ts'
import { type OneKey, oneKey } from '../shape/random.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import { type AnySpec, isSpec, type Specs, type Tensors } from '../spec.ts'
import type { AnyTensor, Key } from '../tensor.ts'
import { tensorIn } from '../tensor-in.ts'
import { extentsOf } from '../trace/held.ts'
import { check, fail } from '../trace/trace.ts'
import { heldTensor, isTensor } from '../traced-tensor.ts'
import { type LeafAt, leavesOf, malformed } from '../tree.ts'
import type { Chain, Step } from './step.ts'

/**
 * A layer is a value: the specs of its parameters, and a pure function of parameters and one tensor. Leading dims
 * beyond those of In pass through; the named dims of In are bound by each use. A layer that draws random numbers, such
 * as dropout, does so where it is given a key, as in training; without one it does what it should where it is used:
 * `net.apply(params, x, key)` and `net.apply(params, x)`. A layer of layers makes of the key one for each of them.
 */
export interface Layer<in out In, in out Out, in out P extends object> extends AnyLayer {
  readonly params: P
  apply<Q, X extends AnyTensor, K extends AnyTensor = Key>(
    params: Needs<Misfit<Tensors<P>, Q, 'params'>, Q>,
    x: Needs<Pass<In, Out, X>, X>,
    key?: Needs<OneKey<'the layer', K>, K>,
  ): Makes<Pass<In, Out, X>>
  /** The types of the tensors that go in and come out, as `step.ts` has them; there are no such values. */
  readonly '~in': In
  readonly '~out': Out
}
export interface AnyLayer {
  readonly params: object
  readonly '~in': unknown
  readonly '~out': unknown
  readonly '~run': Run
}
export type NoParams = Record<never, never>

/** What a layer does, and as much as it knows of the shapes before it is traced. */
export interface Run {
  readonly takes: Facts | 'float' | undefined
  readonly gives: Facts | 'same' | undefined
  /** Whether a key makes a difference. */
  readonly draws?: boolean
  readonly apply: (params: never, x: AnyTensor, key: Key | undefined) => unknown
}
/** The last axes of what goes in or comes out. A name stands for any size. */
export interface Facts {
  readonly shape: Shape
  readonly dtype: DType
}

/** A layer of one's own. As leading dims pass through, its function counts axes from the end. */
export function layer<P extends Specs, X extends AnyTensor, R>(
  params: P,
  apply: (params: Tensors<P>, x: X, key: Key | undefined) => R,
): Layer<X, R, P> {
  checkFunction('layer', apply, 'a function of parameters and a tensor')
  return layerOf(params, {
    takes: undefined,
    gives: undefined,
    draws: true,
    apply: apply as unknown as Run['apply'],
  })
}

/** A layer of its parts. What it knows of the shapes, those of its parameters too, is checked where it is applied. */
export function layerOf<In, Out, P extends object>(params: object, run: Run): Layer<In, Out, P> {
  const specs = specsIn(params)
  const apply = (given: never, x: AnyTensor, key?: Key): unknown => {
    checkSpecs('params', specs, given)
    takesOrFails('the layer', run.takes, x)
    if (key !== undefined) {
      const { dtype, shape } = heldTensor('the layer', key)
      check(oneKey('the layer', dtype, shape))
    }
    return run.apply(given, x, key)
  }
  return { params, apply, '~run': run } as unknown as Layer<In, Out, P>
}

/** The specs of parameters with their paths. */
export function specsIn(params: unknown): readonly LeafAt<AnySpec>[] {
  const at = (path: string): string => (path === '' ? 'params' : `params.${path}`)
  const wrong = malformed(params, isSpec)
  if (wrong) throw fail(`type error: the layer: ${at(wrong.path)} ${wrong.why}`)
  return leavesOf(params, isSpec, (path) => {
    throw fail(`type error: the layer: ${at(path)} is not a spec; write f32(...) or a record of specs`)
  })
}

/** Complains of a record of tensors that are not as the specs say. */
export function checkSpecs(what: string, specs: readonly LeafAt<AnySpec>[], given: unknown): void {
  for (const { path, leaf } of specs) {
    const { shape, dtype } = leaf
    tensorIn(given, path, what, { shape, dtype, fits: (found) => fitsBinding(found, shape) })
  }
}

/** Throws where an author gives something else for a layer; `at` says which. */
export function checkLayer(op: string, given: unknown, at: string): asserts given is AnyLayer {
  const isLayer = (typeof given === 'object' || typeof given === 'function') && given !== null && '~run' in given
  if (!isLayer) throw fail(`type error: ${op}: ${at} is ${described(given)}, needs a layer`)
}

/** The result of a layer I -> O on X, or why there is none. */
export type Pass<I, O, X> = Step<I, O, X, X, false> extends Chain<infer _, infer R> ? R : Step<I, O, X, X, false>

/** Complains of a tensor that does not end in what a layer takes. */
export function takesOrFails(what: string, takes: Run['takes'], x: unknown): asserts x is AnyTensor {
  if (!isTensor(x)) throw fail(`type error: ${what} takes a tensor`)
  check(takesCheck(what, takes, { shape: extentsOf(x), dtype: x.dtype }))
}
function takesCheck(
  what: string,
  takes: Run['takes'],
  given: { readonly shape: Extents; readonly dtype: DType },
): string | undefined {
  if (takes === undefined) return undefined
  const wrong = dtypeCheck(what, takes, given.dtype)
  if (wrong !== undefined || takes === 'float') return wrong
  const rank = takes.shape.length
  return given.shape.length >= rank && fitsBinding(given.shape.slice(given.shape.length - rank), takes.shape)
    ? undefined
    : `shape error: ${what} takes ${show(takes.shape)} and is given ${show(given.shape)}`
}

/** Likewise, before there is a tensor. */
export function factsCheck(what: string, takes: Facts | 'float', given: Facts): string | undefined {
  const wrong = dtypeCheck(what, takes, given.dtype)
  if (wrong !== undefined || takes === 'float') return wrong
  const known = Math.min(takes.shape.length, given.shape.length)
  const differ = Array.from({ length: known }, (_, i) => [takes.shape.at(-1 - i), given.shape.at(-1 - i)]).some(
    ([a, b]) => typeof a === 'number' && typeof b === 'number' && a !== b,
  )
  return differ ? `shape error: ${what} takes ${show(takes.shape)} and is given ${show(given.shape)}` : undefined
}

function dtypeCheck(what: string, takes: Facts | 'float', given: DType): string | undefined {
  const [word, fits] = takes === 'float' ? ['a float', isFloat(given)] : [takes.dtype, takes.dtype === given]
  return fits ? undefined : `dtype error: ${what} takes ${word} and is given ${given}`
}
