import { Builder } from '../../ir/builder.ts'
import { costOf } from '../../ir/cost.ts'
import { evaluate } from '../../ir/evaluate.ts'
import type { Graph } from '../../ir/graph.ts'
import { isFloat, none, type Primitive } from '../../ir/primitive.ts'
import { batch } from '../batch.ts'
import { jvp } from '../forward.ts'
import { vjp } from '../reverse.ts'
import { expectTypes } from './expect-types.ts'
import { prunedCheckpoint } from './prune.ts'

/** It mentions nothing but its inputs. */
export type CheckpointParams = { readonly body: Graph }

/**
 * A graph of which a gradient keeps nothing but the inputs: the way back computes it again (rematerialisation; Chen et
 * al. 2016, arXiv 1604.06174). The second computation stands in a graph of its own, where it is not found to be equal
 * to the first.
 */
export const checkpoint: Primitive<CheckpointParams> = {
  name: 'checkpoint',
  type(inputs, { body }) {
    expectTypes('checkpoint', inputs, 'the function takes', body.inputs, inputs)
    return body.outputs.map(({ type }) => type)
  },
  evaluate: (inputs, { body }) => evaluate(body, inputs),
  reverse: {
    forward: (b, { inputs, params: { body }, active }) => ({
      outputs: b.emitAll(checkpoint, inputs, { body }),
      residuals: [],
      backward(back, { cotangents }) {
        const wrt = [...active.keys()].filter((i) => active[i] && isFloat(inputs[i]!.type.dtype))
        const given = cotangents.filter((cotangent) => cotangent !== undefined)
        const made = new Builder()
        const args = body.inputs.map(({ type, name }) => made.input(type, name))
        const along = cotangents.map((cotangent) => cotangent && made.input(cotangent.type, cotangent.name))
        const graph = made.graph(`vjp ${body.name}`, vjp(made, body, args, wrt).pull(along))
        const results = back.emitAll(checkpoint, [...inputs, ...given], { body: graph })
        return inputs.map((_, i) => results[wrt.indexOf(i)])
      },
    }),
  },
  forward: {
    together(b, { inputs, params: { body }, tangents }) {
      const made = new Builder()
      const args = body.inputs.map(({ type, name }) => made.input(type, name))
      const along = tangents.map((tangent) => tangent && made.input(tangent.type, tangent.name))
      const after = jvp(made, body, args, along)
      const moved = after.tangents.filter((tangent) => tangent !== undefined)
      const graph = made.graph(`jvp ${body.name}`, [...after.outputs, ...moved])
      const given = tangents.filter((tangent) => tangent !== undefined)
      const results = b.emitAll(checkpoint, [...inputs, ...given], { body: graph })
      const next = results.slice(after.outputs.length)
      return {
        outputs: results.slice(0, after.outputs.length),
        tangents: after.tangents.map((tangent) => tangent && next.shift()),
      }
    },
  },
  batch(b, { inputs, batched, size, params: { body } }) {
    const made = new Builder()
    const args = inputs.map(({ type, name }) => made.input(type, name))
    return b.emitAll(checkpoint, inputs, { body: made.graph(body.name, batch(made, body, args, batched, size)) })
  },
  lower: {
    kind: 'control',
    pruned: prunedCheckpoint,
    lowered:
      ({ inputs, params: { body } }) =>
      (b) =>
        b.inline(body, inputs),
    turns: none('its graph takes its place'),
  },
  cost: (_inputs, _outputs, { body }) => costOf(body.equations),
}
