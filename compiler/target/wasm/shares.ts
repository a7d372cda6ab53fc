/**
 * A nest's points in `count` parts of `size` points, of which the last may have fewer: what a thread takes at a time.
 */
export interface Shares {
  readonly points: number
  readonly size: number
  readonly count: number
}

/** Operations, about 10 us: with less to do at a time, threads would mostly wait for each other. */
export const leastWork = 8192
/** Enough for threads that are not equally fast to end at about the same time. */
const most = 64

/** By sizes alone; what is computed does not depend on it. `work`: operations of a point; `least`: of a share. */
export function sharesOf(points: number, work: number, least: number): Shares {
  const size = Math.max(1, Math.ceil(points / most), Math.ceil(least / Math.max(1, work)))
  return { points, size, count: Math.ceil(points / size) }
}
