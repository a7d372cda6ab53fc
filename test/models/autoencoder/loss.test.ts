import { describe, expect, test } from 'vitest'
import { f32, type Key, key, normal, program, split, type Tensor, uniform } from '../../../dsl/index.ts'
import {
  align,
  alignTokens,
  autoencoderLoss,
  matchDistribution,
  mlpAutoencoder,
  normalisedLatents,
  reconstructionLoss,
  reparameterised,
  simpleMlpAdaLN,
} from '../../../models/index.ts'
import { array, checkGradient, evaluateProgram, type NdArray, tensors } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'

const plain = mlpAutoencoder({ shape: [2, 3], latent: 2, widths: [4] })
const variational = mlpAutoencoder({ shape: [2, 3], latent: 2, widths: [4], variational: true })
const prior = simpleMlpAdaLN(2, { width: 4, blocks: 1 })
/** Inputs of a program: pixels from 0 to 1, parameters from -1 to 1. */
const drawn = (of: unknown, dims: object = { n: 4 }): never => {
  const values = { params: { min: -1, max: 1 }, x: { min: 0, max: 1 } }
  return fc.sample(tensors(of as never, { dims, values } as never), { numRuns: 1, seed: 1 })[0] as never
}

describe('reconstruction, the sum over the pixels of each row', () => {
  const both = program({ a: f32('n', 2, 3), x: f32('n', 2, 3) }, ({ a, x }) => ({
    squared: reconstructionLoss(a, x),
    bernoulli: reconstructionLoss(a, x, 'bernoulli'),
  }))

  test('is the squared error, or the binary cross-entropy of logits', () => {
    fc.assert(
      fc.property(
        tensors(both, { dims: { n: { min: 1 } }, values: { a: { min: -9, max: 9 }, x: { min: 0, max: 1 } } }),
        (given) => {
          const { a, x } = given as unknown as { a: NdArray; x: NdArray }
          const found = evaluateProgram(both, given)
          const sums = (f: (a: number, x: number) => number) =>
            Array.from({ length: a.shape[0]! }, (_, n) =>
              [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + f(a.data[6 * n + i]!, x.data[6 * n + i]!), 0),
            )
          for (const [i, sum] of sums((a, x) => (a - x) ** 2).entries())
            expect(found.squared.data[i]).toBeCloseTo(sum, 9)
          const p = (a: number) => 1 / (1 + Math.exp(-a))
          for (const [i, sum] of sums((a, x) => -x * Math.log(p(a)) - (1 - x) * Math.log(1 - p(a))).entries())
            expect(found.bernoulli.data[i]).toBeCloseTo(sum, 9)
        },
      ),
    )
  })
})

describe('a variational model', () => {
  test('is charged the divergence, which is the mean of log q(z) - log p(z) over its own draws', () => {
    // From the program: the term itself, and draws of z for one row with their densities in closed form.
    const of = program({ params: variational.params, x: f32(1, 2, 3), key: key() }, ({ params, x, key }) => {
      const { mean, logVariance } = variational.posterior(params, x)
      const many = { mean: mean.broadcastTo([20_000, 2]), logVariance: logVariance.broadcastTo([20_000, 2]) }
      const z = reparameterised(many, key)
      const inside = z.sub(mean).square().div(logVariance.exp()).add(logVariance)
      return { ratio: z.square().sub(inside).sum(1).div(2), mean, logVariance }
    })
    const term = program({ params: variational.params, x: f32('n', 2, 3), key: key() }, ({ params, x, key }) =>
      autoencoderLoss(variational, params, x as never, key),
    )
    const { params, x } = drawn(of, {}) as { params: never; x: NdArray }
    const { ratio } = evaluateProgram(of, { params, x, key: [1, 2] } as never)
    const { kl } = evaluateProgram(term, { params, x, key: [1, 2] } as never) as unknown as { kl: NdArray }
    const mean = ratio.data.reduce((sum, value) => sum + value, 0) / 20_000
    const std = Math.sqrt(ratio.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 20_000)
    expect(std).toBeGreaterThan(0.1)
    expect(Math.abs(kl.data[0]! - mean)).toBeLessThan((4 * std) / Math.sqrt(20_000))
  })

  test('adds up: loss = reconstruction + weight kl, with 1 unless given', () => {
    const weighed = (kl?: { weight: number }) =>
      program({ params: variational.params, x: f32('n', 2, 3), key: key() }, ({ params, x, key }) =>
        autoencoderLoss(variational, params, x, key, { ...(kl && { kl }) }),
      )
    const given = drawn(weighed())
    for (const weight of [undefined, 0, 0.25]) {
      const { loss, reconstruction, kl } = evaluateProgram(
        weighed(weight === undefined ? undefined : { weight }),
        given,
      )
      expect(loss.data[0]).toBeCloseTo(reconstruction.data[0]! + (weight ?? 1) * kl.data[0]!, 12)
    }
  })

  test('its gradient, through the draw, is that of its values', () => {
    const loss = program(
      { params: variational.params, x: f32('n', 2, 3), key: key() },
      ({ params, x, key }) => autoencoderLoss(variational, params, x, key, { reconstruction: 'bernoulli' }).loss,
    )
    checkGradient(loss, drawn(loss), { wrt: 'params' })
  })
})

