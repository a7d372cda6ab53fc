import { Builder } from '../../ir/builder.ts'
import { costOf } from '../../ir/cost.ts'
import { evaluate } from '../../ir/evaluate.ts'
import type { Graph, Value } from '../../ir/graph.ts'
import { isFloat, none, type Primitive } from '../../ir/primitive.ts'
import { splat } from '../../ir/primitives/constant.ts'
import { sum } from '../../ir/primitives/index.ts'
import { batch } from '../batch.ts'
import { expectTypes } from './expect-types.ts'

export type CustomVjpParams = {
  /** The function. */
  readonly body: Graph
  /** The function, with what `backward` needs after its results. */
  readonly forward: Graph
  /**
   * From what `forward` kept and then the cotangents of the results to the cotangents of those arguments that are
   * floats.
   */
  readonly backward: Graph
  /**
   * How many inputs are arguments; then come, for each of the three graphs, the values that it takes from outside,
   * before its own inputs.
   */
  readonly arguments: number
  readonly captured: readonly [number, number, number]
}

/** A function with a gradient of the author's. */
export const customVjp: Primitive<CustomVjpParams> = {
  name: 'customVjp',
  type(inputs, params) {
    const { args, outside } = partsOf(inputs, params)
    const { body, forward } = params
    expectTypes('customVjp', inputs, 'the function takes', body.inputs, [...outside[0], ...args])
    expectTypes('customVjp', inputs, 'forward takes', forward.inputs, [...outside[1], ...args])
    const types = body.outputs.map(({ type }) => type)
    expectTypes('customVjp', inputs, 'forward gives', forward.outputs.slice(0, types.length), types)
    return types
  },
  evaluate(inputs, params) {
    const { args, outside } = partsOf(inputs, params)
    return evaluate(params.body, [...outside[0], ...args])
  },
  reverse: {
    forward(b, { inputs, params, active }) {
      if (active.slice(params.arguments).includes(true))
        throw new Error(
          'customVjp: the function uses a tensor from outside through which a gradient flows, and has no rule for it; pass that tensor as an argument',
        )
      const { args, outside } = partsOf(inputs, params)
      const made = b.inline(params.forward, [...outside[1], ...args])
      const results = params.body.outputs.length
      return {
        outputs: made.slice(0, results),
        residuals: made.slice(results),
        backward(back, { outputs, residuals, cotangents }) {
          const given = outputs.map((output, i) => cotangents[i] ?? splat(back, output.type, 0))
          const pulled = [...back.inline(params.backward, [...outside[2], ...residuals, ...given])]
          return args.map(({ type }) => (isFloat(type.dtype) ? pulled.shift() : undefined))
        },
      }
    },
  },
  forward: none(
    'customVjp gives only a reverse rule: a derivative along a tangent cannot pass through it; use vjp or grad, or write the function without customVjp where jvp is needed',
  ),
  batch(b, { inputs, batched, size, params }) {
    const { body, forward, backward } = params
    const [args, outside] = [batched.slice(0, params.arguments), batched.slice(params.arguments)]
    const [inBody, inForward] = params.captured
    const ofBody = outside.slice(0, inBody)
    const ofForward = outside.slice(inBody, inBody + inForward)
    const ofBackward = outside.slice(inBody + inForward)
    const whole = (graph: Graph, carries: readonly boolean[], after?: typeof summedWhereShared) => {
      const made = new Builder()
      const own = graph.inputs.map(({ type, name }, i) =>
        made.input(carries[i] ? { ...type, shape: [size, ...type.shape] } : type, name),
      )
      const outputs = batch(made, graph, own, carries, size)
      return made.graph(graph.name, after ? after(made, outputs) : outputs)
    }
    const floats = inputs.slice(0, params.arguments).flatMap(({ type }, i) => (isFloat(type.dtype) ? [args[i]!] : []))
    // An argument that all share gathers the cotangents of all.
    const summedWhereShared = (made: Builder, cotangents: readonly Value[]): readonly Value[] =>
      cotangents.map((cotangent, i) => (floats[i] ? cotangent : made.emit(sum, [cotangent], { axes: [0] })))
    const kept = backward.inputs.slice(ofBackward.length).map(() => true)
    return b.emitAll(customVjp, inputs, {
      ...params,
      body: whole(body, [...ofBody, ...args]),
      forward: whole(forward, [...ofForward, ...args]),
      backward: whole(backward, [...ofBackward, ...kept], summedWhereShared),
    })
  },
  lower: {
    kind: 'rewrite',
    equations(b, { inputs, params }) {
      const { args, outside } = partsOf(inputs, params)
      return b.inline(params.body, [...outside[0], ...args])
    },
  },
  cost: (_inputs, _outputs, { body }) => costOf(body.equations),
}

function partsOf<T>(inputs: readonly T[], { arguments: count, captured }: CustomVjpParams) {
  const [a, b] = [count + captured[0], count + captured[0] + captured[1]]
  const outside = [inputs.slice(count, a), inputs.slice(a, b), inputs.slice(b)] as const
  return { args: inputs.slice(0, count), outside }
}
