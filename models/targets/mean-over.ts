import type { Mixture } from './mixture.ts'
import { expectation, type Rule, standardNormal } from './quadrature.ts'

/** What is known of a mixture at one point x. */
interface Local {
  /** log p(x), in nats. */
  readonly logDensity: number
  /** tr Cov_r(m), r_k the probability of component k given x. */
  readonly spread: number
}

/** E f(x) over a mixture. */
type MeanOver = (mixture: Mixture, f: (here: Local) => number) => number

/**
 * Expectations over mixtures in d dimensions by the trapezoidal rule of spacing h, in standard deviations of a
 * component: by a grid around each component; or, in the plane, by one grid over all of them where that has fewer
 * points. A curve of many close components, and any mixture that noise has made wide, is such a case: the grids around
 * its components cover the same places again and again.
 */
export const meanOver = (d: number, h: number): MeanOver => {
  const normal: Rule = standardNormal(d, h)
  return (mixture, f) => {
    const local = localAt(mixture)
    const around = (): number => expectation(mixture, normal, (x) => f(local(x)))
    if (d !== 2) return around()
    const grid = planeOf(mixture, h)
    const fewer = grid.columns * grid.rows < mixture.means.length * normal.points.length
    return fewer ? overPlane(grid, local, f) : around()
  }
}

/**
 * Components whose density is less than e^-36 of what it is at their mean are passed over: the nearest is within 6.5
 * standard deviations, e^-21, of any x that counts.
 */
const far = 36

const localAt = ({ weights, means, std }: Mixture): ((x: Float64Array) => Local) => {
  const d = means[0]!.length
  const flat = Float64Array.from(means.flat())
  const shares = Float64Array.from(weights)
  const scale = 1 / (2 * std * std)
  const constant = (d / 2) * Math.log(2 * Math.PI * std * std)
  const first = new Float64Array(d)
  return (x) => {
    let [density, second] = [0, 0]
    first.fill(0)
    for (let k = 0; k < shares.length; k += 1) {
      let square = 0
      for (let i = 0; i < d; i += 1) square += (flat[k * d + i]! - x[i]!) ** 2
      if (square * scale > far) continue
      const here = shares[k]! * Math.exp(-square * scale)
      density += here
      // Moments of m - x, which are of the size of std near x, where those of m would lose digits.
      second += here * square
      for (let i = 0; i < d; i += 1) first[i]! += here * (flat[k * d + i]! - x[i]!)
    }
    if (density === 0) return { logDensity: -Infinity, spread: 0 }
    const mean = first.reduce((sum, m) => sum + (m / density) ** 2, 0)
    return { logDensity: Math.log(density) - constant, spread: second / density - mean }
  }
}

interface Plane {
  readonly left: number
  readonly bottom: number
  readonly step: number
  readonly columns: number
  readonly rows: number
}

/** A grid over all points within 6.5 standard deviations of a component's axes. */
const planeOf = ({ means, std }: Mixture, h: number): Plane => {
  const range = (axis: number): readonly [number, number] => {
    let [least, most] = [Infinity, -Infinity]
    for (const mean of means) {
      least = Math.min(least, mean[axis]!)
      most = Math.max(most, mean[axis]!)
    }
    return [least - 6.5 * std, Math.ceil((most - least + 13 * std) / (h * std)) + 1]
  }
  const [[left, columns], [bottom, rows]] = [range(0), range(1)]
  return { left, bottom, step: h * std, columns, rows }
}

/** Points whose share of the probability is below this are passed over. */
const negligible = 1e-15

const overPlane = (
  { left, bottom, step, columns, rows }: Plane,
  local: (x: Float64Array) => Local,
  f: (here: Local) => number,
): number => {
  const x = new Float64Array(2)
  let [sum, mass] = [0, 0]
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      x[0] = left + column * step
      x[1] = bottom + row * step
      const here = local(x)
      const share = Math.exp(here.logDensity) * step * step
      if (share < negligible) continue
      mass += share
      sum += share * f(here)
    }
  }
  return sum / mass
}
