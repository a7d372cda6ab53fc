import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Nest } from '../kernel/kernel.ts'
import type { SlotOf } from './emit-nests.ts'

/** Decides how a nest is computed. `slotOf` numbers the tensors for its kernel. */
export type Schedule = (fused: Fused, nest: FusedNest, slotOf: SlotOf) => readonly Nest[]
