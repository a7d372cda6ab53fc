import { expect, test } from 'vitest'
import { frechetDistance, frechetEstimate, hostRandom, type Points } from '../../../models/index.ts'
import { moments } from '../../../models/metrics/summary.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { gaussianPoints } from './samples.ts'

const repeats = 200 * times

/** Points of which the first numbers are long-tailed, stretched and shifted; the last is always 0 where `flat`. */
function pointsOf(
  random: ReturnType<typeof hostRandom>,
  n: number,
  d: number,
  shift: number,
  stretch: number,
  flat = false,
): Points {
  const data = Float64Array.from({ length: n * d }, (_, i) => {
    const at = i % d
    if (flat && at === d - 1) return 0
    const value = random.normal()
    return at === 0 ? shift + stretch * value * Math.abs(value) : value
  })
  return { data, dimension: d }
}

test.each([
  { what: 'shifted', n: 400, m: 400, d: 4, shift: 3, stretch: 1, flat: false },
  { what: 'stretched', n: 300, m: 900, d: 3, shift: 0, stretch: 4, flat: false },
  { what: 'in a plane', n: 400, m: 400, d: 4, shift: 1, stretch: 3, flat: true },
])(
  'the standard error of sets that are apart is how far samples are apart: $what',
  ({ n, m, d, shift, stretch, flat }) => {
    const random = hostRandom(7)
    const found = Array.from({ length: repeats }, () =>
      frechetEstimate(pointsOf(random, n, d, shift, stretch, flat), pointsOf(random, m, d, 0, 1, flat)),
    )
    const spread = moments(found.map(({ value }) => value)).std
    const told = moments(found.map(({ standardError }) => standardError)).mean
    // The spread of 200 values is known to 5%.
    expect(Math.abs(told / spread - 1)).toBeLessThan(0.2)
  },
)

test('two models of one distribution, far from the data, are told apart about once in twenty', () => {
  const random = hostRandom(3)
  const data = pointsOf(random, 1000, 4, 0, 1)
  const apart = Array.from({ length: repeats }, () => {
    const [a, b] = [0, 1].map(() => frechetEstimate(pointsOf(random, 400, 4, 3, 2), data)) as [
      ReturnType<typeof frechetEstimate>,
      ReturnType<typeof frechetEstimate>,
    ]
    return Math.abs(a.value - b.value) > 2 * Math.hypot(a.standardError, b.standardError)
  })
  expect(apart.filter(Boolean).length / repeats).toBeLessThan(0.1)
})

test('the value is the distance, and the error is the same whichever comes first and whatever order points have', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(1000), (d, seed) => {
      const random = hostRandom(seed)
      const [x, y] = [
        gaussianPoints(40, new Array(d).fill(1), 2, random),
        gaussianPoints(30, new Array(d).fill(0), 1, random),
      ]
      const { value, standardError } = frechetEstimate(x, y)
      expect(value).toBe(frechetDistance(x, y))
      expect(standardError).toBeGreaterThan(0)
      const other = frechetEstimate(y, x)
      expect(other.standardError).toBeCloseTo(standardError, 8)
      const turned = { data: Float64Array.from(x.data as Float64Array).reverse(), dimension: d }
      const back = { data: Float64Array.from(y.data as Float64Array).reverse(), dimension: d }
      expect(frechetEstimate(turned, back).standardError).toBeCloseTo(standardError, 8)
    }),
  )
})
