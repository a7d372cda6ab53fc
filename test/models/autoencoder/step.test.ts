import { describe, expect, test } from 'vitest'
import { adam, ema } from '../../../dsl/optim/index.ts'
import { compile, fit, openDevice, program, type Shape, type Specs } from '../../../index.ts'
import { type Autoencoder, autoencoderStep, mlpAutoencoder, patchAutoencoder } from '../../../models/index.ts'
import { bars, model, weightOf } from './bars.ts'

describe('training', () => {
  test.each([
    ['an mlp', mlpAutoencoder({ shape: [6, 6], latent: 4, widths: [32] })],
    ['patches', patchAutoencoder({ shape: [6, 6], tokens: 4, latent: 3, width: 16, blocks: 1 })],
  ] as const)('of %s: the reconstruction of a small set falls to a twentieth of its variance', async (_, model) => {
    const device = await openDevice('cpu')
    const step = autoencoderStep(model as Autoencoder<readonly [6, 6], Shape, Specs, false>, {
      optimiser: adam({ learningRate: 5e-3 }),
    })
    using fitted = await fit(step, device, { n: 12 }, { data: bars, steps: 250, seed: 1, log: { every: 1 } })
    const values = fitted.entries.map(({ values }) => (values as Record<string, number>).reconstruction!)
    // Around the mean image: 36 pixels of 1/6, 5/36 each.
    expect(values[0]).toBeGreaterThan(4)
    expect(values.at(-1)).toBeLessThan(0.25)
    device.dispose()
  })

  test('is the same to the bit for the same seed, and another for another', async () => {
    const device = await openDevice('cpu')
    const step = autoencoderStep(mlpAutoencoder({ shape: [6, 6], latent: 2, widths: [8], variational: true }), {
      latentNoise: 0.1,
    })
    const losses = async (seed: number) => {
      using fitted = await fit(step, device, { n: 6 }, { data: bars, steps: 10, seed, log: { every: 1 } })
      return fitted.entries.map(({ values }) => values)
    }
    const first = await losses(1)
    expect(await losses(1)).toEqual(first)
    expect(await losses(2)).not.toEqual(first)
    device.dispose()
  })

  test('logs each term by itself', async () => {
    const device = await openDevice('cpu')
    const variational = mlpAutoencoder({ shape: [6, 6], latent: 2, widths: [8], variational: true })
    const step = autoencoderStep(variational, {
      reconstruction: 'bernoulli',
      kl: { weight: 0.5 },
      regulariser: { weight: 3, inputs: {}, loss: (y) => y.square().sum(1) },
    })
    using fitted = await fit(step, device, { n: 6 }, { data: bars, steps: 1, log: { every: 1 } })
    const { loss, reconstruction, kl, regulariser, ...others } = fitted.entries[0]!.values as Record<string, number>
    expect(loss).toBeCloseTo(reconstruction! + 0.5 * kl! + 3 * regulariser!, 4)
    expect(Object.keys(others)).toEqual([])
    device.dispose()
  })

  test('keeps an average of the parameters where it is asked for: of one step, these', async () => {
    const device = await openDevice('cpu')
    const step = autoencoderStep(model, { averaging: 0.9 })
    using fitted = await fit(step, device, { n: 6 }, { data: bars, steps: 1 })
    const read = program({ average: ema(0.9).state(model.params) }, ({ average }) => ema(0.9).read(average))
    const averaged = (await compile(read, device))({ average: fitted.state.average })
    const mean = await weightOf(averaged).read()
    for (const [i, value] of (await weightOf(fitted.state.params).read()).entries())
      expect(mean[i]).toBeCloseTo(value, 6)
    device.dispose()
  })

  test('rows of data may have any name', async () => {
    const device = await openDevice('cpu')
    const step = autoencoderStep(model, { column: 'x' })
    const { image } = await bars.rows([0, 1, 2, 3])
    const run = await compile(step, device, { n: 4 })
    const made = run({ state: await run.init({ seed: 0 }), x: image })
    expect(await made.loss.item()).toBeGreaterThan(0)
    device.dispose()
  })
})

test('what does not fit is refused', () => {
  expect(() => autoencoderStep(model, { kl: { weight: 1 } })).toThrow(
    'autoencoderStep: kl is for a variational model; make it with { variational: true }',
  )
})
