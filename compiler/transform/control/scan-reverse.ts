import { Builder } from '../../ir/builder.ts'
import type { Equation, Graph, Value } from '../../ir/graph.ts'
import { isFloat, type Primitive, type ReverseWithResiduals } from '../../ir/primitive.ts'
import { asDType } from '../../ir/primitives/cast.ts'
import { splat } from '../../ir/primitives/constant.ts'
import { add } from '../../ir/primitives/index.ts'
import { type Vjp, vjp } from '../reverse.ts'
import { activeOutputs, fixedPoint } from './active.ts'
import { close } from './close.ts'
import type { ScanParams } from './scan.ts'

/**
 * The gradient of a scan is a scan the other way: its carry is the cotangent of the carry, and the sum so far of each
 * constant's cotangent. The forward scan also gives, stacked, what the way back through a turn reads of it.
 */
export const scanReverse = (scan: () => Primitive<ScanParams>): ReverseWithResiduals<ScanParams> => ({
  forward(b, { inputs, params, active: wanted }) {
    const turn = turnOf(params, wanted)
    const { body, carry } = params
    const { graph, saved } = params.save === 'all' ? keepingAll(turn) : keepingCarry(turn)
    const results = b.emitAll(scan(), inputs, { ...params, body: graph })
    return {
      outputs: results.slice(0, body.outputs.length),
      residuals: results.slice(body.outputs.length),
      backward(back, { residuals, cotangents }) {
        const made = new Builder()
        const like = (values: readonly Value[], name = '') =>
          values.map((value) => made.input(value.type, `${name}${value.name}`))
        // Constants, carry and stacks of the way back, in this order.
        const consts = like(turn.consts)
        const carried = like(chosen(turn.carry, turn.active.carry), 'd_')
        // Halves are summed over the turns as f32.
        const summed = chosen(turn.consts, turn.active.consts)
        const sums = summed.map(({ type, name }) =>
          made.input(type.dtype === 'f16' ? { ...type, dtype: 'f32' } : type, `d_${name}`),
        )
        const stacks = like(turn.stacks)
        const kept = like(saved)
        const given = body.outputs.map((output, i) =>
          i >= carry && cotangents[i] && turn.activeOut[i] ? made.input(output.type, `d_${output.name}`) : undefined,
        )
        const inOrder = [...carried]
        const along = body.outputs.map((_, i) =>
          i < carry ? (turn.active.carry[i] ? inOrder.shift() : undefined) : given[i],
        )
        const args = { consts, stacks, kept }
        const pulled =
          params.save === 'all' ? pullKept(made, turn, saved, args, along) : pullAgain(made, turn, args, along)
        const ofConsts = pulled.slice(0, sums.length)
        const ofCarry = pulled.slice(sums.length, sums.length + carried.length)
        const graph = made.graph(`vjp ${body.name}`, [
          ...ofCarry,
          ...ofConsts.map((value, i) =>
            made.emit(add, [sums[i]!, asDType(made, value, sums[i]!.type.dtype)], {}, value.name),
          ),
          ...pulled.slice(sums.length + carried.length),
        ])
        const started = chosen(turn.carry, turn.active.carry)
        const ends = chosen(cotangents.slice(0, carry), turn.active.carry)
        const outs = back.emitAll(
          scan(),
          [
            ...inputs.slice(0, params.consts),
            ...ends.map((end, i) => end ?? splat(back, started[i]!.type, 0)),
            ...sums.map((sum) => splat(back, sum.type, 0)),
            ...inputs.slice(params.consts + carry),
            ...residuals,
            ...cotangents.filter((_, i) => given[i]),
          ] as readonly Value[],
          {
            ...params,
            body: graph,
            carry: carried.length + sums.length,
            reverse: !params.reverse,
          },
        )
        const next = [...outs]
        const take = (of: readonly boolean[]) => of.map((is) => (is ? next.shift() : undefined))
        const [dCarry, dSums, dStacks] = [take(turn.active.carry), take(turn.active.consts), take(turn.active.stacks)]
        const dConsts = dSums.map((sum, i) => sum && asDType(back, sum, turn.consts[i]!.type.dtype))
        return [...dConsts, ...dCarry, ...dStacks]
      },
    }
  },
})

/** One turn of a scan with what of it a gradient passes through. */
interface Turn {
  readonly body: Graph
  readonly consts: readonly Value[]
  readonly carry: readonly Value[]
  readonly stacks: readonly Value[]
  readonly active: {
    readonly consts: readonly boolean[]
    readonly carry: readonly boolean[]
    readonly stacks: readonly boolean[]
  }
  readonly activeOut: readonly boolean[]
  /** The inputs of the body whose cotangents are wanted: of constants, carry, stacks. */
  readonly wrt: readonly number[]
  readonly forward: { readonly builder: Builder; readonly outputs: readonly Value[]; readonly pull: Vjp['pull'] }
}

