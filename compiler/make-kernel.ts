import type { Fused, FusedNest } from './fuse/fuse.ts'
import { sizeOf } from './ir/graph.ts'
import type { Expr, ScalarFunction } from './kernel/expr.ts'
import type { Functions } from './kernel/functions/declared.ts'
import type { Nest, Slot, Statement } from './kernel/kernel.ts'
import type { Ordered } from './plan/order.ts'
import type { Schedules } from './schedule/schedules.ts'

/** Nests and tensors that one kernel has at most, within what all targets can print and call. */
const mostNests = 64
const mostTensors = 256

/** The nests of a step as kernels: one, unless it would be very large. */
export function intoKernels(nests: readonly FusedNest[]): readonly (readonly FusedNest[])[] {
  const kernels: FusedNest[][] = []
  let tensors = 0
  for (const nest of nests) {
    const touched = nest.reads.size + nest.stores.length
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

/** One kernel of nests that run side by side, the tensor behind each of its slots, and what became of each nest. */
export function makeKernel(
  schedules: Schedules,
  functions: Functions,
  fused: Fused,
  ordered: Ordered,
  nests: readonly FusedNest[],
) {
  const tensors: number[] = []
  const homeOf = (tensor: number): number => ordered.home.get(tensor) ?? tensor
  const slotOfHome = (home: number): number => {
    const known = tensors.indexOf(home)
    return known >= 0 ? known : tensors.push(home) - 1
  }
  const slotOf = (tensor: number): number => slotOfHome(homeOf(tensor))
  const parts = nests.map((nest) => schedules.of(fused, nest, homeOf, slotOfHome))
  const scheduled: readonly Nest[] = parts.flat()
  const read = new Set(nests.flatMap((nest) => [...nest.reads].map(slotOf)))
  const written = new Set(nests.flatMap((nest) => nest.stores.map((store) => slotOf(store.tensor))))
  const slots = tensors.map((tensor, slot): Slot => {
    const { name, type } = ordered.tensors[tensor]!
    const access = written.has(slot) ? (read.has(slot) ? 'update' : 'write') : 'read'
    return { name, dtype: type.dtype, size: sizeOf(type.shape), access }
  })
  const name = nests.map((nest) => nest.name).find((candidate) => !candidate.startsWith('copy ')) ?? nests[0]!.name
  return { kernel: { name, slots, functions: functionsOf(functions, scheduled), nests: scheduled }, tensors, parts }
}

/** The functions that the nests call, those that are called by others before their callers. */
function functionsOf(functions: Functions, nests: readonly Nest[]): readonly ScalarFunction[] {
  const found = new Map<string, ScalarFunction>()
  const inExpr = (expr: Expr): void => {
    if (expr.kind === 'load' || expr.kind === 'fetch') inExpr(expr.index)
    if (expr.kind === 'apply' || expr.kind === 'call') expr.args.forEach(inExpr)
    if (expr.kind !== 'call' || found.has(expr.name)) return
    const fn = functions.get(expr.name)!
    inFunction(fn)
    found.set(fn.name, fn)
  }
  const inFunction = ({ body, results, rare }: ScalarFunction): void => {
    for (const { value } of body) inExpr(value)
    results.forEach(inExpr)
    if (!rare) return
    inExpr(rare.when)
    inFunction(rare.instead)
  }
  const inStatement = (statement: Statement): void => {
    if (statement.kind === 'for' || statement.kind === 'if') statement.body.forEach(inStatement)
    if (statement.kind === 'if') inExpr(statement.condition)
    if (statement.kind === 'store' || statement.kind === 'put') inExpr(statement.index)
    if ('value' in statement) inExpr(statement.value)
  }
  for (const nest of nests) nest.body.forEach(inStatement)
  return [...found.values()]
}
