import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Nest } from '../kernel/kernel.ts'
import type { SlotOf } from './emit-nests.ts'
import type { Machine } from './machine.ts'
import { onGpu } from './on-gpu.ts'

/** Decides how a nest is computed. `slotOf` numbers the tensors for its kernel. */
export type Schedule = (fused: Fused, nest: FusedNest, slotOf: SlotOf) => readonly Nest[]

/** What schedules the nests of a program. A page that computes on the GPU does not load what is for CPUs, and blocks of pairs only where a program has pairs. */
export async function scheduleFor(machine: Machine, nests: readonly FusedNest[]): Promise<Schedule> {
  if (machine.target === 'wasm') return (await import('./on-cpu.ts')).onCpu(machine)
  return onGpu(machine, nests.some(({ pairs }) => pairs) ? (await import('./group-pairs.ts')).groupPairs : undefined)
}
