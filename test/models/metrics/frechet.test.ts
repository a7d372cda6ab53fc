import { describe, expect, test } from 'vitest'
import { fitGaussian, frechetBetween, frechetDistance, type Gaussian, hostRandom } from '../../../models/index.ts'
import { onEigenvalues, symmetricEigen } from '../../../models/projections/eigen.ts'
import { addProducts } from '../../../models/projections/products.ts'
import * as fc from '../../fc.ts'
import { average, gaussianPoints, moved, rowsOfPoints, shuffled, somePoints, turned } from './samples.ts'

const transposed = (a: Float64Array, d: number): Float64Array => a.map((_, i) => a[(i % d) * d + Math.floor(i / d)]!)

/** A B, of [d, d] each. */
const product = (a: Float64Array, b: Float64Array, d: number): Float64Array => {
  const result = new Float64Array(d * d)
  addProducts(a, d, transposed(b, d), d, d, result)
  return result
}

/** A symmetric matrix [d, d] that is B B^T, of rank `rank` or less. */
const covariance = (d: number, rank: number, seed: number): Float64Array => {
  const random = hostRandom(seed)
  const b = Float64Array.from({ length: d * d }, (_, i) => (i % d < rank ? random.normal() : 0))
  return product(b, transposed(b, d), d)
}

const size = fc.integer({ min: 1, max: 6 })
const seed = fc.nat(1000)

const expectNear = (a: ArrayLike<number>, b: ArrayLike<number>, digits: number): void => {
  for (let i = 0; i < a.length; i += 1) expect(a[i]).toBeCloseTo(b[i]!, digits)
}

describe('symmetric matrices', () => {
  test('are their vectors times their values times the vectors again, and the vectors are a rotation', () => {
    fc.assert(
      fc.property(size, size, seed, (d, rank, start) => {
        const matrix = covariance(d, rank, start)
        const { values, vectors: rows } = symmetricEigen(matrix, d)
        const vectors = transposed(rows, d)
        const scaled = vectors.map((value, i) => value * values[i % d]!)
        expectNear(product(scaled, transposed(vectors, d), d), matrix, 10)
        expectNear(
          product(transposed(vectors, d), vectors, d),
          Float64Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0)),
          12,
        )
      }),
    )
  })

  test('that are covariances have a root whose square they are, also where they are singular', () => {
    fc.assert(
      fc.property(size, size, seed, (d, rank, start) => {
        const matrix = covariance(d, rank, start)
        const root = onEigenvalues(matrix, d, (value) => Math.sqrt(Math.max(0, value)))
        expectNear(product(root, root, d), matrix, 10)
        expectNear(root, transposed(root, d), 10)
      }),
    )
  })
})

describe('the Frechet distance', () => {
  const gaussian = (d: number, start: number): Gaussian => {
    const random = hostRandom(start + 5000)
    return { mean: Float64Array.from({ length: d }, () => random.normal()), covariance: covariance(d, d, start) }
  }

  test("of diagonal Gaussians is sum (m - m')^2 + (s - s')^2", () => {
    const width = fc.double({ min: 0, max: 3, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(width, width, width, width), { minLength: 1, maxLength: 5 }), (axes) => {
        const d = axes.length
        const of = (mean: number, std: number): Gaussian => ({
          mean: Float64Array.from(axes, (axis) => axis[mean as 0]),
          covariance: Float64Array.from({ length: d * d }, (_, i) =>
            i % (d + 1) === 0 ? axes[i % d]![std as 0] ** 2 : 0,
          ),
        })
        const exact = axes.reduce((sum, [m, n, s, r]) => sum + (m! - n!) ** 2 + (s! - r!) ** 2, 0)
        expect(frechetBetween(of(0, 2), of(1, 3))).toBeCloseTo(exact, 8)
      }),
    )
  })

  test('is the same the other way round, 0 of a Gaussian with itself, and never negative', () => {
    fc.assert(
      fc.property(size, seed, seed, (d, first, second) => {
        const [a, b] = [gaussian(d, first), gaussian(d, second)]
        expect(frechetBetween(a, b)).toBeCloseTo(frechetBetween(b, a), 10)
        expect(frechetBetween(a, b)).toBeGreaterThan(-1e-10)
        expect(frechetBetween(a, a)).toBeCloseTo(0, 10)
      }),
      // Nearly singular, both of them.
      { examples: [[5, 47, 0]] },
    )
  })

  test('of points moved by c is |c|^2, whether they fill the space or not', () => {
    fc.assert(
      fc.property(somePoints(3, 2, 8), (x) => {
        expect(frechetDistance(x, moved(x, [1, -2, 2]))).toBeCloseTo(9, 5)
      }),
    )
  })

  test('does not change when the plane is turned, or the points put in another order', () => {
    fc.assert(
      fc.property(somePoints(2, 3), somePoints(2, 3), fc.double({ min: 0, max: 6, noNaN: true }), (x, y, angle) => {
        const value = frechetDistance(x, y)
        expect(frechetDistance(turned(x, angle), turned(y, angle))).toBeCloseTo(value, 5)
        expect(frechetDistance(shuffled(x, 1), shuffled(y, 2))).toBeCloseTo(value, 5)
      }),
    )
  })

  test('is of the Gaussians that fit', () => {
    fc.assert(
      fc.property(somePoints(2), (x) => {
        const rows = rowsOfPoints(x)
        const { mean, covariance: fitted } = fitGaussian(x)
        const means = [0, 1].map((axis) => average(rows.map((row) => row[axis]!)))
        expectNear(mean, means, 10)
        for (const [i, j] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ] as const) {
          const products = rows.map((row) => (row[i]! - means[i]!) * (row[j]! - means[j]!))
          expect(fitted[2 * i + j]).toBeCloseTo((average(products) * rows.length) / (rows.length - 1), 10)
        }
      }),
    )
    const [x, y] = [
      gaussianPoints(4000, [0, 1], [1, 2], hostRandom(1)),
      gaussianPoints(4000, [1, 1], [2, 1], hostRandom(2)),
    ]
    expect(Math.abs(frechetDistance(x, y) - 3)).toBeLessThan(0.25)
  })

  test("of two samples of one distribution is about d (d + 5) / (2 n), as near I it is |m - m'|^2 + |A - B|^2 / 4", () => {
    const random = hostRandom(3)
    const zeros = Array.from({ length: 16 }, () => 0)
    const values = Array.from({ length: 40 }, () =>
      frechetDistance(gaussianPoints(600, zeros, 1, random), gaussianPoints(600, zeros, 1, random)),
    )
    expect(Math.abs(average(values) / ((16 * 21) / 1200) - 1)).toBeLessThan(0.1)
  })

  test('refuses what it cannot fit or compare', () => {
    expect(() => fitGaussian({ data: [1, 2], dimension: 2 })).toThrow(
      'at least 2 points in the points; got 1: draw more',
    )
    const a = gaussian(2, 1)
    expect(() => frechetBetween(a, gaussian(3, 1))).toThrow(
      'expected means [d] and covariances [d, d] of one d; got 2 and 4, 3 and 9 numbers',
    )
  })
})
