import { setImmediate } from 'node:timers/promises'
import { alignmentMap, type MixtureTarget } from '../../models/index.ts'
import type { ToyResults } from '../align/results.ts'
import { leastNear } from './least.ts'

type Landscapes = ToyResults['landscapes']

/**
 * The expected losses of a point y under the exact velocity, by quadrature, at the middles of `side` x `side` squares
 * from -reach to reach, and the minimisers of each.
 */
export async function landscapesOf(
  { mixture, logDensity }: MixtureTarget,
  { side, reach, signal }: { readonly side: number; readonly reach: number; readonly signal?: AbortSignal },
): Promise<Landscapes> {
  const middle = (i: number) => reach * ((2 * i + 1) / side - 1)
  const nllOf = (points: Float64Array) =>
    Float64Array.from({ length: points.length / 2 }, (_, i) => -logDensity(points.subarray(2 * i, 2 * i + 2)))
  const [uniform, likelihood, nll]: [number[], number[], number[]] = [[], [], []]
  for (let row = 0; row < side; row += 1) {
    const points = Float64Array.from({ length: 2 * side }, (_, i) => middle(i % 2 === 0 ? i / 2 : row))
    const { loss, weighted } = alignmentMap(mixture, points)
    uniform.push(...loss)
    likelihood.push(...weighted)
    nll.push(...nllOf(points))
    await setImmediate()
    signal?.throwIfAborted()
  }
  const losses = {
    uniform: { values: uniform, of: (points: Float64Array) => alignmentMap(mixture, points).loss },
    likelihood: { values: likelihood, of: (points: Float64Array) => alignmentMap(mixture, points).weighted },
    nll: { values: nll, of: nllOf },
  }
  const means = mixture.means as readonly (readonly [number, number])[]
  return {
    maps: Object.entries(losses).map(([of, { values, of: f }]) => {
      const found = means.map((mean) => leastNear(f, mean))
      const off = found.map(([x, y], k) => Math.hypot(x - means[k]![0], y - means[k]![1]))
      const least = f(Float64Array.from(found.flat()))
      return {
        of: of as keyof typeof losses,
        values: Array.from({ length: side }, (_, row) => values.slice(row * side, (row + 1) * side).map(rounded)),
        minimisers: found.map(([x, y]) => [rounded(x), rounded(y)] as const),
        least: Array.from(least).reduce((sum, value) => sum + value, 0) / means.length,
        offset: off.reduce((sum, value) => sum + value, 0) / means.length / mixture.std,
      }
    }),
    apart: likelihood.reduce((most, value, i) => Math.max(most, Math.abs(value - nll[i]!)), 0),
  }
}

/** To as many digits as a picture shows. */
export const rounded = (value: number): number => Number(value.toPrecision(4))
