import { Builder } from '../../ir/builder.ts'
import { costOf } from '../../ir/cost.ts'
import { evaluate } from '../../ir/evaluate.ts'
import { type Graph, sameShape, type Value } from '../../ir/graph.ts'
import type { Primitive } from '../../ir/primitive.ts'
import { splat } from '../../ir/primitives/constant.ts'
import { allBatched, repeated } from '../../ir/primitives/elementwise.ts'
import { broadcast, cast, less, reduceMax, select } from '../../ir/primitives/index.ts'
import { misfit } from '../../ir/primitives/type-rule.ts'
import { whereFrom } from '../../ir/source.ts'
import { batchWhere, carriesBatch } from '../batch.ts'
import { jvp } from '../forward.ts'
import { activeOutputs, fixedPoint } from './active.ts'
import { cond } from './cond.ts'
import { expectTypes } from './expect-types.ts'
import { prunedWhile } from './prune.ts'
import { type ScanParams, scan } from './scan.ts'

export type WhileParams = {
  /** From constants and carry to one bool, and to the new carry; they mention nothing else. */
  readonly condition: Graph
  readonly body: Graph
  /** How many inputs are the same for every turn; the rest is the carry. */
  readonly consts: number
  /** There are at most so many turns; 0: any number. */
  readonly maxSteps: number
}

