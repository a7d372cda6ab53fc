import {
  featureTarget,
  frechetDistance,
  linearProbe,
  precisionRecall,
  psnr,
  ssim,
  trainPrior,
  unproject,
} from '../../models/index.ts'
import { type TrainedAutoencoder, trainAutoencoder } from './autoencoder.ts'
import { besidePrior, planesOf } from './latents.ts'
import { curvesOf, meanOf } from './measures.ts'
import { flowField } from './priors.ts'
import type { ModelResults } from './results.ts'
import { compared, firstPoints, type ModelPlan, type World } from './world.ts'

/** How many images of each kind are kept to be looked at. */
const shown = 20
const shape = [28, 28] as const
const pixels = 28 * 28

/** What is found of a model; its time a step is measured beside those of the others. */
export interface Found {
  readonly autoencoder: TrainedAutoencoder
  readonly results: Omit<ModelResults, 'millisecondsPerStep'>
}

/** Trains an autoencoder and a generator of its latents, and measures both. */
export async function modelOf(plan: ModelPlan, world: World): Promise<Found> {
  const { digits, settings, featuresOf, real, floor } = world
  const autoencoder = await trainAutoencoder(plan, world)
  const dimension = settings.latent
  const [latents, held] = [await autoencoder.encode(digits.train), await autoencoder.encode(digits.heldOut)]
  const reconstructions = await autoencoder.decode(held)
  const [made, wanted] = [
    { data: reconstructions, shape },
    { data: digits.heldOut.images, shape },
  ]
  const generator = await generatorOf(plan, latents, world)
  const samples = await autoencoder.decode(generator.latents)
  const generated = await featuresOf(samples)
  const { precision, recall } = precisionRecall(firstPoints(generated, compared), firstPoints(real, compared))
  const { accuracy } = linearProbe(
    { data: latents, dimension, labels: digits.train.labels },
    { data: held, dimension, labels: digits.heldOut.labels },
  )
  return {
    autoencoder,
    results: {
      ...plan,
      parameters: autoencoder.parameters,
      curves: curvesOf(autoencoder.entries),
      psnr: meanOf(psnr(made, wanted).each),
      ssim: meanOf(ssim(made, wanted).each),
      reconstructionFrechet: { value: frechetDistance(await featuresOf(reconstructions), real), floor },
      probe: accuracy,
      latents: await besidePrior(plan, held, world),
      planes: await planesOf(plan, held, world),
      generated: {
        frechet: { value: frechetDistance(generated, real), floor },
        precision,
        recall,
        curves: generator.curves,
      },
      images: {
        height: shape[0],
        width: shape[1],
        originals: bytesOf(digits.heldOut.images),
        reconstructions: bytesOf(reconstructions),
        samples: bytesOf(samples),
      },
    },
  }
}

/** Latents that a flow draws which was trained on those of a model, centred and scaled as a prior's are. */
async function generatorOf({ name, title }: ModelPlan, latents: Float32Array, world: World) {
  const { settings, seed, device, record, signal } = world
  const target = featureTarget({ features: latents, dimension: settings.latent, name, seed })
  const flow = await trainPrior(flowField(settings.latent), target.train.data, device, {
    steps: settings.generatorSteps,
    batch: 2 * settings.batch,
    averaging: 0.99,
    seed,
    record: record(`${title}: a generator`),
    signal,
  })
  const drawn = await flow.sample(settings.samples, { seed: seed + 1 })
  flow.dispose()
  return { latents: unproject(target.projection, drawn), curves: curvesOf(flow.entries) }
}

const bytesOf = (images: Float32Array): readonly (readonly number[])[] =>
  Array.from({ length: shown }, (_, i) =>
    Array.from(images.subarray(pixels * i, pixels * (i + 1)), (value) => Math.round(255 * value)),
  )
