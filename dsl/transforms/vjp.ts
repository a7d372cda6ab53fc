import type { Value } from '../../compiler/ir/graph.ts'
import { vjp as reverse, type Vjp } from '../../compiler/transform/reverse.ts'
import { isFloat } from '../shape/dtype.ts'
import type { Needs } from '../shape/rule.ts'
import { likeness, tensorIn, tensorsOf } from '../tensor-in.ts'
import { belongs, enter, fail, type Trace } from '../trace/trace.ts'
import type { Applied, ArgumentAt, Pull, ResultAt } from './applied.ts'
import { asComplaint } from './complaint.ts'
import { floatsOf, like, type Selected, type TracedFunction, traceOn, valuesOf } from './selected.ts'

/**
 * What f gives at `primals`, and the linear function that pulls a cotangent of it back to cotangents of the primals. It
 * may be called many times and be mapped. What is not a float has no cotangent: undefined stands for that of a primal,
 * and may stand for that of a result.
 */
export function vjp<X extends readonly unknown[], R, G = never, P = never>(
  f: Applied<X, R, G, P>,
  ...primals: { [K in keyof X]: Needs<ArgumentAt<X, K, G, P>, X[K]> }
): [out: ResultAt<X, R, G, P>, pull: Pull<X, ResultAt<X, R, G, P>>] {
  const trace = enter('vjp')
  const { selected, of, at } = reversed('vjp', trace, f, primals)
  const out = of.resultOf(of.outputs.map(({ leaf }, i) => like(trace, at.outputs[i]!, leaf)))
  const pull = (cotangent: unknown): unknown => {
    const now = enter('pull')
    for (const { leaf } of tensorsOf(out, 'vjp: the result')) belongs('pull', now, leaf)
    const given = of.outputs.map(({ path, leaf }) => {
      if (!isFloat(leaf.dtype)) return undefined
      const tensor = tensorIn(cotangent, path, 'the cotangent', likeness(leaf))
      belongs('pull', now, tensor)
      return tensor.value
    })
    return pulled('vjp', now, selected, at, given)
  }
  return [out, Object.assign(pull, { '~fn': pull })] as unknown as [ResultAt<X, R, G, P>, Pull<X, ResultAt<X, R, G, P>>]
}

/** A function run so that it can be gone back through, to all floats of its arguments. */
export interface Reversed {
  readonly selected: Selected
  readonly of: TracedFunction
  readonly at: Vjp
}

export function reversed(op: string, trace: Trace, f: unknown, primals: readonly unknown[]): Reversed {
  const selected = floatsOf(op, trace, primals, 'primal')
  const [first] = tensorsOf(primals, `${op}: primal`)
  if (first && selected.leaves.length === 0)
    throw fail(`dtype error: ${op}: primal.${first.path} is ${first.leaf.dtype} and has no gradient`)
  const of = traceOn(op, f, selected)
  const all = selected.leaves.map((_, i) => i)
  return { selected, of, at: asComplaint(op, () => reverse(trace.builder, of.graph, valuesOf(selected.leaves), all)) }
}

/**
 * Backward equations in the graph that is being made now, which may be that of a function inside, such as one that is
 * mapped.
 */
export function pulled(
  op: string,
  now: Trace,
  { leaves, treeOf }: Selected,
  at: Vjp,
  cotangents: readonly (Value | undefined)[],
): unknown {
  return asComplaint(op, () =>
    treeOf(at.pull(cotangents, now.builder).map((value, i) => like(now, value, leaves[i]!.leaf))),
  )
}
