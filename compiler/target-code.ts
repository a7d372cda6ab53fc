import type { MadeFor } from './executable.ts'
import type { FusedNest } from './fuse/fuse.ts'
import type { Code, Plan, Target } from './plan/plan.ts'
import type { Machine } from './schedule/machine.ts'
import type { Schedule } from './schedule/schedule.ts'

/** How code for a target is made. */
export interface TargetCode {
  /** What schedules some nests. */
  scheduleFor(machine: Machine, nests: readonly FusedNest[]): Promise<Schedule>
  print(plan: Plan, madeFor: MadeFor): Code
}

/** Loaded with the first program for a target: a page has what it takes for the device that it computes on. */
export const targetCode = async (target: Target): Promise<TargetCode> =>
  target === 'wasm' ? (await import('./for-cpu.ts')).forCpu : (await import('./for-gpu.ts')).forGpu
