import { Builder } from '../../ir/builder.ts'
import { costOf } from '../../ir/cost.ts'
import { filled } from '../../ir/dense.ts'
import { evaluate } from '../../ir/evaluate.ts'
import { type Graph, sizeOf, type Type, type Value } from '../../ir/graph.ts'
import type { Dense, Primitive } from '../../ir/primitive.ts'
import { splat } from '../../ir/primitives/constant.ts'
import { allBatched, repeated } from '../../ir/primitives/elementwise.ts'
import { transpose } from '../../ir/primitives/index.ts'
import { misfit, showType } from '../../ir/primitives/type-rule.ts'
import { batchWhere, carriesBatch } from '../batch.ts'
import { jvp } from '../forward.ts'
import { activeOutputs, fixedPoint } from './active.ts'
import { expectTypes } from './expect-types.ts'
import { prunedScan } from './prune.ts'
import { scanReverse } from './scan-reverse.ts'

export type ScanParams = {
  /**
   * From constants, carry and one part of each stack to the new carry and one part of each result. It mentions nothing
   * else.
   */
  readonly body: Graph
  /**
   * How many inputs are the same for every turn, and how many go from turn to turn; the rest are stacks along their
   * first axis.
   */
  readonly consts: number
  readonly carry: number
  /** The number of turns. */
  readonly length: number
  /** From the last part of the stacks to the first. */
  readonly reverse: boolean
  /**
   * What a gradient keeps of each turn: all that its way back reads, or the carry alone, from which the turn is then
   * computed again.
   */
  readonly save: 'all' | 'carry'
}

/**
 * A loop over the parts of stacks: inputs are constants, carry and stacks, outputs the last carry and the results of
 * all turns, stacked.
 */
