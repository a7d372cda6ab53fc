import type { Kernel } from '../../../compiler/kernel/kernel.ts'
import type { Place, Plan } from '../../../compiler/plan/plan.ts'
import { runNest } from '../run-nest.ts'
import { lanesOf } from './lanes-interpreter.ts'

/** What a kernel does to its slots. */
export interface Slots {
  readonly load: (slot: number, index: number) => number
  readonly store: (slot: number, index: number, value: number) => void
}

/** Runs all nests of a kernel, one point after the other, with f32 computed in float64. */
export function runKernel({ nests, functions }: Kernel, { load, store }: Slots): void {
  const known = new Map(functions.map((fn) => [fn.name, fn]))
  for (const nest of nests)
    runNest(nest, {
      value: (expr, { variables, fetch }) => lanesOf(expr, { load, variables, fetch, functions: known }),
      store: (slot, index, value) => {
        for (const [lane, element] of value.entries()) store(slot, index + lane, element)
      },
      fold: (op, a, b) => (op === 'add' ? a + b : Math.max(a, b)),
    })
}

/**
 * Runs a plan on regions of memory, and lists what no kernel may do: read or write outside a slot, write an element of
 * a slot twice or not at all, or write what it said it only reads.
 */
export function runPlan({ dispatches, kernels }: Plan, memory: readonly Float64Array[]): readonly string[] {
  const wrong: string[] = []
  for (const { kernel, places } of dispatches) {
    const { name, slots } = kernels[kernel]!
    const complain = (what: string, slot: number, index: number) =>
      wrong.push(`${name} ${what} element ${index} of ${slots[slot]!.name}, which has ${slots[slot]!.size}`)
    const inside = (slot: number, index: number) => Number.isInteger(index) && 0 <= index && index < slots[slot]!.size
    const at = (slot: number, index: number): [Float64Array, number] => {
      const { region, offset }: Place = places[slot]!
      return [memory[region]!, offset + index]
    }
    const stores = slots.map(({ size }) => new Uint8Array(size))
    runKernel(kernels[kernel]!, {
      load(slot, index) {
        if (!inside(slot, index)) complain('reads', slot, index)
        const [region, position] = at(slot, index)
        return region[position]!
      },
      store(slot, index, value) {
        if (!inside(slot, index)) complain('writes', slot, index)
        const [region, position] = at(slot, index)
        region[position] = value
        stores[slot]![index]! += 1
      },
    })
    for (const [slot, { access }] of slots.entries())
      for (const [index, times] of stores[slot]!.entries())
        if (times !== (access === 'read' ? 0 : 1)) complain(`writes ${times} times`, slot, index)
  }
  return wrong
}

/** Memory for a plan in which whatever was not written is not a number. */
export const memoryOf = ({ regions }: Plan): readonly Float64Array[] =>
  regions.map(({ size }) => new Float64Array(size).fill(Number.NaN))
