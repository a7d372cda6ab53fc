import type { Kernel, Loop, Statement } from '../../../compiler/kernel/kernel.ts'
import type { Place, Plan } from '../../../compiler/plan/plan.ts'
import { lanesOf } from './lanes-interpreter.ts'

/** What a kernel does to its slots. */
export interface Slots {
  readonly load: (slot: number, index: number) => number
  readonly store: (slot: number, index: number, value: number) => void
}

/** Runs all nests of a kernel, one point after the other, with f32 computed in float64. */
export function runKernel({ nests, functions }: Kernel, { load, store }: Slots): void {
  const known = new Map(functions.map((fn) => [fn.name, fn]))
  for (const { grid, body } of nests)
    atEachPoint(grid, new Map(), (variables) => {
      const value = (expr: Parameters<typeof lanesOf>[0]) => lanesOf(expr, { load, variables, functions: known })
      const run = (statement: Statement): void => {
        switch (statement.kind) {
          case 'let':
          case 'var':
          case 'set':
            variables.set(statement.variable.name, value(statement.value))
            return
          case 'store': {
            const [at] = value(statement.index)
            for (const [lane, element] of value(statement.value).entries()) store(statement.slot, at! + lane, element)
            return
          }
          case 'for':
            for (let i = statement.from; i < statement.to; i += statement.step) {
              variables.set(statement.index.name, [i])
              statement.body.forEach(run)
            }
            return
          case 'if':
            if (value(statement.condition)[0]) statement.body.forEach(run)
        }
      }
      body.forEach(run)
    })
}

function atEachPoint(
  [loop, ...inner]: readonly Loop[],
  at: ReadonlyMap<string, readonly number[]>,
  visit: (variables: Map<string, readonly number[]>) => void,
): void {
  if (!loop) visit(new Map(at))
  else for (let i = 0; i < loop.extent; i++) atEachPoint(inner, new Map([...at, [loop.index.name, [i]]]), visit)
}

/**
 * Runs a plan on regions of memory, and lists what no kernel may do: read or write outside a slot, write an element of a slot twice or not at all, or write what it said
 * it only reads.
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