export const scan: Primitive<ScanParams> = {
  name: 'scan',
  type(inputs, { body, consts, carry, length }) {
    const given = [
      ...inputs.slice(0, consts + carry),
      ...inputs.slice(consts + carry).map((stack) => partOf(stack, length)),
    ]
    expectTypes('scan', inputs, 'the body takes', body.inputs, given)
    expectTypes('scan', inputs, 'the new carry is', body.outputs.slice(0, carry), inputs.slice(consts, consts + carry))
    return [
      ...inputs.slice(consts, consts + carry),
      ...body.outputs.slice(carry).map(({ type }) => ({ ...type, shape: [length, ...type.shape] })),
    ]
  },
  evaluate(inputs, { body, consts, carry, length, reverse }, outputs) {
    const fixed = inputs.slice(0, consts)
    const stacks = inputs.slice(consts + carry)
    const results = outputs.slice(carry).map((type) => filled(type, 0))
    let state = inputs.slice(consts, consts + carry)
    for (let turn = 0; turn < length; turn++) {
      const at = reverse ? length - 1 - turn : turn
      const made = evaluate(body, [...fixed, ...state, ...stacks.map((stack) => partAt(stack, at))])
      state = made.slice(0, carry)
      for (const [i, result] of results.entries()) {
        const { data } = made[carry + i]!
        result.data.set(data, at * data.length)
      }
    }
    return [...state, ...results]
  },
  reverse: scanReverse(() => scan),
  forward: {
    together(b, { inputs, params, tangents }) {
      const { body, consts, carry } = params
      const given = tangents.map((tangent) => tangent !== undefined)
      const spread = (of: readonly boolean[]) => [...given.slice(0, consts), ...of, ...given.slice(consts + carry)]
      const carries = fixedPoint(given.slice(consts, consts + carry), (of) =>
        activeOutputs(body, spread(of)).slice(0, carry),
      )
      const active = spread(carries)
      // A carry that starts with a tangent keeps one, be it zero.
      const activeOut = [...carries, ...activeOutputs(body, active).slice(carry)]

      const made = new Builder()
      const parts: [Value[], (Value | undefined)[]] = [[], []]
      const groups = [
        [0, consts],
        [consts, consts + carry],
        [consts + carry, inputs.length],
      ] as const
      for (const [from, to] of groups) {
        const of = body.inputs.slice(from, to)
        parts[0].push(...of.map(({ type, name }) => made.input(type, name)))
        parts[1].push(...of.map(({ type, name }, i) => (active[from + i] ? made.input(type, `t_${name}`) : undefined)))
      }
      const after = jvp(made, body, ...parts)
      const along = after.outputs.map((output, i) =>
        activeOut[i] ? (after.tangents[i] ?? splat(made, output.type, 0)) : undefined,
      )
      const both = (values: readonly Value[], beside: readonly (Value | undefined)[]) => [
        ...values,
        ...beside.filter((value) => value !== undefined),
      ]
      const graph = made.graph(`jvp ${body.name}`, [
        ...both(after.outputs.slice(0, carry), along.slice(0, carry)),
        ...both(after.outputs.slice(carry), along.slice(carry)),
      ])
      const started = tangents.map((tangent, i) => (active[i] ? (tangent ?? splat(b, inputs[i]!.type, 0)) : undefined))
      const results = b.emitAll(
        scan,
        groups.flatMap(([from, to]) => both(inputs.slice(from, to), started.slice(from, to))),
        {
          ...params,
          body: graph,
          consts: consts + count(active.slice(0, consts)),
          carry: carry + count(carries),
        },
      )
      const read = [...results]
      const take = (of: readonly boolean[]) => ({
        outputs: of.map(() => read.shift()!),
        tangents: of.map((is) => (is ? read.shift() : undefined)),
      })
      const [first, second] = [take(activeOut.slice(0, carry)), take(activeOut.slice(carry))]
      return {
        outputs: [...first.outputs, ...second.outputs],
        tangents: [...first.tangents, ...second.tangents],
      }
    },
  },
  batch(b, { inputs, batched, size, params }) {
    const { body, consts, carry } = params
    const spread = (of: readonly boolean[]) => [...batched.slice(0, consts), ...of, ...batched.slice(consts + carry)]
    const carries = fixedPoint(batched.slice(consts, consts + carry), (of) =>
      carriesBatch(body, spread(of)).slice(0, carry),
    )
    const inner = spread(carries)
    const made = new Builder()
    const parts = body.inputs.map(({ type, name }, i) =>
      made.input(inner[i] ? { ...type, shape: [size, ...type.shape] } : type, name),
    )
    const natural = carriesBatch(body, inner)
    const outputs = batchWhere(made, body, parts, inner, size).map((output, i) =>
      i < carry && carries[i] && !natural[i] ? repeated(made, output, size) : output,
    )
    const started = inputs.slice(consts, consts + carry)
    const given = [
      ...inputs.slice(0, consts),
      ...started.map((value, i) => (carries[i] && !batched[consts + i] ? repeated(b, value, size) : value)),
      // A stack has the turns first, and a batched one the batch.
      ...inputs.slice(consts + carry).map((stack, i) => (batched[consts + carry + i] ? swapped(b, stack) : stack)),
    ]
    const results = b.emitAll(scan, given, { ...params, body: made.graph(body.name, outputs) })
    const carried = results.map((_, i) => (i < carry ? carries[i]! : natural[i]!))
    const first = results.map((result, i) => (i >= carry && carried[i] ? swapped(b, result) : result))
    return allBatched(b, first, carried, size)
  },
  lower: {
    kind: 'control',
    pruned: prunedScan,
    lowered: () => undefined,
    turns: ({ body, consts, carry, length, reverse }) => ({
      body,
      condition: undefined,
      consts,
      carry,
      times: length,
      reverse,
    }),
  },
  cost: (_inputs, _outputs, { body, length }) => length * costOf(body.equations),
}

const count = (of: readonly boolean[]): number => of.filter(Boolean).length

const swapped = (b: Builder, value: Value): Value =>
  b.emit(transpose, [value], { permutation: [1, 0, ...value.type.shape.slice(2).map((_, i) => i + 2)] })

/** One part of a stack. */
function partOf(stack: Type, length: number): Type {
  if (stack.shape[0] !== length) throw misfit('scan', [stack], `${showType(stack)} is not a stack of ${length}`)
  return { ...stack, shape: stack.shape.slice(1) }
}

function partAt({ shape, dtype, data }: Dense, at: number): Dense {
  const size = sizeOf(shape.slice(1))
  return { shape: shape.slice(1), dtype, data: data.subarray(at * size, (at + 1) * size) }
}
