import type { Builder } from '../ir/builder.ts'
import type { Equation, Graph, Value } from '../ir/graph.ts'
import { isFloat, type ReverseWithResiduals } from '../ir/primitive.ts'
import { splat } from '../ir/primitives/constant.ts'
import { add } from '../ir/primitives/index.ts'
import { derive, ruleOf } from './derive.ts'
import { expectLike } from './like.ts'

export interface Vjp {
  readonly outputs: readonly Value[]
  /**
   * Appends the backward equations, to the same builder unless another is given: from cotangents of the outputs
   * (undefined: zero) to those of the inputs numbered in `wrt`.
   */
  readonly pull: (cotangents: readonly (Value | undefined)[], to?: Builder) => readonly Value[]
}

/** An equation that a gradient passes through, as it was run. */
interface Step {
  readonly was: Equation
  readonly now: {
    readonly inputs: readonly Value[]
    readonly outputs: readonly Value[]
    readonly params: Equation['params']
  }
  readonly wanted: readonly boolean[]
  /** Where its rule keeps residuals. */
  readonly run: Forward | undefined
}

/**
 * Reverse-mode differentiation: inlines `graph` at `args`, and gives with its outputs the map from their cotangents to
 * those of the inputs `wrt`. Values that the graph takes from an enclosing trace are constants to it. Throws where an
 * input of `wrt` is not a float and, in `pull`, where a gradient has to pass through a primitive that has none.
 */
export function vjp(b: Builder, graph: Graph, args: readonly Value[], wrt: readonly number[]): Vjp {
  expectLike(`vjp of ${graph.name}: arguments`, args, graph.inputs)
  const into = wrt.map((i) => graph.inputs[i]!)
  for (const { type, name } of into)
    if (!isFloat(type.dtype))
      throw new Error(`vjp of ${graph.name}: input '${name}' is ${type.dtype}; only floats have gradients`)

  const became = new Map<Value, Value>(graph.inputs.map((input, i) => [input, args[i]!]))
  const now = (value: Value): Value => became.get(value) ?? value
  const active = new Set<Value>(into)
  const path: Step[] = []
  for (const was of graph.equations) {
    const { primitive, params, outputs } = was
    const inputs = was.inputs.map(now)
    const reached = was.inputs.map((input) => active.has(input))
    const onPath = reached.includes(true) && outputs.some((output) => isFloat(output.type.dtype))
    const rule = primitive.reverse
    const run =
      onPath && hasResiduals(rule)
        ? withResiduals(b, was, (made) => rule.forward(made, { inputs, params, active: reached }))
        : undefined
    const made = run?.outputs ?? b.repeat(was, inputs)
    for (const [i, output] of outputs.entries()) {
      became.set(output, made[i]!)
      if (onPath && isFloat(output.type.dtype)) active.add(output)
    }
    if (onPath) path.push({ was, now: { inputs, outputs: made, params }, wanted: reached, run })
  }

  const pull = (cotangents: readonly (Value | undefined)[], to: Builder = b): readonly Value[] => {
    expectLike(`vjp of ${graph.name}: cotangents`, cotangents, graph.outputs)
    const gathered = new Map<Value, Value>()
    const give = (value: Value, cotangent: Value | undefined) => {
      if (!cotangent || !active.has(value)) return
      const before = gathered.get(value)
      gathered.set(value, before ? to.emit(add, [before, cotangent], {}, `d_${value.name}`) : cotangent)
    }
    for (const [i, output] of graph.outputs.entries()) give(output, cotangents[i])
    for (const { was, now, wanted, run } of path.toReversed()) {
      const given = was.outputs.map((output) => gathered.get(output))
      if (!given.some(Boolean)) continue
      to.from(was.source, () => {
        const names = was.inputs.map((input) => `d_${input.name}`)
        const back = derive(to, was.source, names, (made) => {
          if (run) return run.backward(made, { ...run, cotangents: given })
          const rule = ruleOf('gradient', was.primitive.reverse, was)
          return hasResiduals(rule) ? [] : rule(made, { ...now, cotangents: given, wanted })
        })
        for (const [i, input] of was.inputs.entries()) give(input, back[i])
      })
    }
    return into.map((input) => gathered.get(input) ?? splat(to, input.type, 0, `d_${input.name}`))
  }
  return { outputs: graph.outputs.map(now), pull }
}

type Forward = ReturnType<ReverseWithResiduals<Equation['params']>['forward']>

/** Runs an equation by the rule that keeps what its way back needs. */
function withResiduals(b: Builder, { outputs, source }: Equation, forward: (made: Builder) => Forward): Forward {
  let run: Forward | undefined
  const names = outputs.map((output) => output.name)
  const results = derive(b, source, names, (made) => {
    run = forward(made)
    return [...run.outputs, ...run.residuals]
  })
  return {
    outputs: results.slice(0, outputs.length),
    residuals: results.slice(outputs.length),
    backward: run!.backward,
  }
}

const hasResiduals = (rule: Equation['primitive']['reverse']): rule is ReverseWithResiduals<Equation['params']> =>
  typeof rule === 'object' && 'forward' in rule
