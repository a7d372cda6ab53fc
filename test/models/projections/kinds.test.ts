import { describe, expect, test } from 'vitest'
import {
  averageProjection,
  gaussianProjection,
  hadamardProjection,
  orthogonalProjection,
  type Projection,
  pcaProjection,
  project,
  unproject,
  whiteningProjection,
} from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { apart, drawn, gram, identity, isotropic, problems, secondMoment, seeds } from './drawn.ts'

type Kind = (features: ReturnType<typeof drawn>, latentDim: number, seed: number) => Projection

const kinds: readonly (readonly [string, Kind])[] = [
  ['gaussian', (features, d, seed) => gaussianProjection(features, d, { seed })],
  ['orthogonal', (features, d, seed) => orthogonalProjection(features, d, { seed, normalisation: 'global' })],
  ['hadamard', (features, d, seed) => hadamardProjection(features, d, { seed, normalisation: 'none' })],
  ['average', (features, d) => averageProjection(features, d)],
  ['pca', (features, d) => pcaProjection(features, d, { normalisation: 'global' })],
  ['whitening', (features, d) => whiteningProjection(features, d)],
]

describe.each(kinds)('%s', (kind, make) => {
  test('gives latents of mean 0 and second moment D, of the rows it was fitted to', () => {
    fc.assert(
      fc.property(problems, ({ rows, featureDim, latentDim, seed }) => {
        const features = drawn(rows, featureDim, seed)
        const projection = make(features, latentDim, seed)
        const latents = project(projection, features.data)
        expect(projection.kind).toBe(kind)
        expect(secondMoment(latents, latentDim) / latentDim).toBeCloseTo(1, 5)
        for (let j = 0; j < latentDim; j += 1) {
          let sum = 0
          for (let row = 0; row < rows; row += 1) sum += latents[row * latentDim + j]!
          expect(Math.abs(sum / rows)).toBeLessThan(2e-5 * latentDim)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('is brought back by its inverse, as far as it goes', () => {
    fc.assert(
      fc.property(problems, ({ rows, featureDim, latentDim, seed }) => {
        const features = drawn(rows, featureDim, seed)
        const projection = make(features, latentDim, seed)
        const latents = project(projection, features.data)
        const again = project(projection, unproject(projection, latents))
        // A Gaussian W of as many rows as columns may be nearly singular: then there is no telling.
        if (kind !== 'gaussian' || 2 * latentDim <= featureDim)
          again.forEach((value, at) => {
            expect(Math.abs(value - latents[at]!)).toBeLessThan(2e-3)
          })
      }),
      { numRuns: 20 },
    )
  })
})

test('a projection to more dimensions keeps everything', () => {
  const features = drawn(30, 5, 1)
  for (const projection of [gaussianProjection(features, 12), orthogonalProjection(features, 12)]) {
    const back = unproject(projection, project(projection, features.data))
    back.forEach((value, at) => {
      expect(value).toBeCloseTo(features.data[at]!, 3)
    })
  }
})

test('Gaussian weights have mean 0 and variance 1 / F', () => {
  // Ten seeds together: of one alone the variance may be off by more than four standard errors, as it is of seed 5.
  const weights = Array.from({ length: 10 }, (_, seed) => [
    ...gaussianProjection(isotropic(3, 400, 0), 50, { seed }).weights,
  ]).flat()
  const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length
  const square = weights.reduce((sum, value) => sum + value * value, 0) / weights.length
  // The variance of the square of a normal number is 2.
  expect(Math.abs(mean) * Math.sqrt(400)).toBeLessThan(4 / Math.sqrt(weights.length))
  expect(Math.abs(square * 400 - 1)).toBeLessThan(4 * Math.sqrt(2 / weights.length))
})

test('orthogonal weights have orthonormal columns, or rows; Hadamard ones, where F is a power of two', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), seeds, (f, d, seed) => {
      const { weights } = orthogonalProjection(isotropic(4, f, seed), d, { seed })
      const columns = weights.map((_, at) => weights[(at % f) * d + Math.floor(at / f)]!)
      const [product, n] = d <= f ? [gram(weights, f, d), d] : [gram(columns, d, f), f]
      expect(apart(product, identity(n))).toBeLessThan(1e-6)
    }),
    { numRuns: 40 },
  )
  for (const f of [1, 2, 16, 64]) {
    const d = Math.ceil(f / 2)
    const { weights } = hadamardProjection(isotropic(4, f, f), d, { seed: f })
    expect(apart(gram(weights, f, d), identity(d))).toBeLessThan(1e-6)
  }
})

test('orthogonal directions are uniform: the first entry of the first has the moments of a point on a sphere', () => {
  const f = 4
  const entries = Array.from({ length: 2000 }, (_, seed) => {
    const { weights } = orthogonalProjection(isotropic(2, f, 1), 2, { seed })
    return weights[0]!
  })
  const moment = (p: number): number => entries.reduce((sum, value) => sum + value ** p, 0) / entries.length
  // E w = 0, E w^2 = 1 / f, E w^4 = 3 / (f (f + 2)); four standard errors.
  expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / f / 2000))
  expect(Math.abs(moment(2) - 1 / f)).toBeLessThan(4 * Math.sqrt((3 / (f * (f + 2)) - 1 / f ** 2) / 2000))
})

test('means are those of AdaptiveAvgPool1d', () => {
  // torch.nn.AdaptiveAvgPool1d(n)(torch.arange(10.) ** 2 [None, None]), whose windows are [floor(j 10 / n), ceil((j +
  // 1) 10 / n)).
  const squares = Array.from({ length: 10 }, (_, i) => i * i)
  const mean = (start: number, end: number): number =>
    squares.slice(start, end).reduce((sum, value) => sum + value, 0) / (end - start)
  const windows: { readonly [n: number]: readonly (readonly [number, number])[] } = {
    1: [[0, 10]],
    3: [
      [0, 4],
      [3, 7],
      [6, 10],
    ],
    4: [
      [0, 3],
      [2, 5],
      [5, 8],
      [7, 10],
    ],
    5: [
      [0, 2],
      [2, 4],
      [4, 6],
      [6, 8],
      [8, 10],
    ],
    12: [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 4],
      [3, 5],
      [4, 5],
      [5, 6],
      [5, 7],
      [6, 8],
      [7, 9],
      [8, 10],
      [9, 10],
    ],
  }
  const features = drawn(20, 10, 3)
  for (const [n, expected] of Object.entries(windows)) {
    const d = Number(n)
    const { weights } = averageProjection(features, d)
    const pooled = Array.from({ length: d }, (_, j) =>
      squares.reduce((sum, value, i) => sum + value * weights[i * d + j]!, 0),
    )
    pooled.forEach((value, j) => {
      expect(value).toBeCloseTo(mean(...expected[j]!), 4)
    })
  }
})
