import type { Value } from '../../compiler/ir/graph.ts'
import { splat } from '../../compiler/ir/primitives/constant.ts'
import { jvp as forward, linearize as linear } from '../../compiler/transform/forward.ts'
import { checkFunction, checkList } from '../given.ts'
import type { Needs } from '../shape/rule.ts'
import { likeness, tensorIn, tensorsOf } from '../tensor-in.ts'
import { belongs, check, enter, type Trace } from '../trace/trace.ts'
import type { TracedTensor } from '../traced-tensor.ts'
import { type Applied, type ArgumentAt, countOf, type Push, type ResultAt, type TangentsOf } from './applied.ts'
import { asComplaint } from './complaint.ts'
import { floatsOf, like, type Selected, type TracedFunction, traceOn, valuesOf } from './selected.ts'

/**
 * What f gives at `primals`, and how it changes when they change along `tangents`. A primal that is not a float has no
 * direction: undefined, or anything, may stand for it.
 */
export function jvp<X extends readonly unknown[], const T extends readonly unknown[], R, G = never, P = never>(
  f: Applied<X, R, G, P>,
  primals: [...{ [K in keyof X]: Needs<ArgumentAt<X, K, G, P>, X[K]> }],
  tangents: Needs<TangentsOf<'jvp', X, T>, T>,
): [out: ResultAt<X, R, G, P>, tangent: ResultAt<X, R, G, P>] {
  checkFunction('jvp', f)
  checkList('jvp', primals, 'a list of primals', 'jvp(f, [x], [v])')
  checkList('jvp', tangents, 'a list of tangents', 'jvp(f, [x], [v])')
  return pushed('jvp', f, primals, tangents as unknown as readonly unknown[]) as [
    ResultAt<X, R, G, P>,
    ResultAt<X, R, G, P>,
  ]
}

/** jvp under another name. */
export function pushed(
  op: string,
  f: unknown,
  primals: readonly unknown[],
  tangents: readonly unknown[],
): [out: unknown, tangent: unknown] {
  const trace = enter(op)
  const selected = floatsOf(op, trace, primals, 'primal')
  const along = alongIn(op, trace, primals, tangents, selected)
  const of = traceOn(op, f, selected)
  return asComplaint(op, () => {
    const made = forward(trace.builder, of.graph, valuesOf(selected.leaves), along)
    return [held(trace, of, made.outputs), held(trace, of, made.tangents)]
  })
}

/**
 * What f gives at `primals`, and its derivative there as a linear function of tangents, which may be called many times
 * and be mapped: what does not depend on the tangents is computed once.
 */
export function linearize<X extends readonly unknown[], R, G = never, P = never>(
  f: Applied<X, R, G, P>,
  ...primals: { [K in keyof X]: Needs<ArgumentAt<X, K, G, P>, X[K]> }
): [out: ResultAt<X, R, G, P>, push: Push<X, ResultAt<X, R, G, P>>] {
  const trace = enter('linearize')
  const selected = floatsOf('linearize', trace, primals, 'primal')
  const of = traceOn('linearize', f, selected)
  const at = asComplaint('linearize', () => linear(trace.builder, of.graph, valuesOf(selected.leaves)))
  const out = held(trace, of, at.outputs)
  const push = (...tangents: readonly unknown[]): unknown => {
    const now = enter('push')
    for (const { leaf } of tensorsOf(out, 'linearize: the result')) belongs('push', now, leaf)
    const along = alongIn('push', now, primals, tangents, selected)
    return asComplaint('push', () => held(now, of, at.push(along, now.builder)))
  }
  return [out, Object.assign(push, { '~fn': push })] as unknown as [ResultAt<X, R, G, P>, Push<X, ResultAt<X, R, G, P>>]
}

/** The tangents of the selected tensors. */
function alongIn(
  op: string,
  trace: Trace,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  { leaves }: Selected,
): readonly Value[] {
  check(countOf(op, primals, tangents))
  return leaves.map(({ path, leaf }) => {
    const tangent: TracedTensor = tensorIn(tangents, path, 'tangent', likeness(leaf))
    belongs(op, trace, tangent)
    return tangent.value
  })
}

/** A result made of these values; undefined is zero. */
const held = (trace: Trace, { outputs, resultOf }: TracedFunction, values: readonly (Value | undefined)[]): unknown =>
  resultOf(outputs.map(({ leaf }, i) => like(trace, values[i] ?? splat(trace.builder, leaf.value.type, 0), leaf)))
