import { dimension, type Mixture } from './mixture.ts'

/**
 * A number that is known so well: `error` is an upper estimate of how far it may be off. Of quadrature that is how far
 * a coarser rule is from it, as errors fall exponentially with the points; 0 of what has a closed form.
 */
export interface Estimate {
  readonly value: number
  readonly error: number
}

/** Points and weights for an integral: the i-th point is `points[i]`, `weights` sum to the measure of the domain. */
export interface Rule {
  readonly points: readonly Float64Array[]
  readonly weights: readonly number[]
}

/**
 * Gauss-Legendre with n points on [0, 1]: Newton's iteration on P_n from the usual cosine guess (Golub and Welsch 1969
 * give the theory).
 */
export const gaussLegendre = (n: number): Rule => {
  const points: Float64Array[] = []
  const weights: number[] = []
  for (let i = 0; i < n; i += 1) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5))
    let slope = 0
    for (let iteration = 0; iteration < 8; iteration += 1) {
      let [before, value] = [1, x]
      for (let k = 2; k <= n; k += 1) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k]
      slope = (n * (before - x * value)) / (1 - x * x)
      x -= value / slope
    }
    points.push(Float64Array.of((x + 1) / 2))
    weights.push(1 / ((1 - x * x) * slope * slope))
  }
  return { points, weights }
}

/**
 * The trapezoidal rule on a grid of spacing h for expectations over N(0, I_d), inside the ball of radius 6.5.
 *
 * For a function that is analytic in a strip of half-width a around the real axes the error falls as exp(-2 pi a / h)
 * (Trefethen and Weideman 2014), until the 7e-10 of probability that lies outside of the ball (in two dimensions)
 * shows.
 */
export const standardNormal = (d: number, h: number): Rule => {
  if (d > 3)
    throw new Error(`quadrature over ${d} dimensions would need too many points: 3 is the most; draw samples instead`)
  const radius = 6.5
  const reach = Math.floor(radius / h)
  let grid: number[][] = [[]]
  for (let axis = 0; axis < d; axis += 1) {
    grid = grid.flatMap((point) => Array.from({ length: 2 * reach + 1 }, (_, i) => [...point, (i - reach) * h]))
  }
  const squares = (point: readonly number[]): number => point.reduce((sum, z) => sum + z * z, 0)
  const inside = grid.filter((point) => squares(point) <= radius * radius)
  const masses = inside.map((point) => Math.exp(-squares(point) / 2))
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return { points: inside.map((point) => Float64Array.from(point)), weights: masses.map((mass) => mass / total) }
}

/**
 * E f(x) over a mixture, by a rule for the standard normal laid over each component. The array that f is given is used
 * again.
 */
export const expectation = (mixture: Mixture, { points, weights }: Rule, f: (x: Float64Array) => number): number => {
  const x = new Float64Array(dimension(mixture))
  let sum = 0
  for (const [k, mean] of mixture.means.entries()) {
    for (let n = 0; n < points.length; n += 1) {
      const z = points[n]!
      for (let i = 0; i < x.length; i += 1) x[i] = mean[i]! + mixture.std * z[i]!
      sum += mixture.weights[k]! * weights[n]! * f(x)
    }
  }
  return sum
}
