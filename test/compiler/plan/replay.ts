import type { FusedNest } from '../../../compiler/fuse/fuse.ts'
import { nestsIn } from '../../../compiler/plan/dependencies.ts'
import type { Ordered } from '../../../compiler/plan/order.ts'
import { loadsOf } from '../fuse/reads.ts'

/** A piece of memory, as small as the replay tells pieces apart. */
export type Cell = number | string

/**
 * Runs ordered nests on memory that only knows whose value each cell holds, and lists what goes wrong: a nest that
 * reads what was not written yet or has been overwritten, and nests side by side of which one writes what another
 * touches. At the end the outputs must hold the values of the graph's.
 *
 * `fused` is the number of tensors before `order` added copies, of which the first `inputs` are there from the start;
 * `wanted[i]` is the tensor whose value output i is.
 */
export function replay(
  { steps, tensors, outputs }: Ordered,
  cellsOf: (tensor: number) => readonly Cell[],
  { fused, inputs, wanted }: { readonly fused: number; readonly inputs: number; readonly wanted: readonly number[] },
): readonly string[] {
  const wrong: string[] = []
  const nameOf = (tensor: number) => `${tensors[tensor]!.name} (${tensor})`
  const held = new Map<Cell, number>()
  for (let input = 0; input < inputs; input++) for (const cell of cellsOf(input)) held.set(cell, input)

  // What each tensor is to hold; a copy is a tensor of its own that holds another's value.
  const meant = new Map<number, number>(tensors.slice(0, fused).map((_, tensor) => [tensor, tensor]))
  for (const [step, nests] of steps.map(nestsIn).entries()) {
    for (const nest of nests) {
      for (const { slot } of loadsOf(nest))
        for (const cell of cellsOf(slot))
          if (held.get(cell) !== meant.get(slot)) {
            wrong.push(`step ${step}: ${nest.name} reads ${nameOf(slot)} where ${held.get(cell) ?? 'nothing'} lies`)
            break
          }
      for (const other of nests) if (other !== nest) wrong.push(...collisions(step, nest, other, cellsOf))
      wrong.push(...overtaken(step, nest, cellsOf))
    }
    for (const { stores } of nests)
      for (const { tensor, value } of stores) {
        if (tensor >= fused && value.kind === 'load') meant.set(tensor, meant.get(value.slot)!)
        for (const cell of cellsOf(tensor)) held.set(cell, meant.get(tensor)!)
      }
  }
  for (const [i, tensor] of outputs.entries())
    for (const cell of cellsOf(tensor))
      if (held.get(cell) !== wanted[i]) {
        wrong.push(`output ${i} holds ${held.get(cell) ?? 'nothing'} instead of ${nameOf(wanted[i]!)}`)
        break
      }
  return wrong
}

/** A nest that writes what one beside it reads or writes. */
function collisions(step: number, nest: FusedNest, other: FusedNest, cellsOf: (tensor: number) => readonly Cell[]) {
  const touched = new Set(
    [...loadsOf(other).map(({ slot }) => slot), ...other.stores.map(({ tensor }) => tensor)].flatMap(cellsOf),
  )
  return nest.stores
    .filter(({ tensor }) => cellsOf(tensor).some((cell) => touched.has(cell)))
    .map(({ tensor }) => `step ${step}: ${nest.name} writes ${tensor} beside ${other.name}, which touches it`)
}

/** A nest may read what it overwrites, but each element only where it writes that element. */
const overtaken = (step: number, nest: FusedNest, cellsOf: (tensor: number) => readonly Cell[]) =>
  nest.stores.flatMap(({ tensor, index }) => {
    const written = new Set(cellsOf(tensor))
    return loadsOf(nest)
      .filter((load) => load.index !== index && cellsOf(load.slot).some((cell) => written.has(cell)))
      .map(({ slot }) => `step ${step}: ${nest.name} writes ${tensor} and reads other elements of ${slot} there`)
  })
