import { expect, expectTypeOf, test } from 'vitest'
import { f32, program } from '../../../dsl/index.ts'
import { fit, openDevice } from '../../../index.ts'
import {
  columnFeatures,
  type FeatureTarget,
  featureTarget,
  gaussianProjection,
  hostRandom,
  pcaProjection,
  project,
  rowStatistics,
  tensorFeatures,
  twoNearest,
  whiteningProjection,
} from '../../../models/index.ts'
import { dataset, subset } from '../../../runtime/data/index.ts'
import { loadMnist } from '../../../runtime/node/index.ts'
import * as fc from '../../fc.ts'
import { drawn, isotropic, secondMoment, seeds } from './drawn.ts'

test('digits become 32 latents that a step is trained on', async () => {
  const digits = await loadMnist()
  const some = subset(
    digits,
    Uint32Array.from({ length: 600 }, (_, i) => Math.floor((i * digits.size) / 600)),
  )
  const { data, dimension } = await columnFeatures(some, 'image')
  // A quarter of the pixels, for a fast test.
  const features = Float32Array.from({ length: 600 * 196 }, (_, at) => {
    const [row, i] = [Math.floor(at / 196), at % 196]
    const corner = row * dimension + 56 * Math.floor(i / 14) + 2 * (i % 14)
    return (data[corner]! + data[corner + 1]! + data[corner + 28]! + data[corner + 29]!) / 4
  })
  const target = featureTarget({
    features,
    dimension: 196,
    name: 'digits',
    projection: (train) => pcaProjection(train, 32, { normalisation: 'global' }),
    seed: 3,
  })
  expectTypeOf(target).toEqualTypeOf<FeatureTarget<196, 32, 'y'>>()
  expect([target.train.data.size, target.heldOut.data.size]).toEqual([540, 60])
  expect(secondMoment(target.train.latents, 32)).toBeCloseTo(32, 4)
  expect(target.projection.explained!.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.8)
  const { participationRatio, intrinsicDimension } = target.train.statistics()
  expect(participationRatio).toBeGreaterThan(5)
  expect(participationRatio).toBeLessThan(32)
  expect(intrinsicDimension!.value).toBeGreaterThan(4)
  expect(intrinsicDimension!.value).toBeLessThan(16)

  const step = program({ state: { mean: f32(32) }, y: f32('n', 32) }, ({ state, y }) => {
    const mean = state.mean.add(y.sub(state.mean).mean(0).mul(0.5))
    return { state: { mean }, loss: y.square().sum(1).mean() }
  })
  const device = await openDevice('cpu')
  using trained = await fit(step, device, { n: 540 }, { data: target.train.data, steps: 2 })
  expect(trained.entries.at(-1)!.values.loss).toBeCloseTo(32, 3)
  device.dispose()
})

test('a projection is fitted to the rows that are trained on, and to no others', () => {
  const { data } = drawn(200, 6, 3)
  const make = (train: { data: Float32Array; dimension: 6 }) => pcaProjection(train, 3)
  const { projection, train, heldOut } = featureTarget({ features: data, dimension: 6, name: 'rows', projection: make })
  const rows = Float32Array.from([...train.indices].flatMap((row) => [...data.slice(6 * row, 6 * row + 6)]))
  expect(projection).toEqual(make({ data: rows, dimension: 6 }))
  // Whatever they are.
  const others = data.slice()
  for (const row of heldOut.indices) others.fill(100, 6 * row, 6 * row + 6)
  const again = featureTarget({ features: others, dimension: 6, name: 'rows', projection: make })
  expect(again.projection).toEqual(projection)
  expect(again.train.latents).toEqual(train.latents)
})

test('held-out rows have the second moment of the others, where the weights know neither', () => {
  const target = featureTarget({
    features: drawn(4000, 12, 5).data,
    dimension: 12,
    name: 'rows',
    projection: (train) => gaussianProjection(train, 8),
    heldOut: 0.5,
  })
  const squaresOf = (latents: Float32Array): number[] =>
    Array.from({ length: latents.length / 8 }, (_, row) => secondMoment(latents.slice(8 * row, 8 * row + 8), 8))
  const squares = squaresOf(target.heldOut.latents)
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length
  const variance = squares.reduce((sum, square) => sum + (square - mean) ** 2, 0) / squares.length
  // Four standard errors of the difference of two means: that of the rows it was scaled by is 8, but of a sample, too.
  expect(Math.abs(mean - 8)).toBeLessThan(4 * Math.sqrt((2 * variance) / squares.length))
})