function turnOf({ body, consts, carry }: ScanParams, wanted: readonly boolean[]): Turn {
  const builder = new Builder()
  const args = body.inputs.map(({ type, name }) => builder.input(type, name))
  const float = wanted.map((is, i) => is && isFloat(body.inputs[i]!.type.dtype))
  const spread = (of: readonly boolean[]) => [...float.slice(0, consts), ...of, ...float.slice(consts + carry)]
  const carries = fixedPoint(float.slice(consts, consts + carry), (of) =>
    activeOutputs(body, spread(of)).slice(0, carry),
  )
  const active = spread(carries)
  const wrt = [...active.keys()].filter((i) => active[i])
  const { outputs, pull } = vjp(builder, body, args, wrt)
  return {
    body,
    consts: args.slice(0, consts),
    carry: args.slice(consts, consts + carry),
    stacks: args.slice(consts + carry),
    active: {
      consts: active.slice(0, consts),
      carry: carries,
      stacks: active.slice(consts + carry),
    },
    // What leaves as carry has the cotangent that the carry has, be it zero.
    activeOut: activeOutputs(body, active),
    wrt,
    forward: { builder, outputs, pull },
  }
}

/** The forward turn, and the values of it that are stacked beside its results. */
interface Kept {
  readonly graph: Graph
  readonly saved: readonly Value[]
}

function keepingCarry({ body, consts, carry, stacks }: Turn): Kept {
  const made = new Builder()
  made.inputs.push(...consts, ...carry, ...stacks)
  const outputs = made.inline(body, [...consts, ...carry, ...stacks])
  return { graph: made.graph(body.name, [...outputs, ...carry]), saved: carry }
}

function keepingAll(turn: Turn): Kept {
  const { builder, outputs } = turn.forward
  const probe = new Builder()
  const along = turn.body.outputs.map(({ type, name }, i) =>
    turn.activeOut[i] || (i < turn.carry.length && turn.active.carry[i]) ? probe.input(type, name) : undefined,
  )
  const { captured } = close(probe.graph('back', turn.forward.pull(along, probe)))
  const atHand = new Set<Value>([...turn.consts, ...turn.stacks])
  const same = unchanging(turn)
  const saved = captured.filter((value) => !atHand.has(value) && !same.has(value))
  return { graph: builder.graph(turn.body.name, [...outputs, ...saved]), saved }
}

interface Args {
  readonly consts: readonly Value[]
  readonly stacks: readonly Value[]
  readonly kept: readonly Value[]
}

/** The way back through a turn from what was kept of it. */
function pullKept(
  made: Builder,
  turn: Turn,
  saved: readonly Value[],
  { consts, stacks, kept }: Args,
  along: readonly (Value | undefined)[],
): readonly Value[] {
  const became = new Map<Value, Value>()
  for (const [list, now] of [
    [turn.consts, consts],
    [turn.stacks, stacks],
    [saved, kept],
  ] as const)
    for (const [i, value] of list.entries()) became.set(value, now[i]!)
  const inner = new Builder()
  inner.inputs.push(...along.filter((value) => value !== undefined))
  const { graph, captured } = close(inner.graph('back', turn.forward.pull(along, inner)))
  const own = new Set(inner.inputs)
  const makers = unchanging(turn)
  const available = (value: Value): Value => {
    const known = became.get(value) ?? (own.has(value) ? value : undefined)
    if (known) return known
    const maker = makers.get(value)!
    const outputs = made.repeat(maker, maker.inputs.map(available))
    for (const [i, output] of maker.outputs.entries()) became.set(output, outputs[i]!)
    return became.get(value)!
  }
  return made.inline(graph, [...captured.map(available), ...inner.inputs])
}

/** The same where the turn is computed again from its carry. */
function pullAgain(
  made: Builder,
  { body, wrt }: Turn,
  { consts, stacks, kept }: Args,
  along: readonly (Value | undefined)[],
): readonly Value[] {
  const { pull } = vjp(made, body, [...consts, ...kept, ...stacks], wrt)
  return pull(along)
}

/** The values of a turn that are the same in every turn, with what makes them: cheaper to make again than to stack. */
function unchanging({ consts, forward }: Turn): ReadonlyMap<Value, Equation> {
  const same = new Set<Value>(consts)
  const makers = new Map<Value, Equation>()
  for (const equation of forward.builder.equations)
    if (equation.inputs.every((input) => same.has(input)))
      for (const output of equation.outputs) {
        same.add(output)
        makers.set(output, equation)
      }
  return makers
}

const chosen = <T>(values: readonly T[], which: readonly boolean[]): readonly T[] => values.filter((_, i) => which[i])