test('noise is added to latents for the decoder, and not for the regulariser', () => {
  const options = (latentNoise: number) => ({
    latentNoise,
    regulariser: { weight: 1, inputs: {}, loss: (y: Tensor<['n', 2]>) => y.square().sum(1) },
  })
  const of = program({ params: plain.params, x: f32('n', 2, 3), key: key() }, ({ params, x, key }) => {
    const [, forNoise] = split(key, 3)
    const z = plain.encode(params, x)
    const decoded = plain.decode(params, z.add(normal(forNoise, ['n', 2]).mul(0.5)))
    return {
      noisy: autoencoderLoss(plain, params, x, key, options(0.5)),
      clean: autoencoderLoss(plain, params, x, key, options(0)),
      byHand: reconstructionLoss(decoded, x).mean(),
    }
  })
  const { noisy, clean, byHand } = evaluateProgram(of, drawn(of))
  expect(noisy.reconstruction.data[0]).toBeCloseTo(byHand.data[0]!, 12)
  expect(noisy.reconstruction.data[0]).not.toBeCloseTo(clean.reconstruction.data[0]!, 3)
  expect([...noisy.regulariser.data]).toEqual([...clean.regulariser.data])
})

describe('a regulariser', () => {
  const hooks: readonly [string, (v: never, y: never, key: Key) => Tensor<['n']>][] = [
    ['align', align as never],
    ['matchDistribution', matchDistribution as never],
  ]
  test.each(hooks)('%s: the term is what the function gives by hand, and counts by its weight', (_, hook) => {
    const of = program(
      { params: plain.params, extra: { prior: prior.params }, x: f32('n', 2, 3), key: key() },
      ({ params, extra, x, key }) => {
        const v = (prior: typeof extra.prior) => (x: Tensor<['n', 2]>, t: Tensor<['n']>) => field.apply(prior, x, t)
        const loss = (y: Tensor<['n', 2]>, key: Key, { prior }: typeof extra) =>
          hook(v(prior) as never, y as never, key)
        const regulariser = { weight: 0.3, inputs: { prior: field.params }, loss }
        const [, , forRegulariser] = split(key, 3)
        const z = plain.encode(params, x)
        return {
          terms: autoencoderLoss(plain, params, x, key, { regulariser }, extra),
          byHand: loss(z, forRegulariser, extra).mean(),
          reconstruction: reconstructionLoss(plain.decode(params, z), x).mean(),
        }
      },
    )
    const { terms, byHand, reconstruction } = evaluateProgram(of, drawn(of))
    expect(terms.regulariser.data[0]).toBe(byHand.data[0])
    expect(terms.regulariser.data[0]).toBeGreaterThan(0.01)
    expect(terms.loss.data[0]).toBeCloseTo(reconstruction.data[0]! + 0.3 * byHand.data[0]!, 12)
  })
  const field = prior

  test('of tokens sees them all', () => {
    const model = mlpAutoencoder({ shape: [2, 3], latent: [3, 2], widths: [4] })
    const of = program(
      { params: model.params, extra: { prior: prior.params }, x: f32('n', 2, 3), key: key() },
      ({ params, extra, x, key }) => {
        const loss = (y: Tensor<['n', 3, 2]>, key: Key, { prior }: typeof extra) =>
          alignTokens<'n', 3, 2>((x, t) => field.apply(prior, x, t), y, key)
        const regulariser = { weight: 1, inputs: { prior: prior.params }, loss }
        const [, , forRegulariser] = split(key, 3)
        return {
          found: autoencoderLoss(model, params, x, key, { regulariser }, extra).regulariser,
          byHand: loss(model.encode(params, x), forRegulariser, extra).mean(),
        }
      },
    )
    const { found, byHand } = evaluateProgram(of, drawn(of))
    expect(found.data[0]).toBe(byHand.data[0])
  })

  test('its gradient reaches the encoder, through normalised latents, too', () => {
    for (const normalise of ['none', 'layer', 'batch'] as const) {
      const loss = program(
        { params: plain.params, extra: { at: f32(2) }, x: f32('n', 2, 3), key: key() },
        ({ params, extra, x, key }) =>
          autoencoderLoss(
            plain,
            params,
            x,
            key,
            {
              regulariser: {
                weight: 2,
                normalise,
                inputs: { at: f32(2) },
                loss: (y, key, { at }) =>
                  y
                    .sub(at)
                    .add(uniform(key, ['n', 2]))
                    .square()
                    .sum(1),
              },
            },
            extra,
          ).loss,
      )
      checkGradient(loss, drawn(loss), { wrt: 'params' })
    }
  })
})

