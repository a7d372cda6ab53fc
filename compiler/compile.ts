import { type Arranged, arrange, fusedIn } from './arrange.ts'
import { emitSteps, type Means, type Step } from './emit-steps.ts'
import type { Fused } from './fuse/fuse.ts'
import { type Pairing, pairingFor } from './fuse/pairing.ts'
import { type DType, equationsIn, type Graph, sizeOf, type Value } from './ir/graph.ts'
import { mostValues } from './ir/primitives/literal.ts'
import { whereFrom } from './ir/source.ts'
import { loaded } from './kernel/functions/declared.ts'
import { scratchOf } from './kernel/scratch.ts'
import { withLargest } from './plan/largest.ts'
import type { Memory } from './plan/memory.ts'
import type { Capabilities, Plan, Port, Target, Tree } from './plan/plan.ts'
import { leavesOf, mapTree } from './plan/tree.ts'
import { type Machine, type MachineOptions, machineFor } from './schedule/machine.ts'
import { targetCode } from './target-code.ts'
import { lowered } from './transform/control/index.ts'
import { rewritten } from './transform/rewritten.ts'
import { simplify } from './transform/simplify.ts'
import { splitSums } from './transform/split-sums.ts'

/** A program as the tracer leaves it: leaf i of `inputs` is the graph's input i, leaf i of `outputs` its output i. */
export interface Traced {
  readonly name: string
  readonly graph: Graph
  readonly dims: { readonly [name: string]: number }
  readonly inputs: Tree<Leaf>
  readonly outputs: Tree<Leaf>
}

export interface Leaf {
  readonly path: string
  readonly dtype: DType | 'key'
  readonly dims: readonly (number | string)[]
}

/** Every stage of one compilation, for those who want to look. */
export interface Compilation {
  readonly traced: Traced
  readonly simplified: Graph
  readonly fused: Fused
  readonly memory: Memory
  readonly plan: Plan
  /** What each dispatch of the plan runs. */
  readonly steps: readonly Step[]
}

/** A program before it is fused. */
export interface Simplified {
  readonly traced: Traced
  readonly simplified: Graph
  readonly machine: Machine
  /** In the operations that such a machine has. */
  readonly graph: Graph
}

/** A program before its kernels are written: what they compute and where it lies. */
export interface Planned extends Simplified {
  readonly arranged: Arranged
}

/**
 * From a traced program to a plan: rewrite what has no loop of its own, simplify, fuse, order, lay out memory, schedule
 * for the target. What few programs need is loaded once it is known that this is one. Throws where a literal is long.
 */
export async function compileTraced(
  traced: Traced,
  target: Target,
  capabilities?: Capabilities,
  options?: MachineOptions,
): Promise<Compilation> {
  const machine = machineFor(target, capabilities, options)
  const simplified = simplifyTraced(traced, machine)
  const planned = arrangeSimplified(simplified, await pairingFor(simplified.graph, machine.fewestPairs))
  return emitKernels(planned, await meansFor(planned))
}

/** The way up to the graph that is fused. */
export function simplifyTraced(traced: Traced, machine: Machine): Simplified {
  const paths = leavesOf(traced.outputs).map((leaf) => leaf.path || 'result')
  const simplified = nameOutputs(simplify(rewritten(traced.graph)), paths)
  refuseLongLiterals(simplified)
  const whole = lowered(simplified, { canEnd: machine.target === 'wasm' })
  return { traced, simplified, machine, graph: machine.groups ? splitSums(whole, machine.atOnce) : whole }
}

/** From there to where it is known what the kernels are made with. */
export function arrangeSimplified(simplified: Simplified, pairing: Pairing): Planned {
  const { traced, machine, graph } = simplified
  const donated = donatedTo(leavesOf(traced.outputs), leavesOf(traced.inputs))
  return {
    ...simplified,
    arranged: arrange(graph, donated, { pairing, expensive: machine.expensive, halves: machine.halves }),
  }
}

export async function meansFor({ machine, arranged }: Planned): Promise<Means> {
  const all = fusedIn(arranged)
  const [functions, { scheduleFor }] = await Promise.all([
    loaded(all.flatMap(({ scalars }) => [...scalars.functions.values()])),
    targetCode(machine.target),
  ])
  const nests = all.flatMap((fused) => fused.nests)
  return { functions, schedule: await scheduleFor(machine, nests) }
}

/** The rest of the way. */
export function emitKernels(planned: Planned, means: Means): Compilation {
  const { traced, simplified, machine, graph, arranged } = planned
  const [ins, outs] = [leavesOf(traced.inputs), leavesOf(traced.outputs)]
  const { fused, ordered, memory } = arranged
  const { kernels, dispatches, loops, steps } = emitSteps(means, arranged)
  const port = (leaf: Leaf, tensor: number): Port => {
    const { shape } = ordered.tensors[tensor]!.type
    return { ...leaf, shape: leaf.dtype === 'key' ? shape.slice(0, -1) : shape, place: memory.places[tensor]! }
  }
  const plan: Plan = {
    name: traced.name,
    target: machine.target,
    dims: traced.dims,
    inputs: mapTree(traced.inputs, (leaf) => port(leaf, ins.indexOf(leaf))),
    outputs: mapTree(traced.outputs, (leaf) => port(leaf, ordered.outputs[outs.indexOf(leaf)]!)),
    regions: withLargest(memory, ordered.tensors, graph.equations),
    kernels,
    dispatches,
    ...(machine.target === 'wasm' && {
      scratch: Math.max(0, ...kernels.flatMap(({ nests }) => nests.map((nest) => scratchOf(nest).bytes))),
    }),
    loops,
  }
  return { traced, simplified, fused, memory, plan, steps }
}

function refuseLongLiterals(graph: Graph): void {
  for (const { primitive, outputs, source } of equationsIn(graph)) {
    const { name, type } = outputs[0]!
    const count = primitive.name === 'literal' ? sizeOf(type.shape) : 0
    if (count > mostValues)
      throw new Error(
        `${graph.name}: ${name} has ${count} numbers${whereFrom(source)}, and the code of a kernel holds at most ${mostValues}; pass it in as an input of the program`,
      )
  }
}

/** The same graph, with what leaves it called by its path. */
function nameOutputs(graph: Graph, paths: readonly string[]): Graph {
  const inputs = new Set(graph.inputs)
  const renamed = new Map<Value, Value>()
  for (const [i, output] of graph.outputs.entries())
    if (!inputs.has(output) && !renamed.has(output)) renamed.set(output, { ...output, name: paths[i]! })
  const now = (value: Value): Value => renamed.get(value) ?? value
  const equations = graph.equations.map((equation) => ({
    ...equation,
    inputs: equation.inputs.map(now),
    outputs: equation.outputs.map(now),
  }))
  return { ...graph, equations, outputs: graph.outputs.map(now) }
}

/** For each output that is state the input whose memory it takes over. */
export const donatedTo = (outs: readonly Leaf[], ins: readonly Leaf[]): readonly (number | undefined)[] =>
  outs.map(({ path }) => {
    const input = isState(path) ? ins.findIndex((leaf) => leaf.path === path) : -1
    return input < 0 ? undefined : input
  })

export const isState = (path: string): boolean => path === 'state' || path.startsWith('state.')
