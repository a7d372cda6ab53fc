import { constant } from '../../compiler/ir/primitives/index.ts'
import { vjp } from '../../compiler/transform/reverse.ts'
import { type Show, show } from '../shape/dim.ts'
import { type Float, isFloat } from '../shape/dtype.ts'
import type { Needs } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { enter, fail } from '../trace/trace.ts'
import { isTensor } from '../traced-tensor.ts'
import { asComplaint } from './complaint.ts'
import type { ArgumentsOf, Callable, OutOf, Plain, Returned } from './function.ts'
import { like, traceOn, valuesOf } from './selected.ts'
import { transformed } from './transformed.ts'
import { type Like, type PartOf, selectedBy, type Wrt, type WrtIn, type WrtOptions } from './wrt.ts'

/** As `Wrt`; with `aux` the function gives [loss, aux], and aux, any record of tensors, is passed on. */
export type GradWrt = Wrt | (WrtOptions & { readonly aux?: boolean })

/**
 * The gradient of a scalar in the first argument, or in the part of it that a path names ('params', 'params.0.weight'),
 * or in the parts that a list of paths names, as a tuple. `{ argument: 1 }` is for another argument, `{ argument: 1,
 * wrt: 'w' }` for a part of one. With `{ aux: true }` the function gives [loss, aux] and this gives [gradient, aux].
 */
export function grad<F extends Callable, const W extends GradWrt = ''>(
  f: Needs<Loss<'grad', OutOf<Plain<F>>, W>, F>,
  wrt?: WrtIn<'grad', F, W>,
): Like<F, WithAux<OutOf<Plain<F>>, W, PartOf<ArgumentsOf<Plain<F>>, W>>> {
  return transformed('grad', f, (f, args) => {
    const { result, gradient } = differentiate('grad', f, wrt as GradWrt | undefined, args)
    return isPair(result) ? [gradient, result[1]] : gradient
  }) as Like<F, WithAux<OutOf<Plain<F>>, W, PartOf<ArgumentsOf<Plain<F>>, W>>>
}

/**
 * The scalar together with its gradient; with `{ aux: true }` what the function gives, [loss, aux], together with it.
 */
export function valueAndGrad<F extends Callable, const W extends GradWrt = ''>(
  f: Needs<Loss<'grad', OutOf<Plain<F>>, W>, F>,
  wrt?: WrtIn<'grad', F, W>,
): Like<F, [value: OutOf<Plain<F>>, grad: PartOf<ArgumentsOf<Plain<F>>, W>]> {
  return transformed('grad', f, (f, args) => {
    const { result, gradient } = differentiate('grad', f, wrt as GradWrt | undefined, args)
    return [result, gradient]
  }) as Like<F, [value: OutOf<Plain<F>>, grad: PartOf<ArgumentsOf<Plain<F>>, W>]>
}

type WithAux<R, W, G> = W extends { readonly aux: true }
  ? R extends readonly [unknown, infer Aux]
    ? [grad: G, aux: Aux]
    : never
  : G
/**
 * Check: R is something that has a gradient, in a pair with something else where W has aux. Of what it knows nothing,
 * it says nothing.
 */
export type Loss<Op extends string, R, W = ''> = [Returned] extends [R]
  ? never
  : W extends { readonly aux: true }
    ? R extends readonly [infer L, unknown]
      ? Scalar<Op, L>
      : `type error: ${Op}: with aux the result must be a pair, [loss, aux]`
    : Scalar<Op, R>
type Scalar<Op extends string, R> =
  R extends Tensor<infer S, infer D>
    ? S extends readonly []
      ? D extends Float
        ? never
        : `dtype error: ${Op}: the result is ${D}, needs a float`
      : `shape error: ${Op}: the result is ${Show<S>}, needs []`
    : `type error: ${Op}: the result is a record, needs one scalar`

interface Differentiated {
  /** The scalar, or the pair of it and aux. */
  readonly result: unknown
  readonly gradient: unknown
}

/**
 * Traces f with the tensors under `wrt` as inputs of a graph of their own, whatever else it uses being seen as
 * constants.
 */
export function differentiate(
  op: string,
  f: Callable,
  wrt: GradWrt = '',
  args: readonly unknown[] = [],
): Differentiated {
  const trace = enter(op)
  const selected = selectedBy(op, trace, wrt, args, ['aux'])
  const hasAux = typeof wrt === 'object' && 'aux' in wrt && wrt.aux === true
  const { graph, outputs, resultOf } = traceOn(op, (...given: never) => checked(op, f(...given), hasAux), selected)
  return asComplaint(op, () => {
    const { leaves } = selected
    const all = leaves.map((_, i) => i)
    const back = vjp(trace.builder, graph, valuesOf(leaves), all)
    const one = trace.builder.emit(constant, [], { value: 1, shape: [], dtype: back.outputs[0]!.type.dtype })
    const gradients = back.pull(outputs.map((_, i) => (i === 0 ? one : undefined)))
    return {
      result: resultOf(outputs.map(({ leaf }, i) => like(trace, back.outputs[i]!, leaf))),
      gradient: selected.treeOf(gradients.map((value, i) => like(trace, value, leaves[i]!.leaf))),
    }
  })
}

/** A result that has a gradient. */
function checked(op: string, result: unknown, hasAux: boolean): unknown {
  if (hasAux && !isPair(result)) throw fail(`type error: ${op}: with aux the result must be a pair, [loss, aux]`)
  scalarLoss(op, hasAux ? (result as readonly unknown[])[0] : result)
  return result
}
const isPair = (x: unknown): x is readonly [unknown, unknown] => Array.isArray(x) && x.length === 2

export function scalarLoss(op: string, result: unknown): Held {
  if (!isTensor(result)) throw fail(`type error: ${op}: the result is a record, needs one scalar`)
  if (result.shape.length > 0) throw fail(`shape error: ${op}: the result is ${show(extentsOf(result))}, needs []`)
  if (!isFloat(result.dtype)) throw fail(`dtype error: ${op}: the result is ${result.dtype}, needs a float`)
  return result
}
