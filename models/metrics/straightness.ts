import type { Measured } from './excess.ts'
import { meanOf } from './summary.ts'

/** Where n points were at each time of the solution of an ODE. */
export interface Paths {
  /** [steps + 1, n, d] row-major: all points at the first time, then all at the second. */
  readonly data: ArrayLike<number>
  readonly steps: number
  /** d. */
  readonly dimension: number
  /** [steps + 1], rising or falling. Default equal steps from 0 to 1; only their shares of the whole matter. */
  readonly times?: ArrayLike<number>
}

export interface Straightness {
  /**
   * E int_0^1 ||dx/dt - (x1 - x0)||^2 dt, summed over dimensions, with the error over paths (NaN of one); time runs
   * from 0 to 1 along a path. 0 for straight paths of constant speed alone: those that one Euler step follows exactly.
   */
  readonly curvature: Measured
  /**
   * The mean length of the paths over the mean distance of their ends: 1 for straight ones, at whatever speed. NaN
   * where nothing moves.
   */
  readonly arcOverChord: number
}

/**
 * How straight paths are, taken as straight between the times that are given: finer steps see more of their curvature.
 *
 * Between neighbouring times, h apart, dx/dt is (x' - x) / h, so the integral is sum h ||(x' - x) / h - (x1 - x0)||^2.
 *
 * Source: the measure S of Liu, Gong and Liu, "Flow straight and fast: learning to generate and transfer data with
 * rectified flow", arXiv 2209.03003.
 */
export const straightness = (paths: Paths): Straightness => {
  const { data, n, d, shares } = checked(paths)
  const curvatures = new Float64Array(n)
  let [arcs, chords] = [0, 0]
  for (let path = 0; path < n; path += 1) {
    const [first, last] = [path * d, (shares.length * n + path) * d]
    chords += Math.sqrt(squareBetween(data, first, last, d))
    for (const [step, share] of shares.entries()) {
      const from = (step * n + path) * d
      arcs += Math.sqrt(squareBetween(data, from, from + n * d, d))
      curvatures[path]! += share * departure(data, from, from + n * d, share, first, last, d)
    }
  }
  return { curvature: meanOf(curvatures), arcOverChord: arcs / chords }
}

/**
 * ||(x' - x) / share - (x1 - x0)||^2, which sums to sum ||x' - x||^2 / h - ||x1 - x0||^2, whose difference would lose
 * the digits of nearly straight paths.
 */
const departure = (
  data: Float64Array,
  from: number,
  to: number,
  share: number,
  first: number,
  last: number,
  d: number,
): number => {
  let square = 0
  for (let axis = 0; axis < d; axis += 1) {
    const speed = (data[to + axis]! - data[from + axis]!) / share
    square += (speed - (data[last + axis]! - data[first + axis]!)) ** 2
  }
  return square
}

const squareBetween = (data: Float64Array, from: number, to: number, d: number): number => {
  let square = 0
  for (let axis = 0; axis < d; axis += 1) square += (data[to + axis]! - data[from + axis]!) ** 2
  return square
}

/** The sizes, and the share of the whole time that each step takes. */
const checked = ({ data, steps, dimension: d, times }: Paths): Checked => {
  if (!(Number.isInteger(steps) && steps >= 1 && Number.isInteger(d) && d >= 1)) {
    throw new Error(`straightness: expected at least one step and one dimension; got ${steps} and ${d}`)
  }
  const row = (steps + 1) * d
  if (data.length === 0 || data.length % row !== 0) {
    throw new Error(
      `straightness: expected [${steps + 1}, n, ${d}], a multiple of ${row} numbers and at least one path; got ${data.length}: keep the first points as well as those after each step`,
    )
  }
  const n = data.length / row
  const values = Float64Array.from(data)
  const odd = values.findIndex((value) => !Number.isFinite(value))
  if (odd >= 0) {
    const [step, path] = [Math.floor(odd / (n * d)), Math.floor(odd / d) % n]
    throw new Error(
      `straightness: expected finite numbers; path ${path} has ${values[odd]} after step ${step}: the solver diverged there, so take more steps or look at the velocity`,
    )
  }
  return { data: values, n, d, shares: sharesOf(steps, times) }
}

interface Checked {
  readonly data: Float64Array
  readonly n: number
  readonly d: number
  readonly shares: readonly number[]
}

const sharesOf = (steps: number, times: ArrayLike<number> | undefined): readonly number[] => {
  if (times === undefined) return Array.from({ length: steps }, () => 1 / steps)
  if (times.length !== steps + 1) {
    throw new Error(`straightness: expected ${steps + 1} times, one more than there are steps; got ${times.length}`)
  }
  const whole = times[steps]! - times[0]!
  const shares = Array.from({ length: steps }, (_, step) => (times[step + 1]! - times[step]!) / whole)
  const odd = shares.findIndex((share) => !(share > 0))
  if (odd >= 0) {
    throw new Error(
      `straightness: expected times that rise, or fall, at every step; step ${odd} goes from ${times[odd]} to ${times[odd + 1]}`,
    )
  }
  return shares
}
