import { expect, test } from 'vitest'
import { openDevice } from '../../../index.ts'
import {
  averageProjection,
  distortion,
  gaussianProjection,
  hadamardProjection,
  hostRandom,
  learnedProjection,
  orthogonalProjection,
} from '../../../models/index.ts'
import { nearest } from '../../../models/metrics/neighbours.ts'
import { chiSquareWithin } from '../../../models/projections/chi-square.ts'
import * as fc from '../../fc.ts'
import { isotropic, seeds } from './drawn.ts'

const options = { normalisation: 'none' } as const

test('of a Gaussian projection it is what Johnson-Lindenstrauss theory says', () => {
  for (const [d, seed] of [
    [8, 1],
    [16, 2],
    [32, 3],
  ] as const) {
    const features = isotropic(500, 256, seed)
    const found = distortion(gaussianProjection(features, d, { ...options, seed }), features.data, {
      pairs: 8000,
      among: 200,
    })
    expect(found.theory.std).toBe(Math.sqrt(2 / d))
    // The pairs share rows and one W: within 8% over many seeds.
    expect(Math.abs(found.std / found.theory.std - 1)).toBeLessThan(0.15)
    expect(Math.abs(found.within - found.theory.within)).toBeLessThan(0.05)
    expect(found.mean).toBeCloseTo(1, 9)
  }
})

test('orthogonal and Hadamard projections distort no more than Gaussian ones', () => {
  const features = isotropic(400, 64, 4)
  const mean = (make: typeof gaussianProjection): number => {
    const stds = [1, 2, 3, 4].map(
      (seed) => distortion(make(features, 32, { ...options, seed }), features.data, { among: 50 }).std,
    )
    return stds.reduce((sum, std) => sum + std, 0) / stds.length
  }
  // Of isotropic features the ratio of an orthonormal W is a beta variable in place of a chi-square one.
  const expected = Math.sqrt(2 / 32) * Math.sqrt((64 - 32) / (64 + 2))
  const gaussian = mean(gaussianProjection)
  for (const make of [orthogonalProjection, hadamardProjection]) {
    const found = mean(make)
    expect(found).toBeLessThan(gaussian)
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.05)
  }
})

test('a projection that loses nothing distorts nothing, whatever its scale', () => {
  const features = isotropic(60, 6, 5)
  for (const projection of [
    orthogonalProjection(features, 6),
    orthogonalProjection(features, 9),
    averageProjection(features, 6),
  ]) {
    const found = distortion(projection, features.data, { pairs: 500, k: 5 })
    expect(found.std).toBeLessThan(1e-6)
    expect(found.min).toBeCloseTo(1, 5)
    expect(found.max).toBeCloseTo(1, 5)
    expect([found.within, found.neighbours.kept]).toEqual([1, 1])
    expect(found.neighbours).toMatchObject({ k: 5, queries: 60, among: 60, chance: 5 / 59 })
  }
})

test('equal rows are counted and left out', () => {
  const one = isotropic(20, 4, 6)
  const twice = new Float32Array([...one.data, ...one.data])
  const found = distortion(gaussianProjection({ ...one, data: twice }, 2), twice, { pairs: 4000, k: 3 })
  expect(found.pairs + found.coincident).toBe(4000)
  expect(Math.abs(found.coincident / 4000 - 1 / 39)).toBeLessThan(0.01)
})

test('learned projections keep distances better than random ones, and those of rows that they were not trained on as well', async () => {
  // Curved, and of few dimensions in many: what a random projection does not know.
  const random = hostRandom(7)
  const mix = Float64Array.from({ length: 6 * 40 }, () => random.normal())
  const all = Float32Array.from({ length: 1000 * 40 })
  for (let row = 0; row < 1000; row += 1) {
    const z = Array.from({ length: 6 }, () => random.normal())
    for (let i = 0; i < 40; i += 1)
      all[row * 40 + i] = Math.tanh(z.reduce((sum, value, k) => sum + value * mix[k * 40 + i]!, 0) / 3)
  }
  const [data, fresh] = [all.subarray(0, 500 * 40), all.subarray(500 * 40)]
  const features = { data, dimension: 40 } as const
  const device = await openDevice('cpu')
  const learned = await learnedProjection(features, 8, device, { steps: 300, batch: 128 })
  device.dispose()
  const [before, after] = [orthogonalProjection(features, 8), learned].map((projection) => distortion(projection, data))
  expect(learned.kind).toBe('learned')
  expect(after!.std).toBeLessThan(before!.std / 2)
  expect(after!.neighbours.kept).toBeGreaterThan(before!.neighbours.kept)
  // What it does to pairs of its own rows it does to others, too: it has learned where rows lie, and no pairs.
  expect(distortion(learned, fresh).std).toBeLessThan(1.2 * after!.std)
})

test('nearest neighbours are those of sorting all', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 30 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 2 }),
      seeds,
      (n, width, k, seed) => {
        const { data } = isotropic(n, width, seed)
        const rows = { data: Float64Array.from(data), n, d: width }
        const found = nearest(rows, rows, k, true)
        for (let i = 0; i < n; i += 1) {
          const all = Array.from({ length: n }, (_, j) => {
            let sum = 0
            for (let c = 0; c < width; c += 1) sum += (data[i * width + c]! - data[j * width + c]!) ** 2
            return { j, sum }
          })
            .filter(({ j }) => j !== i)
            .sort((a, b) => a.sum - b.sum)
          for (let m = 0; m < k; m += 1) {
            expect(found.rows[i * k + m]).toBe(all[m]!.j)
            expect(found.squares[i * k + m]).toBeCloseTo(all[m]!.sum, 6)
          }
        }
      },
    ),
    { numRuns: 30 },
  )
})

// scipy.stats.chi2.cdf(d (1 + eps), d) - cdf(d (1 - eps), d); of two degrees of freedom it is e^-(1 - eps) - e^-(1 +
// eps), of one by the error function.
test('the chi-square distribution is that of the tables', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (eps) => {
      expect(chiSquareWithin(2, eps)).toBeCloseTo(Math.exp(eps - 1) - Math.exp(-1 - eps), 12)
      // Four degrees: cdf(x) = 1 - e^(-x/2) (1 + x/2).
      const four = (x: number): number => 1 - Math.exp(-x / 2) * (1 + x / 2)
      expect(chiSquareWithin(4, eps)).toBeCloseTo(four(4 * (1 + eps)) - four(4 * (1 - eps)), 12)
    }),
  )
  expect(chiSquareWithin(1, 2)).toBeCloseTo(0.9167354833, 8)
  // 4.5 standard deviations of a nearly normal variable.
  expect(1 - chiSquareWithin(1000, 0.2)).toBeLessThan(2e-5)
})
