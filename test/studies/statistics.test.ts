import { expect, test } from 'vitest'
import { hostRandom } from '../../models/index.ts'
import { meanWithin, studentQuantile } from '../../studies/statistics.ts'

/** P(T > t): t = sqrt(freedom) tan(angle) takes the density to a power of the cosine. */
function tail(t: number, freedom: number): number {
  const area = (low: number, high: number, steps = 20_000) => {
    const step = (high - low) / steps
    let sum = 0
    for (let i = 0; i < steps; i += 1) sum += step * Math.cos(low + (i + 0.5) * step) ** (freedom - 1)
    return sum
  }
  return area(Math.atan(t / Math.sqrt(freedom)), Math.PI / 2) / area(-Math.PI / 2, Math.PI / 2)
}

test("a fortieth of Student's t lies above its quantile, of any degrees of freedom", () => {
  for (const freedom of [1, 2, 3, 5, 10, 19, 20, 21, 30, 100])
    expect(tail(studentQuantile(freedom), freedom)).toBeCloseTo(0.025, 4)
})

test('95 of 100 intervals hold the mean', () => {
  const random = hostRandom(5)
  for (const n of [2, 3, 5]) {
    const hits = Array.from({ length: 4000 }, () => {
      const { value, half } = meanWithin(Array.from({ length: n }, () => 7 + 3 * random.normal()))
      return Math.abs(value - 7) < half ? 1 : 0
    })
    expect(hits.reduce<number>((a, b) => a + b, 0) / 4000).toBeCloseTo(0.95, 1.7)
  }
})

test('of one value nothing is known', () => {
  expect(meanWithin([3])).toEqual({ value: 3, half: Number.POSITIVE_INFINITY })
})
