import { expect, test } from 'vitest'
import { type Features, pcaProjection, project, unproject, whiteningProjection } from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { apart, drawn, gram, identity, problems } from './drawn.ts'

/**
 * Of features that are centred: the direction of greatest variance is found by multiplying with the covariance again
 * and again, then taken out.
 */
function byPowers(features: Features, count: number): { readonly variances: number[]; readonly total: number } {
  const { data, dimension: n } = features
  const rows = data.length / n
  const means = Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let row = 0; row < rows; row += 1) sum += data[row * n + i]!
    return sum / rows
  })
  const centred = Float64Array.from(data, (value, at) => value - means[at % n]!)
  const covariance = gram(centred, rows, n).map((row) => row.map((value) => value / rows))
  const total = covariance.reduce((sum, row, i) => sum + row[i]!, 0)
  const variances: number[] = []
  for (let k = 0; k < count; k += 1) {
    let v = Array.from({ length: n }, (_, i) => 1 + 0.37 * Math.sin(1 + i * (k + 2)))
    let value = 0
    for (let turn = 0; turn < 3000; turn += 1) {
      const next = covariance.map((row) => row.reduce((sum, c, j) => sum + c * v[j]!, 0))
      value = Math.hypot(...next)
      v = next.map((c) => c / value)
    }
    variances.push(value)
    for (let i = 0; i < n; i += 1) for (let j = 0; j < n; j += 1) covariance[i]![j]! -= value * v[i]! * v[j]!
  }
  return { variances, total }
}

test('explained variances are those found by multiplying with the covariance, and orthonormal directions have them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.nat(10_000), (featureDim, seed) => {
      const d = Math.min(3, featureDim)
      const features = drawn(40, featureDim, seed)
      const projection = pcaProjection(features, d, { normalisation: 'none' })
      const { variances, total } = byPowers(features, d)
      variances.forEach((value, j) => {
        expect(projection.explained![j]).toBeCloseTo(value / total, 5)
      })
      expect(apart(gram(projection.weights, featureDim, d), identity(d))).toBeLessThan(1e-6)
      const latents = project(projection, features.data)
      const products = gram(latents, 40, d)
      const expected = variances.map((variance, i) =>
        variances.map((_, j) => (i === j ? projection.scale ** 2 * variance : 0)),
      )
      expect(
        apart(
          products.map((row) => row.map((value) => value / 40)),
          expected,
        ),
      ).toBeLessThan(1e-4 * d)
    }),
    { numRuns: 15 },
  )
})

test('what is dropped is what is not explained', () => {
  const features = drawn(200, 10, 4)
  const projection = pcaProjection(features, 4, { normalisation: 'global' })
  const back = unproject(projection, project(projection, features.data))
  const { std } = projection.normalisation
  const lost = back.reduce((sum, value, at) => sum + ((value - features.data[at]!) / std[at % 10]!) ** 2, 0) / 200 / 10
  expect(lost).toBeCloseTo(1 - projection.explained!.reduce((sum, share) => sum + share, 0), 4)
})

test('subspace iteration finds what the covariance has, without making it', () => {
  // Variances that fall as those of real features do.
  const random = drawn(400, 60, 8)
  const features = { ...random, data: random.data.map((value, at) => value * 0.85 ** (at % 60)) }
  const options = { normalisation: 'none' } as const
  const exact = pcaProjection(features, 5, { ...options, method: 'exact' })
  const found = pcaProjection(features, 5, { ...options, method: 'randomised' })
  found.explained!.forEach((share, j) => {
    expect(share).toBeCloseTo(exact.explained![j]!, 6)
  })
  found.weights.forEach((value, at) => {
    expect(value).toBeCloseTo(exact.weights[at]!, 3)
  })
})

test('whitened latents have the covariance I; those of ZCA are symmetric in the features as well', () => {
  fc.assert(
    fc.property(problems, ({ rows, featureDim, latentDim, seed }) => {
      const features = drawn(rows + 20, featureDim, seed)
      const n = features.data.length / featureDim
      const latents = project(whiteningProjection(features, latentDim), features.data)
      const covariance = gram(latents, n, latentDim).map((row) => row.map((value) => value / n))
      expect(apart(covariance, identity(latentDim))).toBeLessThan(2e-3)
      const zca = whiteningProjection(features, featureDim, { zca: true })
      const white = gram(project(zca, features.data), n, featureDim).map((row) => row.map((value) => value / n))
      expect(apart(white, identity(featureDim))).toBeLessThan(2e-3)
      for (let i = 0; i < featureDim; i += 1)
        for (let j = 0; j < i; j += 1)
          expect(zca.weights[i * featureDim + j]).toBeCloseTo(zca.weights[j * featureDim + i]!, 3)
    }),
    { numRuns: 20 },
  )
})

test('eps keeps directions that hardly vary small', () => {
  const features = drawn(100, 3, 1)
  const thin = { ...features, data: features.data.map((value, at) => (at % 3 === 2 ? 1e-3 * value : value)) }
  const stdOfLast = (eps: number): number => {
    const latents = project(whiteningProjection(thin, 3, { normalisation: 'global', eps }), thin.data)
    let square = 0
    for (let at = 2; at < latents.length; at += 3) square += latents[at]! ** 2
    return Math.sqrt(square / 100)
  }
  expect(stdOfLast(0)).toBeCloseTo(1, 2)
  expect(stdOfLast(1e-2)).toBeLessThan(0.1)
})
