import { expect, expectTypeOf, test } from 'vitest'
import { mlp } from '../../../dsl/nn/index.ts'
import { compile, f32, openDevice, program } from '../../../index.ts'
import { type Autoencoder, autoencoder, autoencoderStep } from '../../../models/index.ts'

test('networks of one’s own are an autoencoder, with its types', async () => {
  const model = autoencoder({ shape: [4, 4], latent: 2, encoder: flattened, decoder: mlp([2, 8, 16]) })
  expectTypeOf(model).toExtend<Autoencoder<readonly [4, 4], readonly [2], object & typeof model.params, false>>()
  const device = await openDevice('cpu')
  const both = program({ params: model.params, x: f32('n', 4, 4) }, ({ params, x }) => {
    const y = model.encode(params, x)
    return { y, x: model.decode(params, y) }
  })
  const training = autoencoderStep(model)
  const step = await compile(training, device, { n: 3 })
  const { params } = await step.init({ seed: 0 })
  const run = await compile(both, device, { n: 3 })
  const made = run({ params, x: new Float32Array(48).fill(0.5) })
  expect([made.y.shape, made.x.shape]).toEqual([
    [3, 2],
    [3, 4, 4],
  ])
  expect((await made.x.read()).every(Number.isFinite)).toBe(true)
  device.dispose()
})

const layers = mlp([16, 8, 2])
/** Any record of specs and a function will do. */
const flattened = {
  params: layers.params,
  apply: (params: never, x: never) => layers.apply(params, (x as { reshape(to: unknown): never }).reshape(['n', 16])),
}

test('networks that give other numbers than they say are refused', () => {
  const short = autoencoder({ shape: [16], latent: 3, encoder: mlp([16, 2]), decoder: mlp([3, 16]) })
  const encode = program({ params: short.params, x: f32('n', 16) }, ({ params, x }) => short.encode(params, x))
  return expect((async () => compile(encode, await openDevice('cpu'), { n: 2 }))()).rejects.toThrow(
    /autoencoder|reshape/,
  )
})
