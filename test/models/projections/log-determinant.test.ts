import { expect, test } from 'vitest'
import {
  averageProjection,
  gaussianProjection,
  orthogonalProjection,
  pcaProjection,
  project,
  whiteningProjection,
} from '../../../models/index.ts'
import { logDeterminant } from '../../../models/projections/log-determinant.ts'
import { singularValues } from '../../../models/projections/singular-values.ts'
import * as fc from '../../fc.ts'
import { drawn, seeds } from './drawn.ts'

const kinds = { averageProjection, gaussianProjection, orthogonalProjection, pcaProjection, whiteningProjection }

test.each(Object.entries(kinds))(
  '%s: it is that of the map of rows, as its steps along each feature tell',
  (_, fit) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), seeds, (n, seed) => {
        const features = drawn(60, n, seed)
        const projection = fit(features, n)
        const steps = Float32Array.from({ length: (n + 1) * n }, (_, at) => (at % n === Math.floor(at / n) ? 64 : 0))
        const mapped = project(projection, steps)
        const jacobian = Float64Array.from({ length: n * n }, (_, at) => (mapped[at]! - mapped[n * n + (at % n)]!) / 64)
        const logs = singularValues(jacobian, n, n).reduce((sum, value) => sum + Math.log(value), 0)
        expect(logDeterminant(projection)).toBeCloseTo(logs, 2)
      }),
      { numRuns: 20 },
    )
  },
)

test('what cannot be turned back has none', () => {
  const features = drawn(60, 4, 0)
  expect(logDeterminant(pcaProjection(features, 3))).toBeUndefined()
  expect(logDeterminant(gaussianProjection(features, 5))).toBeUndefined()
  const { weights, ...others } = gaussianProjection(features, 4)
  const singular = weights.map((value, at) => (at >= 12 ? weights[at - 4]! : value))
  expect(logDeterminant({ ...others, weights: singular })).toBeUndefined()
})
