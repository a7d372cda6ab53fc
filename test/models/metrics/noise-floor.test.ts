import { expect, test } from 'vitest'
import {
  besideFloor,
  energyDistance,
  fiveGaussians,
  hostRandom,
  type Metric,
  noiseFloor,
  type Sampler,
  samplerOf,
  slicedWasserstein,
  withNoiseFloor,
} from '../../../models/index.ts'
import { median, quantile } from '../../../models/metrics/summary.ts'
import { average, moved } from './samples.ts'

const sampler = samplerOf(fiveGaussians())
const energy: Metric = (x, y) => energyDistance(x, y)

test('the floor is the metric between samples of the target: as many as asked for, and a function of the seed', () => {
  const sizes: number[][] = []
  const floor = noiseFloor(
    (x, y) => {
      sizes.push([x.data.length / 2, y.data.length / 2])
      return energyDistance(x, y)
    },
    sampler,
    40,
    { repeats: 8, reference: 60, seed: 3 },
  )
  expect(sizes).toEqual(Array.from({ length: 8 }, () => [40, 60]))
  expect(floor).toEqual(noiseFloor(energy, sampler, 40, { repeats: 8, reference: 60, seed: 3 }))
  expect(floor.values).toEqual([...floor.values].sort((a, b) => a - b))
  expect(floor.mean).toBeCloseTo(average(floor.values), 12)
  expect(floor.quantiles.q50).toBeCloseTo((floor.values[3]! + floor.values[4]!) / 2, 12)
})

test('a sample of the target is at its floor, and one that is moved stands above it', () => {
  const ratios = Array.from({ length: 40 }, (_, seed) => {
    const points = sampler(hostRandom(seed), 100)
    return withNoiseFloor((x, y) => slicedWasserstein(x, y, { projections: 16 }), points, sampler, {
      repeats: 20,
      seed,
    }).ratio
  })
  // The share above 1 is 1/20, and more where the floor has few values: 2 of 40, and hardly ever 8.
  expect(ratios.filter((ratio) => ratio > 1).length).toBeLessThan(8)
  expect(average(ratios)).toBeGreaterThan(0.5)
  const far = withNoiseFloor(energy, moved(sampler(hostRandom(0), 100), [0.8, 0]), sampler)
  expect(far.ratio).toBeGreaterThan(3)
  expect(far).toEqual(besideFloor(far.value, far.floor))
})

test.each([19, 39])('one more value is below q95 in 19 of 20 cases, of %s repeats', (repeats) => {
  const tries = 4000
  const random = hostRandom(5)
  const one: Sampler = () => ({ data: [random.uniform()], dimension: 1 })
  const value: Metric = ({ data }) => data[0]!
  let above = 0
  for (let i = 0; i < tries; i += 1)
    if (random.uniform() > noiseFloor(value, one, 1, { repeats }).quantiles.q95) above += 1
  expect(Math.abs(above / tries - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / tries))
})

test('a sample is not met again as its own reference when both are of one seed', () => {
  const same = energyDistance(sampler(hostRandom(0), 50), sampler(hostRandom(0), 50))
  expect(withNoiseFloor(energy, sampler(hostRandom(0), 50), sampler, { repeats: 2 }).value).not.toBe(same)
})

test('counts that are none are refused', () => {
  expect(() => noiseFloor(energy, sampler, 10, { repeats: 1 })).toThrow('whole number of repeats, at least 2; got 1')
  expect(() => noiseFloor(energy, sampler, 0)).toThrow('whole number of points, at least 1; got 0')
  expect(() => noiseFloor(energy, sampler, 9, { reference: 1.5 })).toThrow('points of reference, at least 1; got 1.5')
})

test('quantiles are linear between the order statistics', () => {
  expect([0, 0.125, 0.5, 1].map((level) => quantile([1, 2, 4, 8, 16], level))).toEqual([1, 1.5, 4, 16])
  expect([median([4, 1, 8]), median([4, 1, 2, 8])]).toEqual([4, 3])
  expect(() => quantile([], 0.5)).toThrow('expected at least one number')
  expect(() => quantile([1], 2)).toThrow('expected a level from 0 to 1; got 2')
})
