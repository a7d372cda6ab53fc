import type { PlanOutline, Region } from '../../compiler/plan/plan.ts'
import { amountOf, tooLarge } from '../too-large.ts'
import { count } from './counted.ts'

/** WebAssembly addresses are 32 bits. */
export const mostBytes = 2 ** 32
const pageBytes = 2 ** 16
/** Regions begin at cache lines. */
const alignment = 64

/** The words that the code keeps for itself are at the beginning; two of them are 0 before each run. */
export const ticketAt = 0
export const doneAt = 64
/** How many runs there were: a word of the threads', after those of the code. */
export const runsAt = 320
const firstRegion = 384

/** Where the regions of a plan begin in one memory, and where they end. */
export function layOut(regions: readonly Region[]): { readonly starts: readonly number[]; readonly bytes: number } {
  const starts: number[] = []
  let bytes = firstRegion
  for (const { size } of regions) {
    starts.push(bytes)
    bytes = Math.ceil((bytes + 4 * size) / alignment) * alignment
  }
  return { starts, bytes }
}

export function allocate({ name, regions }: PlanOutline, bytes: number): WebAssembly.Memory {
  if (bytes > mostBytes)
    throw new Error(
      `${name} needs ${amountOf(bytes)} of memory, and WebAssembly has at most ${amountOf(mostBytes)}${tooLarge(regions)}; or WebGPU`,
    )
  const pages = Math.ceil(bytes / pageBytes)
  count(bytes)
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (error) {
    throw new Error(
      `${name} needs ${amountOf(bytes)} of memory, which this machine does not give: ${(error as Error).message}${tooLarge(regions)}`,
    )
  }
}
