import { hostRandom, type Target } from '../../../models/index.ts'

export interface SampleMean {
  readonly mean: number
  readonly standardError: number
}

export const meanOf = (values: readonly number[]): SampleMean => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { mean, standardError: Math.sqrt(variance / values.length) }
}

/** n drawn points of a target. */
export const drawn = (target: Target, n: number, seed: number): readonly Float64Array[] => {
  const d = target.dimension
  const samples = Float64Array.from(target.sample(hostRandom(seed), n))
  return Array.from({ length: n }, (_, row) => samples.subarray(row * d, (row + 1) * d))
}

/** ||v*(x_t, t) - (y - x0)||^2 for n drawn t, x0 and y, t up to `until`. */
export const losses = (target: Target, n: number, seed: number, until = 1): readonly number[] => {
  const random = hostRandom(seed + 1000)
  return drawn(target, n, seed).map((y) => {
    const t = until * random.uniform()
    const noise = y.map(() => random.normal())
    const x = y.map((value, i) => (1 - t) * noise[i]! + t * value)
    return target.velocity(x, t).reduce((sum, v, i) => sum + (v - (y[i]! - noise[i]!)) ** 2, 0)
  })
}
