import { Builder } from '../../ir/builder.ts'
import { costOf } from '../../ir/cost.ts'
import { evaluate } from '../../ir/evaluate.ts'
import { type Graph, sameShape, type Value } from '../../ir/graph.ts'
import { isFloat, none, type Primitive } from '../../ir/primitive.ts'
import { splat } from '../../ir/primitives/constant.ts'
import { broadcast, select } from '../../ir/primitives/index.ts'
import { misfit } from '../../ir/primitives/type-rule.ts'
import { batch } from '../batch.ts'
import { jvp } from '../forward.ts'
import { vjp } from '../reverse.ts'
import { activeOutputs } from './active.ts'
import { expectTypes } from './expect-types.ts'
import { prunedCond } from './prune.ts'

/** Both take all operands and give results of the same types; they mention nothing else. */
export type CondParams = { readonly whenTrue: Graph; readonly whenFalse: Graph }

/** One of two graphs on the operands, as the first input, a bool, says. */
export const cond: Primitive<CondParams> = {
  name: 'cond',
  type(inputs, { whenTrue, whenFalse }) {
    const [predicate, ...operands] = inputs
    if (predicate?.dtype !== 'bool' || !sameShape(predicate.shape, []))
      throw misfit('cond', inputs, 'the condition must be one bool')
    for (const branch of [whenTrue, whenFalse]) expectTypes('cond', inputs, 'a branch takes', branch.inputs, operands)
    const types = whenTrue.outputs.map(({ type }) => type)
    expectTypes('cond', inputs, 'the second branch gives', whenFalse.outputs, types)
    return types
  },
  evaluate: ([predicate, ...operands], { whenTrue, whenFalse }) =>
    evaluate(predicate!.data[0] ? whenTrue : whenFalse, operands),
  reverse: {
    forward: (b, { inputs, params, active: [, ...active] }) => ({
      outputs: b.emitAll(cond, inputs, params),
      residuals: [],
      // The branch that was taken is computed again on the way back.
      backward(back, { cotangents }) {
        const wrt = [...active.keys()].filter((i) => active[i] && isFloat(inputs[i + 1]!.type.dtype))
        const given = cotangents.filter((cotangent) => cotangent !== undefined)
        const pulled = (branch: Graph) =>
          graphOf(`vjp ${branch.name}`, branch.inputs, given, (made, operands, along) => {
            const next = [...along]
            const { pull } = vjp(made, branch, operands, wrt)
            return pull(cotangents.map((cotangent) => cotangent && next.shift()))
          })
        const results = back.emitAll(cond, [...inputs, ...given], {
          whenTrue: pulled(params.whenTrue),
          whenFalse: pulled(params.whenFalse),
        })
        return [undefined, ...active.map((_, i) => results[wrt.indexOf(i)])]
      },
    }),
  },
  forward: {
    together(b, { inputs, params, tangents: [, ...tangents] }) {
      const active = tangents.map((tangent) => tangent !== undefined)
      const reached = [params.whenTrue, params.whenFalse].map((branch) => activeOutputs(branch, active))
      const out = params.whenTrue.outputs.map((_, i) => reached[0]![i]! || reached[1]![i]!)
      const given = tangents.filter((tangent) => tangent !== undefined)
      const pushed = (branch: Graph) =>
        graphOf(`jvp ${branch.name}`, branch.inputs, given, (made, operands, along) => {
          const next = [...along]
          const after = jvp(
            made,
            branch,
            operands,
            tangents.map((tangent) => tangent && next.shift()),
          )
          const moved = after.outputs.map((output, i) => after.tangents[i] ?? splat(made, output.type, 0))
          return [...after.outputs, ...moved.filter((_, i) => out[i])]
        })
      const results = b.emitAll(cond, [...inputs, ...given], {
        whenTrue: pushed(params.whenTrue),
        whenFalse: pushed(params.whenFalse),
      })
      const next = results.slice(out.length)
      return { outputs: results.slice(0, out.length), tangents: out.map((is) => (is ? next.shift() : undefined)) }
    },
  },
  batch(b, { inputs: [predicate, ...operands], batched: [chosen, ...batched], size, params: { whenTrue, whenFalse } }) {
    if (!chosen) {
      const whole = (branch: Graph) => {
        const made = new Builder()
        const args = operands.map(({ type, name }) => made.input(type, name))
        return made.graph(branch.name, batch(made, branch, args, batched, size))
      }
      return b.emitAll(cond, [predicate!, ...operands], { whenTrue: whole(whenTrue), whenFalse: whole(whenFalse) })
    }
    // Some take one branch and some the other: both are computed.
    const [yes, no] = [whenTrue, whenFalse].map((branch) => batch(b, branch, operands, batched, size)) as [
      readonly Value[],
      readonly Value[],
    ]
    return yes.map((value, i) => {
      const mask = b.emit(broadcast, [predicate!], { shape: value.type.shape, axes: [0] })
      return b.emit(select, [mask, value, no[i]!], {})
    })
  },
  lower: {
    kind: 'control',
    pruned: prunedCond,
    lowered:
      ({ inputs, params }) =>
      (b) =>
        chosen(b, params, inputs),
    turns: none('both sides take its place'),
  },
  cost: (_inputs, _outputs, { whenTrue, whenFalse }) =>
    Math.max(costOf(whenTrue.equations), costOf(whenFalse.equations)),
}

function chosen(b: Builder, { whenTrue, whenFalse }: CondParams, inputs: readonly Value[]): readonly Value[] {
  const [predicate, ...operands] = inputs as [Value, ...Value[]]
  const [yes, no] = [b.inline(whenTrue, operands), b.inline(whenFalse, operands)]
  return yes.map((value, i) => {
    const mask = b.emit(broadcast, [predicate], { shape: value.type.shape, axes: [] })
    return b.emit(select, [mask, value, no[i]!], {})
  })
}

/** A graph on values like some others, and then like some more. */
function graphOf(
  name: string,
  first: readonly Value[],
  second: readonly Value[],
  body: (made: Builder, first: readonly Value[], second: readonly Value[]) => readonly Value[],
): Graph {
  const made = new Builder()
  const inputs = (values: readonly Value[]) => values.map(({ type, name }) => made.input(type, name))
  const [a, b] = [inputs(first), inputs(second)]
  return made.graph(name, body(made, a, b))
}
