import { describe, expect, test } from 'vitest'
import { adam, sgd } from '../../../dsl/optim/index.ts'
import {
  type AnyProgram,
  compile,
  type Device,
  f32,
  fit,
  key,
  openDevice,
  program,
  split,
  type Tensors,
  toHost,
  valueAndGrad,
} from '../../../index.ts'
import {
  align,
  autoencoderStep,
  mlpAutoencoder,
  priorStep,
  type Regulariser,
  simpleMlpAdaLN,
} from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'
import { compileProgram } from '../../compiler/fuse/compile-program.ts'
import { bars, model, weightOf } from './bars.ts'

const prior = simpleMlpAdaLN(4, { width: 8, blocks: 1 })

/** A prior after a few steps: at its first parameters its velocity is 0. */
const trainedPrior = async (device: Device) => {
  const data = dataset({ y: { shape: [4], data: Float32Array.from({ length: 256 }, (_, i) => Math.sin(i * i)) } })
  const step = priorStep(prior, { optimiser: adam({ learningRate: 0.05 }) })
  const fitted = await fit(step, device, { n: 32 }, { data, steps: 20 })
  return fitted
}
const alignment = (weight: number): Regulariser<[4], { prior: typeof prior.params }> => ({
  weight,
  inputs: { prior: prior.params },
  loss: (y, key, { prior: params }) => align((x, t) => prior.apply(params, x, t), y, key),
})
const aligned = (weight: number) => autoencoderStep(model, { regulariser: alignment(weight) })

describe('a frozen prior', () => {
  test('changes what the encoder learns, and is not changed', async () => {
    const device = await openDevice('cpu')
    using fitted = await trainedPrior(device)
    const params = fitted.state.params
    const all = async () => JSON.stringify([...(await toHost(params))].map(([path, { data }]) => [path, [...data]]))
    const before = await all()
    const trained = async (weight: number) => {
      using run = await compile(aligned(weight), device, { n: 6 })
      const { image } = await bars.rows([0, 1, 2, 6, 7, 8])
      let state = await run.init({ seed: 1 })
      const names = Object.keys(state).sort()
      for (let i = 0; i < 5; i++) state = run({ state, image, extra: { prior: params } }).state
      expect(Object.keys(state).sort()).toEqual(names)
      expect(names).toEqual(['key', 'opt', 'params'])
      return [...(await weightOf(state.params).read())]
    }
    expect(await trained(1)).not.toEqual(await trained(0))
    expect(await all()).toBe(before)
    device.dispose()
  })

  test('a step along the gradient is that of the loss by hand', async () => {
    const device = await openDevice('cpu')
    using fitted = await trainedPrior(device)
    const extra = { prior: fitted.state.params }
    const options = { regulariser: alignment(0.5) }
    const step = autoencoderStep(model, { ...options, optimiser: sgd({ learningRate: 0.01 }) })
    const byHand = program(
      { params: model.params, extra: { prior: prior.params }, key: key(), image: f32('n', 6, 6) },
      ({ params, extra, key, image }) => {
        const loss = (params: Tensors<typeof model.params>) => {
          const z = model.encode(params, image)
          const [, , forRegulariser] = split(split(key, 2)[1], 3)
          const each = align((x, t) => prior.apply(extra.prior, x, t), z, forRegulariser)
          return model.decode(params, z).sub(image).square().sum().div(4).add(each.mean().mul(0.5))
        }
        const [value, gradient] = valueAndGrad(loss)(params)
        return { value, weight: weightOf(params).sub(weightOf(gradient).mul(0.01)) }
      },
    )
    const { image } = await bars.rows([0, 3, 6, 9])
    const run = await compile(step, device, { n: 4 })
    const state = await run.init({ seed: 2 })
    const hand = await compile(byHand, device, { n: 4 })
    const { value, weight } = hand({ params: state.params, extra, key: state.key, image })
    const [loss, moved] = [await value.item(), await weight.read()]
    const made = run({ state, extra, image })
    expect(await made.loss.item()).toBeCloseTo(loss, 4)
    const found = await weightOf(made.state.params).read()
    for (const [i, one] of moved.entries()) expect(found[i]).toBeCloseTo(one, 6)
    device.dispose()
  })
})

test('steps at the defaults on 128 digits keep to their kernels', () => {
  const count = (step: AnyProgram) => compileProgram(step, { n: 128 }, 'wasm').plan.dispatches.length
  const digits = mlpAutoencoder({ shape: [28, 28], latent: 16 })
  // Six layers, the loss, and six layers back, each with Adam in it.
  expect(count(autoencoderStep(digits))).toBeLessThanOrEqual(13)
  const field = simpleMlpAdaLN(16, { width: 256, blocks: 3 })
  const regulariser: Regulariser<[16], { prior: typeof field.params }> = {
    weight: 0.01,
    inputs: { prior: field.params },
    loss: (y, key, { prior }) => align((x, t) => field.apply(prior, x, t), y, key),
  }
  // And what a pass through the prior and the way back to the latents take, with nothing for its weights.
  expect(count(autoencoderStep(digits, { regulariser }))).toBeLessThanOrEqual(32)
})
