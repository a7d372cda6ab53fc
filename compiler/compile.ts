import { type Fused, type FusedNest, fuse } from './fuse/fuse.ts'
import { type DType, type Graph, sizeOf, type Value } from './ir/graph.ts'
import { whereFrom } from './ir/source.ts'
import type { Expr, ScalarFunction } from './kernel/expr.ts'
import type { Kernel, Nest, Slot, Statement } from './kernel/kernel.ts'
import { layOut, type Memory } from './plan/memory.ts'
import { type Ordered, order } from './plan/order.ts'
import type { Dispatch, Plan, Port, Target, Tree } from './plan/plan.ts'
import { leavesOf, mapTree } from './plan/tree.ts'
import { schedule } from './schedule/schedule.ts'
import { simplify } from './transform/simplify.ts'

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
  readonly ordered: Ordered
  readonly memory: Memory
  readonly plan: Plan
  /** The nests that each dispatch of the plan runs. */
  readonly steps: readonly (readonly FusedNest[])[]
}

/** From a traced program to a plan: simplify, fuse, order, schedule for the target, lay out memory. Throws where a tensor is f16. */
export function compileTraced(traced: Traced, target: Target): Compilation {
  refuseF16(traced.graph)
  const [ins, outs] = [leavesOf(traced.inputs), leavesOf(traced.outputs)]
  const paths = outs.map((leaf) => leaf.path || 'result')
  const simplified = nameOutputs(simplify(traced.graph), paths)
  const fused = fuse(simplified)
  const donated = outs.map(({ path }) => {
    const input = isState(path) ? ins.findIndex((leaf) => leaf.path === path) : -1
    return input < 0 ? undefined : input
  })
  const ordered = order(fused, simplified.outputs, donated)
  const state = new Set(donated.filter((input) => input !== undefined))
  const memory = layOut(ordered, ins.length, state)

  const kernels: Kernel[] = []
  const dispatches: Dispatch[] = []
  const steps: (readonly FusedNest[])[] = []
  for (const nests of ordered.steps.flatMap((step) => intoKernels(ordered, step))) {
    const { kernel, tensors } = makeKernel(target, fused, ordered, nests)
    // Tensors without elements take no kernel.
    if (kernel.nests.length === 0) continue
    steps.push(nests)
    dispatches.push({ kernel: kernels.push(kernel) - 1, places: tensors.map((tensor) => memory.places[tensor]!) })
  }
  const port = (leaf: Leaf, tensor: number): Port => {
    const { shape } = ordered.tensors[tensor]!.type
    return { ...leaf, shape: leaf.dtype === 'key' ? shape.slice(0, -1) : shape, place: memory.places[tensor]! }
  }
  const plan: Plan = {
    name: traced.name,
    target,
    dims: traced.dims,
    inputs: mapTree(traced.inputs, (leaf) => port(leaf, ins.indexOf(leaf))),
    outputs: mapTree(traced.outputs, (leaf) => port(leaf, ordered.outputs[outs.indexOf(leaf)]!)),
    regions: memory.regions,
    kernels,
    dispatches,
  }
  return { traced, simplified, fused, ordered, memory, plan, steps }
}

function refuseF16(graph: Graph): void {
  const refuse = ({ name, type }: Value, where: string) => {
    if (type.dtype === 'f16')
      throw new Error(`${graph.name}: ${name} is f16${where}, which kernels cannot compute with yet; use f32`)
  }
  for (const input of graph.inputs) refuse(input, '')
  for (const { outputs, source } of graph.equations) for (const output of outputs) refuse(output, whereFrom(source))
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

export const isState = (path: string): boolean => path === 'state' || path.startsWith('state.')

/** Nests and tensors that one kernel has at most, within what all targets can print and call. */
const mostNests = 64
const mostTensors = 256

/** The nests of a step as kernels: one, unless it would be very large. */
function intoKernels({ reads }: Ordered, nests: readonly FusedNest[]): readonly (readonly FusedNest[])[] {
  const kernels: FusedNest[][] = []
  let tensors = 0
  for (const nest of nests) {
    const touched = reads.get(nest)!.size + nest.stores.length
    const last = kernels.at(-1)
    tensors += touched
    if (last && last.length < mostNests && tensors <= mostTensors) last.push(nest)
    else {
      kernels.push([nest])
      tensors = touched
    }
  }
  return kernels
}

/** One kernel of nests that run side by side, and the tensor behind each of its slots. */
function makeKernel(target: Target, fused: Fused, ordered: Ordered, nests: readonly FusedNest[]) {
  const tensors: number[] = []
  const slotOf = (tensor: number): number => {
    const home = ordered.home.get(tensor) ?? tensor
    const known = tensors.indexOf(home)
    return known >= 0 ? known : tensors.push(home) - 1
  }
  const scheduled: Nest[] = nests.flatMap((nest) => schedule(target, fused, nest, slotOf))
  const read = new Set(nests.flatMap((nest) => [...ordered.reads.get(nest)!].map(slotOf)))
  const written = new Set(nests.flatMap((nest) => nest.stores.map((store) => slotOf(store.tensor))))
  const slots = tensors.map((tensor, slot): Slot => {
    const { name, type } = ordered.tensors[tensor]!
    const access = written.has(slot) ? (read.has(slot) ? 'update' : 'write') : 'read'
    return { name, dtype: type.dtype as Slot['dtype'], size: sizeOf(type.shape), access }
  })
  const name = nests.map((nest) => nest.name).find((candidate) => !candidate.startsWith('copy ')) ?? nests[0]!.name
  return { kernel: { name, slots, functions: functionsOf(fused, scheduled), nests: scheduled }, tensors }
}

/** The functions that the nests call, those that are called by others before their callers. */
function functionsOf(fused: Fused, nests: readonly Nest[]): readonly ScalarFunction[] {
  const found = new Map<string, ScalarFunction>()
  const inExpr = (expr: Expr): void => {
    if (expr.kind === 'load') inExpr(expr.index)
    if (expr.kind === 'apply' || expr.kind === 'call') expr.args.forEach(inExpr)
    if (expr.kind !== 'call' || found.has(expr.name)) return
    const fn = fused.scalars.functions.get(expr.name)!
    for (const { value } of fn.body) inExpr(value)
    fn.results.forEach(inExpr)
    found.set(fn.name, fn)
  }
  const inStatement = (statement: Statement): void => {
    if (statement.kind === 'for') statement.body.forEach(inStatement)
    else if (statement.kind === 'if') {
      inExpr(statement.condition)
      statement.body.forEach(inStatement)
    } else if (statement.kind === 'store') [statement.index, statement.value].forEach(inExpr)
    else inExpr(statement.value)
  }
  for (const nest of nests) nest.body.forEach(inStatement)
  return [...found.values()]
}
