import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, type Device, f32, openDevice, program } from '../../../index.ts'
import {
  classifierFeatures,
  codebookFeatures,
  columnFeatures,
  decodedRows,
  featureTarget,
  hostRandom,
  latentsOf,
  linearProbe,
  mlpAutoencoder,
  pcaProjection,
  vaeFeatures,
  vectorQuantiser,
} from '../../../models/index.ts'
import { dataset, subset } from '../../../runtime/data/index.ts'

/**
 * Two classes of images of 4 x 4: a bright row or a bright column, anywhere, among noise. No single pixel tells them
 * apart.
 */
const bars = (() => {
  const random = hostRandom(1)
  const rows = Array.from({ length: 300 }, (_, i) => ({ label: i % 2, at: Math.floor(4 * random.uniform()) }))
  const image = rows.flatMap(({ label, at }) =>
    Array.from({ length: 16 }, (_, p) => ((label === 0 ? p >> 2 : p % 4) === at ? 0.8 : 0.1) + 0.1 * random.uniform()),
  )
  return dataset({
    image: { shape: [4, 4], data: Float32Array.from(image) },
    label: { shape: [], data: Uint32Array.from(rows, ({ label }) => label) },
  })
})()
const first = subset(
  bars,
  Array.from({ length: 200 }, (_, i) => i),
)
const rest = subset(
  bars,
  Array.from({ length: 100 }, (_, i) => 200 + i),
)
const labels = Uint32Array.from({ length: 100 }, (_, i) => i % 2)

let device: Device
beforeAll(async () => {
  device = await openDevice('cpu')
})
afterAll(() => device.dispose())

describe('rows through a model', () => {
  const model = mlpAutoencoder({ shape: [4, 4], latent: [2, 3], widths: [5] })
  /** Its first parameters, on the device. */
  const first = async () => {
    const state = program({ state: { params: model.params } }, ({ state }) => ({ state }))
    return (await (await compile(state, device)).init({ seed: 4 })).params
  }

  test('are what a program gives, for any number of rows at a time', async () => {
    const params = await first()
    const of = program({ params: model.params, x: f32('n', 4, 4) }, ({ params, x }) => {
      const z = model.encode(params, x)
      return { z, back: model.decode(params, z) }
    })
    const { image } = await rest.rows(Array.from({ length: 100 }, (_, i) => i))
    const made = (await compile(of, device, { n: 100 }))({ params, x: image })
    const [z, back] = [await made.z.read(), await made.back.read()]
    for (const batch of [7, 100, 512]) {
      const latents = await latentsOf(model, params, rest, device, { batch })
      expect(latents.dimension).toBe(6)
      expect([...latents.data]).toEqual([...z])
      expect([...(await decodedRows(model, params, latents.data, device, { batch }))]).toEqual([...back])
    }
  })

  test('are probabilities, where the decoder gives logits', async () => {
    const params = await first()
    const latents = Float32Array.from({ length: 12 }, (_, i) => 4 * Math.sin(i))
    const logits = await decodedRows(model, params, latents, device)
    const pixels = await decodedRows(model, params, latents, device, { reconstruction: 'bernoulli' })
    for (const [i, logit] of logits.entries()) expect(pixels[i]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6)
  })

  test('a column that is not there is named', async () => {
    await expect(latentsOf(model, await first(), bars, device, { column: 'pixels' })).rejects.toThrow(
      'expected pixels to be a column of f32; there are image, label: name it with { column }',
    )
  })
})

test('features of a classifier tell classes that pixels do not, for rows that it has not seen, and are a target', async () => {
  const options = { steps: 400, batch: 32, dimension: 8, widths: [24], learningRate: 5e-3, seed: 2 } as const
  const { features, loss } = await classifierFeatures(first, device, { ...options, rows: bars })
  expect(features.dimension).toBe(8)
  expect(features.data).toHaveLength(300 * 8)
  expect(loss).toBeLessThan(0.2)
  const probe = (all: { data: Float32Array; dimension: number }) => {
    const of = (start: number, end: number) => ({
      data: all.data.slice(start * all.dimension, end * all.dimension),
      dimension: all.dimension,
      labels: Uint32Array.from({ length: end - start }, (_, i) => i % 2),
    })
    return linearProbe(of(0, 200), of(200, 300)).accuracy
  }
  expect(probe(await columnFeatures(bars, 'image'))).toBeLessThan(0.75)
  expect(probe(features)).toBeGreaterThan(0.9)
  const target = featureTarget({
    features: features.data,
    dimension: 8,
    name: 'classifier',
    projection: (train) => pcaProjection(train, 3),
  })
  expect([target.train.latents.length, target.heldOut.latents.length]).toEqual([270 * 3, 30 * 3])
  expect(target.train.statistics().secondMoment).toBeCloseTo(3, 4)
})

test('features of a VAE are the means of its latents, and can be decoded', async () => {
  const model = mlpAutoencoder({ shape: [4, 4], latent: 3, widths: [24], variational: true })
  const { features, params, last } = await vaeFeatures(first, device, {
    model,
    steps: 600,
    batch: 32,
    learningRate: 5e-3,
    reconstruction: 'squared',
    kl: { weight: 0.02 },
    rows: rest,
  })
  expect(features.data).toHaveLength(100 * 3)
  expect([...(await latentsOf(model, params, rest, device)).data]).toEqual([...features.data])
  expect(last.loss).toBeCloseTo(last.reconstruction! + 0.02 * last.kl!, 5)
  const decoded = await decodedRows(model, params, features.data, device)
  const { image } = await rest.rows(labels.map((_, i) => i))
  const squares = decoded.reduce((sum, value, i) => sum + (value - image[i]!) ** 2, 0) / 100
  // The variance around the mean image is 16 (0.7^2 3 / 16) = 1.5, and that of the noise 16 (0.1^2 / 12) = 0.013.
  expect(squares).toBeLessThan(0.4)
})

test.each(['average', 'gradient'] as const)('features of a codebook are its rows, by %s', async (method) => {
  const model = mlpAutoencoder({ shape: [4, 4], latent: [2, 3], widths: [24] })
  const quantiser = vectorQuantiser({ codes: 6, dimension: 3, method, decay: 0.9 })
  const options = { model, quantiser, steps: 300, batch: 32, learningRate: 5e-3 }
  const { features, uses, last } = await codebookFeatures(first, device, options)
  expect([features.dimension, features.data.length]).toEqual([3, 18])
  // Two vectors of each of 32 rows have a code.
  expect(uses.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(60)
  expect(last.reconstruction).toBeLessThan(1)
  expect(new Set(features.data).size).toBe(18)
})

test('the same seed gives the same features, another others', async () => {
  const features = async (seed: number) => [
    ...(await classifierFeatures(first, device, { steps: 5, batch: 16, dimension: 4, widths: [4], seed })).features
      .data,
  ]
  const one = await features(1)
  expect(await features(1)).toEqual(one)
  expect(await features(2)).not.toEqual(one)
})

test('columns that are not there are named', async () => {
  await expect(classifierFeatures(first as never, device, { label: 'kind' })).rejects.toThrow(
    'classifierFeatures: expected image to be a column of f32 and kind one of whole numbers; there are image, label',
  )
  await expect(vaeFeatures(first, device, { column: 'label' })).rejects.toThrow(
    'vaeFeatures: expected label to be a column of f32; there are image, label',
  )
  await expect(codebookFeatures(first, device, { column: 'x' })).rejects.toThrow(
    'codebookFeatures: expected x to be a column of f32; there are image, label',
  )
})
