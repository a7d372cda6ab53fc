import type { Lanes } from '../kernel/expr.ts'
import type { Capabilities, Target } from '../plan/plan.ts'
import type { Tuned } from '../plan/tuned.ts'

/** What kernels are scheduled for. */
export interface Machine {
  readonly target: Target
  /** How many neighbouring iterations an expression may be of. */
  readonly lanes: Lanes
  /** Whether a CPU's multiply-add of vectors may be one instruction. */
  readonly multiplyAdds: boolean
  /** Whether threads of a workgroup work together. */
  readonly groups: boolean
  /** Whether memory has elements of 16 bits. */
  readonly halves: boolean
  /** Memory that they share, in bytes. */
  readonly sharedBytes: number
  /** Workgroups that keep all of the machine busy. */
  readonly atOnce: number
  /** Of values for at least so many pairs of a row and a term, sums are made without storing them. */
  readonly fewestPairs: number
  /**
   * Operations that an expensive function, such as exp, counts as where it could be stored beside what it is computed
   * from.
   */
  readonly expensive: number
  /** What was measured to be best. */
  readonly tuned: Tuned
}

export interface MachineOptions {
  readonly tuned?: Tuned
  /** Whether WebAssembly may have relaxed SIMD. */
  readonly relaxed?: boolean
}

/**
 * By class of adapter. A GPU in software runs a workgroup on one core of a CPU, where to wait for each other costs more
 * than to work alone. Of others WebGPU does not say how many processors they have: two workgroups for each of the
 * hundred or so of a large one leave a small one no worse than busy.
 */
export const machineFor = (
  target: Target,
  capabilities?: Capabilities,
  { tuned = {}, relaxed = false }: MachineOptions = {},
): Machine => ({
  target,
  lanes: target === 'wasm' && capabilities?.simd === false ? 1 : 4,
  multiplyAdds: relaxed,
  groups: target === 'wgsl' && !capabilities?.software,
  halves: target === 'wgsl' && (capabilities?.f16 ?? false),
  sharedBytes: capabilities?.workgroupBytes ?? 16_384,
  atOnce: 256,
  fewestPairs: target === 'wgsl' && !capabilities?.software ? fewestPairsIn(tuned) : Infinity,
  expensive: target === 'wasm' ? withoutHelp : byHardware,
  tuned,
})

/**
 * A CPU takes thirty instructions or so for a vector of exponentials, longer than it takes to write four numbers and
 * read them again, also where they leave its caches: to do it twice is too often.
 */
const withoutHelp = 40
/** A GPU has units for such functions, and less to spare of its memory's bandwidth. */
const byHardware = 8

/** Fewer are 256 KB that stay in a cache, and too few workgroups each computing its own. */
const fewestPairs = 2 ** 16

function fewestPairsIn({ fewestPairs: tuned = fewestPairs }: Tuned): number {
  if (tuned > 0) return tuned
  throw new TypeError(`tuned: fewestPairs is ${JSON.stringify(tuned)}; it must be a number above 0, as tune() gives it`)
}
