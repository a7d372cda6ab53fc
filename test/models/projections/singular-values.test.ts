import { expect, test } from 'vitest'
import { hostRandom } from '../../../models/index.ts'
import { symmetricEigen } from '../../../models/projections/eigen.ts'
import { addProducts } from '../../../models/projections/products.ts'
import { singularValues } from '../../../models/projections/singular-values.ts'
import * as fc from '../../fc.ts'

/** Rows that are orthonormal, [d, d]: the eigenvectors of a random symmetric matrix. */
const rotation = (d: number, seed: number): Float64Array => {
  const random = hostRandom(seed)
  const matrix = Float64Array.from({ length: d * d }, () => random.normal())
  return symmetricEigen(matrix, d).vectors
}

const seed = fc.nat(1000)

test('of a rotation times a diagonal times a rotation they are the diagonal, however much smaller some are than others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(0, 3, 12),
      seed,
      seed,
      (widths, decades, first, second) => {
        const d = widths.length
        const diagonal = widths.map((width) => (1 + width) * 10 ** (-decades * width))
        const scaled = rotation(d, first).map((value, at) => value * diagonal[at % d]!)
        const matrix = new Float64Array(d * d)
        addProducts(scaled, d, rotation(d, second), d, d, matrix)
        const values = singularValues(matrix, d, d).sort((a, b) => b - a)
        const expected = diagonal.sort((a, b) => b - a)
        for (const [i, value] of expected.entries()) expect(Math.abs(values[i]! - value)).toBeLessThan(2e-14)
      },
    ),
  )
})

test('of rows that are few, or alike, or nothing, some are 0', () => {
  expect([...singularValues(Float64Array.of(3, 4), 1, 2)]).toEqual([5])
  expect([...singularValues(Float64Array.of(3, 4, 3, 4, 0, 0), 3, 2)].sort()).toEqual([
    0,
    0,
    expect.closeTo(5 * Math.SQRT2, 12),
  ])
  expect([...singularValues(new Float64Array(4), 2, 2)]).toEqual([0, 0])
  expect(singularValues(Float64Array.of(Number.NaN, 1, 1, 1), 2, 2).some(Number.isNaN)).toBe(true)
})