test('latents are normalised over the dims of a vector, or over the batch and the tokens', () => {
  const of = (kind: 'layer' | 'batch') => program({ z: f32('n', 2, 3) }, ({ z }) => normalisedLatents(z, kind))
  const moments = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length] as const
  }
  const z = array(
    Array.from({ length: 5 }, (_, n) =>
      [0, 1].map((k) => [0, 1, 2].map((d) => 9 * Math.sin(7 * n + 3 * k + d * d) + d)),
    ),
  )
  const layer = evaluateProgram(of('layer'), { z })
  const batch = evaluateProgram(of('batch'), { z })
  expect(layer.shape).toEqual([5, 2, 3])
  for (let row = 0; row < 10; row++) {
    const [mean, variance] = moments([...layer.data.slice(3 * row, 3 * row + 3)])
    expect(mean).toBeCloseTo(0, 10)
    expect(variance).toBeCloseTo(1, 3)
  }
  for (let dim = 0; dim < 3; dim++) {
    const [mean, variance] = moments([...batch.data].filter((_, i) => i % 3 === dim))
    expect(mean).toBeCloseTo(0, 10)
    expect(variance).toBeCloseTo(1, 4)
  }
})

test('options that are none are refused', () => {
  const trying = (options: object) => {
    const of = program({ params: plain.params, x: f32('n', 2, 3), key: key() }, ({ params, x, key }) =>
      autoencoderLoss(plain, params, x, key, options),
    )
    return () => evaluateProgram(of, drawn(of))
  }
  for (const [options, message] of [
    [{ kl: { weight: 1 } }, 'kl is for a variational model; make it with { variational: true }'],
    [{ latentNoise: -1 }, 'latentNoise is -1, needs a number of at least 0'],
    [{ reconstruction: 'l1' }, "reconstruction is l1, needs 'squared' or 'bernoulli'"],
    [{ regulariser: { weight: 1, inputs: {} } }, 'regulariser.loss is not a function'],
  ] as const)
    expect(trying(options)).toThrow(message)
})
