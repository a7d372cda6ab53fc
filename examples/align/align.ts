import { type Device, fit, type Tensor } from 'fluxion'
import { dataset, type HostTensor } from 'fluxion/data'
import {
  autoencoder,
  autoencoderStep,
  decodedRows,
  featureTarget,
  latentsOf,
  matchDistribution,
  pcaProjection,
  simpleMlpAdaLN,
  tensorFeatures,
  trainPrior,
} from 'fluxion/models'
import { layer, linear, sequential, sigmoid, silu } from 'fluxion/nn'
import { disks } from './disks.ts'
import type { Look, Training } from './measures.ts'

// Your networks, from images to latents of 2 numbers and back: any layers, or functions of parameters.
const flat = layer({}, (_, x: Tensor<['n', 16, 16]>) => x.reshape(['n', 256]))
const encoder = sequential(flat, linear(256, 128), silu, linear(128, 128), silu, linear(128, 2))
const decoder = sequential(linear(2, 128), silu, linear(128, 128), silu, linear(128, 256), sigmoid)
const model = autoencoder({ shape: [16, 16], latent: 2, encoder, decoder })
const rows = (data: Float32Array) => dataset({ image: { shape: [16, 16], data } })

/** Trains a prior of your features, and the autoencoder with its latents drawn to it. Gives what encodes images. */
export async function align(tensor: HostTensor, device: Device, how: Training, look: Look) {
  const { data, dimension } = tensorFeatures(tensor)
  const target = featureTarget({ features: data, dimension, name: 'yours', projection: (all) => pcaProjection(all, 2) })
  const field = simpleMlpAdaLN(2, { width: 64, blocks: 2, timeScale: 10 })
  const prior = await trainPrior(field, target.train.data, device, how)
  const step = autoencoderStep(model, {
    regulariser: {
      weight: 1,
      inputs: { prior: field.params },
      loss: (y, key, { prior }) => matchDistribution((x, t) => field.apply(prior, x, t), y, key),
    },
  })
  const images = disks(512, 1)
  const { state } = await fit(
    step,
    device,
    { n: 256 },
    {
      data: rows(disks(4096)),
      ...how,
      inputs: { extra: { prior: prior.params } },
      evaluate: {
        every: Math.ceil(how.steps / 10),
        run: async ({ state: { params } }) => {
          const latents = await latentsOf(model, params, rows(images), device)
          const made = await decodedRows(model, params, latents.data, device)
          return look({ images, made, latents, target })
        },
      },
    },
  )
  return (images: Float32Array) => latentsOf(model, state.params, rows(images), device)
}