test('a table of words, without a projection, is centred and scaled, and keeps its rows together', async () => {
  const table = isotropic(300, 10, 1)
  // Two clusters of words, one twice as wide.
  const vectors = table.data.map((value, at) => (at < 1500 ? value + 5 : 2 * value - 5))
  const words = dataset({ vector: { shape: [10], data: vectors } })
  const { data, dimension } = await columnFeatures(words, 'vector')
  const target = featureTarget({ features: data, dimension, name: 'words', heldOut: 0.2, column: 'word' })
  expect(secondMoment(target.train.latents, 10)).toBeCloseTo(10, 4)
  expect([...target.train.indices, ...target.heldOut.indices].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 300 }, (_, i) => i),
  )
  const { word } = await target.heldOut.data.rows([3])
  const index = target.heldOut.indices[3]!
  expect(word).toEqual(project(target.projection, data.slice(10 * index, 10 * (index + 1))))
  const other = featureTarget({ features: data, dimension, name: 'words', heldOut: 0.2, seed: 1 })
  expect(other.heldOut.indices).not.toEqual(target.heldOut.indices)
  expect(featureTarget({ features: data, dimension, name: 'again', heldOut: 0.2 }).train.indices).toEqual(
    target.train.indices,
  )
})

test('samples are rows that are trained on', () => {
  const target = featureTarget({ features: drawn(30, 3, 2).data, dimension: 3, name: 'rows' })
  const rows = (data: Float32Array): Set<string> =>
    new Set(Array.from({ length: data.length / 3 }, (_, row) => data.slice(3 * row, 3 * row + 3).join()))
  const drawnRows = rows(target.sample(hostRandom(1), 500))
  expect(drawnRows).toEqual(rows(target.train.latents))
})

test('files of halves and bytes are features as well', () => {
  const bytes = tensorFeatures({ dtype: 'u8', shape: [3, 2, 2], data: Uint8Array.from({ length: 12 }, (_, i) => i) })
  expect(bytes).toEqual({ dimension: 4, data: Float32Array.from({ length: 12 }, (_, i) => i) })
})

test('floats of 64 bits are features where f32 loses little: what varies by their own rounding is constant', () => {
  const data = Float64Array.from({ length: 120 }, (_, i) => [1.1, 0.3, 4096.01, 0.1 + 0.2, -7, 0.3][i % 6]!)
  const doubles = tensorFeatures({ dtype: 'f64', shape: [60, 2], data })
  expect(doubles).toEqual({ dimension: 2, data: Float32Array.from(data) })
  const alike = Float64Array.of(1, 1 + 1e-9)
  expect(tensorFeatures({ dtype: 'f64', shape: [2, 1], data: alike }).data).toEqual(Float32Array.of(1, 1))
})

test('moments are those of the rows; of white rows the participation ratio is their dimension', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), seeds, (d, seed) => {
      const features = drawn(60, d, seed)
      const found = rowStatistics(features.data, d)
      expect(found.secondMoment / secondMoment(features.data, d)).toBeCloseTo(1, 5)
      expect(found.participationRatio).toBeLessThanOrEqual(d + 1e-6)
      expect(found.participationRatio).toBeGreaterThanOrEqual(1 - 1e-6)
      const white = project(whiteningProjection(features, d), features.data)
      expect(rowStatistics(white, d).participationRatio).toBeCloseTo(d, 3)
    }),
    { numRuns: 20 },
  )
})

test('the intrinsic dimension of a plane in many dimensions is 2, whatever its density', () => {
  const { data } = isotropic(1000, 2, 9)
  const random = hostRandom(10)
  const map = Array.from({ length: 2 * 20 }, () => random.normal())
  const plane = Float32Array.from({ length: 1000 * 20 }, (_, at) => {
    const [row, i] = [Math.floor(at / 20), at % 20]
    return data[2 * row]! * map[i]! + data[2 * row + 1]! * map[20 + i]!
  })
  const found = twoNearest(plane, 20)!
  // The standard error is about dim / sqrt(n) = 0.06.
  expect(Math.abs(found.value - 2)).toBeLessThan(0.2)
  expect(found).toMatchObject({ rows: 1000, duplicates: 0 })
  expect(Math.abs(twoNearest(plane, 20, { among: 500 })!.value - 2)).toBeLessThan(0.4)
  const doubled = new Float32Array([...plane.slice(0, 2000), ...plane.slice(0, 1000)])
  expect(twoNearest(doubled, 20)).toMatchObject({ rows: 50, duplicates: 100 })
  expect(twoNearest(new Float32Array(40), 20)).toBeUndefined()
  expect(twoNearest(new Float32Array(60), 20)).toBeUndefined()
})
