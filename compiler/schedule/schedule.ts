import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Nest } from '../kernel/kernel.ts'
import type { Emitted } from './emit.ts'
import type { SlotOf } from './emit-nests.ts'

/** A nest of a kernel, and what its names and notes were made of. */
export interface Scheduled extends Pick<Emitted, 'names' | 'notes'> {
  readonly nest: Nest
}

/** Decides how a nest is computed. `slotOf` numbers the tensors for its kernel. */
export type Schedule = (fused: Fused, nest: FusedNest, slotOf: SlotOf) => readonly Scheduled[]