/** Turns as long as the condition holds for the carry. */
export const whileLoop: Primitive<WhileParams> = {
  name: 'whileLoop',
  type(inputs, { condition, body, consts, maxSteps }) {
    if (!Number.isInteger(maxSteps) || maxSteps < 0)
      throw misfit('whileLoop', inputs, `maxSteps is ${maxSteps}, which is not a number of steps`)
    for (const graph of [condition, body]) expectTypes('whileLoop', inputs, `${graph.name} takes`, graph.inputs, inputs)
    const [holds] = condition.outputs
    if (condition.outputs.length !== 1 || holds!.type.dtype !== 'bool' || !sameShape(holds!.type.shape, []))
      throw misfit('whileLoop', inputs, 'the condition must give one bool')
    expectTypes('whileLoop', inputs, 'the new carry is', body.outputs, inputs.slice(consts))
    return inputs.slice(consts)
  },
  evaluate(inputs, { condition, body, consts, maxSteps }) {
    const fixed = inputs.slice(0, consts)
    let carry = inputs.slice(consts)
    for (let turn = 0; maxSteps === 0 || turn < maxSteps; turn++) {
      if (!evaluate(condition, [...fixed, ...carry])[0]!.data[0]) break
      carry = evaluate(body, [...fixed, ...carry])
    }
    return carry
  },
  reverse: {
    // A loop with a bound is a scan of that many turns, in which those after the end do nothing.
    forward(b, { inputs, params, active }) {
      if (params.maxSteps === 0)
        throw new Error(
          'whileLoop: a loop without a bound cannot be differentiated in reverse, since every turn would have to be kept; give maxSteps, use scan or foriLoop, or define its gradient with customVjp',
        )
      const rule = scan.reverse
      if (!('forward' in rule)) throw new Error('scan keeps residuals')
      return rule.forward(b, { inputs, params: bounded(params), active })
    },
  },
  forward: {
    together(b, { inputs, params, tangents }) {
      const { condition, body, consts } = params
      const given = tangents.map((tangent) => tangent !== undefined)
      const active = [
        ...given.slice(0, consts),
        ...fixedPoint(given.slice(consts), (of) => activeOutputs(body, [...given.slice(0, consts), ...of])),
      ]
      const along = inputs.map((input, i) => (active[i] ? (tangents[i] ?? splat(b, input.type, 0)) : undefined))
      const interleaved = (values: readonly Value[], beside: readonly (Value | undefined)[]) => [
        ...values.slice(0, consts),
        ...beside.slice(0, consts).filter((value) => value !== undefined),
        ...values.slice(consts),
        ...beside.slice(consts).filter((value) => value !== undefined),
      ]
      const onInputs = (
        name: string,
        run: (made: Builder, values: readonly Value[], beside: readonly (Value | undefined)[]) => readonly Value[],
      ) => {
        const made = new Builder()
        const values = body.inputs.map((input) => ({ ...input }))
        const beside = values.map((input, i) => (active[i] ? { ...input, name: `t_${input.name}` } : undefined))
        made.inputs.push(...interleaved(values, beside))
        return made.graph(name, run(made, values, beside))
      }
      const moving = active.slice(consts)
      const results = b.emitAll(whileLoop, interleaved(inputs, along), {
        condition: onInputs(condition.name, (made, values) => made.inline(condition, values)),
        body: onInputs(`jvp ${body.name}`, (made, values, beside) => {
          const after = jvp(made, body, values, beside)
          const moved = after.outputs.map((output, i) => after.tangents[i] ?? splat(made, output.type, 0))
          return [...after.outputs, ...moved.filter((_, i) => moving[i])]
        }),
        consts: consts + active.slice(0, consts).filter(Boolean).length,
        maxSteps: params.maxSteps,
      })
      const next = results.slice(moving.length)
      return {
        outputs: results.slice(0, moving.length),
        tangents: moving.map((is) => (is ? next.shift() : undefined)),
      }
    },
  },
  batch(b, { inputs, batched, size, params }) {
    const { condition, body, consts } = params
    const fixed = batched.slice(0, consts)
    const reached = fixedPoint(batched.slice(consts), (of) => carriesBatch(body, [...fixed, ...of]))
    const several = carriesBatch(condition, [...fixed, ...reached])[0]!
    // Once some go on while others have ended, all of the carry differs between them.
    const carries = several ? reached.map(() => true) : reached
    const inner = [...fixed, ...carries]
    const onInputs = (name: string, run: (made: Builder, args: readonly Value[]) => readonly Value[]) => {
      const made = new Builder()
      const args = body.inputs.map(({ type, name }, i) =>
        made.input(inner[i] ? { ...type, shape: [size, ...type.shape] } : type, name),
      )
      return made.graph(name, run(made, args))
    }
    const holds = (made: Builder, args: readonly Value[]) => batchWhere(made, condition, args, inner, size)[0]!
    const whole = (made: Builder, args: readonly Value[]) => {
      const natural = carriesBatch(body, inner)
      return batchWhere(made, body, args, inner, size).map((output, i) =>
        carries[i] && !natural[i] ? repeated(made, output, size) : output,
      )
    }
    const given = inputs.map((input, i) => (inner[i] && !batched[i] ? repeated(b, input, size) : input))
    const results = b.emitAll(whileLoop, given, {
      ...params,
      condition: onInputs(condition.name, (made, args) => [several ? any(made, holds(made, args)) : holds(made, args)]),
      body: onInputs(body.name, (made, args) => {
        const after = whole(made, args)
        if (!several) return after
        const going = holds(made, args)
        return after.map((value, i) => {
          const mask = made.emit(broadcast, [going], { shape: value.type.shape, axes: [0] })
          return made.emit(select, [mask, value, args[consts + i]!], {})
        })
      }),
    })
    return allBatched(b, results, carries, size)
  },
  lower: {
    kind: 'control',
    pruned: prunedWhile,
    lowered({ inputs, params, source }, { canEnd }) {
      if (canEnd) return undefined
      if (params.maxSteps === 0)
        throw new Error(
          `whileLoop: WebGPU cannot end a loop when a condition no longer holds${whereFrom(source)}; give maxSteps, or compile for the CPU`,
        )
      return (b) => b.emitAll(scan, inputs, bounded(params))
    },
    turns: ({ condition, body, consts, maxSteps }, inputs) => ({
      condition,
      body,
      consts,
      carry: inputs.length - consts,
      times: maxSteps,
      reverse: false,
    }),
  },
  cost: (_inputs, _outputs, { condition, body, maxSteps }) =>
    Math.max(1, maxSteps) * (costOf(condition.equations) + costOf(body.equations)),
}

function any(b: Builder, of: Value): Value {
  const most = b.emit(reduceMax, [b.emit(cast, [of], { dtype: 'f32' })], { axes: [0] })
  return b.emit(less, [splat(b, most.type, 0), most], {})
}

/** The loop as a scan of maxSteps turns. */
function bounded({ condition, body, consts, maxSteps }: WhileParams): ScanParams {
  const made = new Builder()
  const args = body.inputs.map(({ type, name }) => made.input(type, name))
  const [holds] = made.inline(condition, args)
  const same = new Builder()
  const kept = body.inputs.map(({ type, name }) => same.input(type, name))
  const outputs = made.emitAll(cond, [holds!, ...args], {
    whenTrue: body,
    whenFalse: same.graph('ended', kept.slice(consts)),
  })
  const graph = made.graph(body.name, outputs)
  return { body: graph, consts, carry: body.outputs.length, length: maxSteps, reverse: false, save: 'all' }
}
