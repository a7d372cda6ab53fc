import { expect, test } from 'vitest'
import { hostRandom } from '../../../models/index.ts'
import { symmetricEigen } from '../../../models/projections/eigen.ts'
import { addProducts } from '../../../models/projections/products.ts'
import * as fc from '../../fc.ts'
import { apart, gram, identity, seeds } from './drawn.ts'

const sizes = fc.integer({ min: 1, max: 17 })
// Of squares of the first and the last, nothing is left in float64.
const units = fc.constantFrom(1e-200, 1e-20, 1, 1e20, 1e200)

test('eigenvectors are orthonormal, and make up the matrix again, also where eigenvalues are equal or 0', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 17 }), seeds, units, (n, rank, seed, unit) => {
      const random = hostRandom(seed)
      // Whole numbers, and fewer rows than columns: eigenvalues that are 0, and the same more than once.
      const rows = Float64Array.from({ length: rank * n }, () => Math.round(2 * random.normal()))
      const matrix = Float64Array.from(gram(rows, rank, n).flat(), (value) => value * unit)
      const { values, vectors } = symmetricEigen(matrix, n)
      const columns = vectors.map((_, at) => vectors[(at % n) * n + Math.floor(at / n)]!)
      expect(apart(gram(columns, n, n), identity(n))).toBeLessThan(1e-12)
      const size = unit + (values[0] ?? 0)
      for (let i = 0; i < n; i += 1)
        for (let j = 0; j < n; j += 1) {
          let sum = 0
          for (let k = 0; k < n; k += 1) sum += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!
          expect(Math.abs(sum - matrix[i * n + j]!)).toBeLessThan(1e-12 * size)
        }
      expect([...values]).toEqual([...values].sort((a, b) => b - a))
    }),
    // Of rank 1: what the first reflection leaves are rounding errors, what the second leaves those of rounding errors.
    { numRuns: 60, examples: [[13, 1, 364_394, 1]] },
  )
})

test('products in tiles are sums of products, of any sizes, and of a triangle below the diagonal', () => {
  const size = fc.integer({ min: 0, max: 11 })
  fc.assert(
    fc.property(size, size, size, fc.boolean(), (n, m, k, triangle) => {
      const random = hostRandom(n + 100 * m + 10_000 * k)
      const a = Float64Array.from({ length: n * k }, () => random.normal())
      const b = Float64Array.from({ length: m * k }, () => random.normal())
      const out = new Float64Array(n * m).fill(1)
      addProducts(a, n, b, m, k, out, triangle)
      for (let i = 0; i < n; i += 1)
        for (let j = 0; j < (triangle ? Math.min(m, i + 1) : m); j += 1) {
          let sum = 1
          for (let c = 0; c < k; c += 1) sum += a[i * k + c]! * b[j * k + c]!
          expect(out[i * m + j]).toBeCloseTo(sum, 12)
        }
    }),
    { numRuns: 60 },
  )
})
