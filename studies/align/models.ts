import {
  featureTarget,
  frechetEstimate,
  hostRandom,
  linearProbe,
  type Points,
  precisionRecall,
  psnr,
  ssim,
  trainPrior,
  unproject,
} from '../../models/index.ts'
import { type TrainedAutoencoder, trainAutoencoder } from './autoencoder.ts'
import { besidePrior, planesOf } from './latents.ts'
import { curvesOf, meanOf } from './measures.ts'
import { averaging, flowField, savedFlow } from './priors.ts'
import type { ModelResults } from './results.ts'
import { compared, firstPoints, type Judge, type ModelPlan, type World } from './world.ts'

/** How many images of each kind are kept to be looked at. */
const shown = { reconstructions: 16, samples: 40 }
const shape = [28, 28] as const
const pixels = 28 * 28

/** What is found of a model; its time a step is measured beside those of the others. */
export type Found = Omit<ModelResults, 'millisecondsPerStep'>

/** Trains an autoencoder and a generator of its latents, and measures both. */
export async function modelOf(plan: ModelPlan, world: World): Promise<Found> {
  const judge = await world.judge()
  if (plan.regulariser?.prior !== undefined) await world.priorResults(plan.regulariser.prior)
  const started = performance.now()
  world.say(plan.title)
  const autoencoder = await trainAutoencoder(plan, world)
  try {
    const found = await measured(plan, autoencoder, judge, world)
    return { ...found, seconds: (performance.now() - started) / 1000 }
  } finally {
    autoencoder.dispose()
  }
}

/** What is found of a trained autoencoder and of a generator of its latents. */
async function measured(
  plan: ModelPlan,
  autoencoder: TrainedAutoencoder,
  judge: Judge,
  world: World,
): Promise<Omit<Found, 'seconds'>> {
  const { digits, settings } = world
  const dimension = settings.latent
  const [latents, held] = [await autoencoder.encode(digits.train), await autoencoder.encode(digits.heldOut)]
  const reconstructions = await autoencoder.decode(held)
  const [made, wanted] = [
    { data: reconstructions, shape },
    { data: digits.heldOut.images, shape },
  ]
  const generator = await generatorOf(plan, latents, world)
  const samples = await autoencoder.decode(generator.latents)
  const { real } = judge
  const distanceOf = (points: Points) => {
    const { value, standardError } = frechetEstimate(points, real)
    return { value, error: standardError, floor: judge.floor(points.data.length / points.dimension) }
  }
  const generated = await judge.of(samples)
  const fromPrior = await priorSamples(plan, world)
  const { precision, recall } = precisionRecall(firstPoints(generated, compared), firstPoints(real, compared))
  const { accuracy } = linearProbe(
    { data: latents, dimension, labels: digits.train.labels },
    { data: held, dimension, labels: digits.heldOut.labels },
  )
  return {
    ...plan,
    parameters: autoencoder.parameters,
    curves: curvesOf(autoencoder.entries),
    psnr: meanOf(psnr(made, wanted).each),
    ssim: meanOf(ssim(made, wanted).each),
    reconstructionFrechet: distanceOf(await judge.of(reconstructions)),
    probe: accuracy,
    latents: await besidePrior(plan, held, world),
    planes: await planesOf(plan, held, world),
    generated: {
      frechet: distanceOf(generated),
      precision,
      recall,
      ...(fromPrior && { fromPrior: distanceOf(await judge.of(await autoencoder.decode(fromPrior))) }),
      curves: generator.curves,
    },
    images: {
      height: shape[0],
      width: shape[1],
      originals: bytesOf(digits.heldOut.images, shown.reconstructions),
      reconstructions: bytesOf(reconstructions, shown.reconstructions),
      samples: bytesOf(samples, shown.samples),
    },
  }
}

/** Latents that a flow draws which was trained on those of a model, centred and scaled as a prior's are. */
async function generatorOf({ name }: ModelPlan, latents: Float32Array, world: World) {
  const { settings, seed, device, record, signal } = world
  const target = featureTarget({ features: latents, dimension: settings.latent, name, seed })
  const flow = await trainPrior(flowField(settings.latent), target.train.data, device, {
    steps: settings.generatorSteps,
    batch: Math.min(2 * settings.batch, target.train.data.size),
    averaging,
    seed,
    record: record(`${name}-generator`, savedFlow(name, target)),
    signal,
  })
  try {
    signal.throwIfAborted()
    const drawn = await flow.sample(settings.samples, { seed: seed + 1 })
    return { latents: unproject(target.projection, drawn), curves: curvesOf(flow.entries) }
  } finally {
    flow.dispose()
  }
}

/** Samples of what latents were drawn to; nothing of a plain model. */
async function priorSamples({ regulariser }: ModelPlan, world: World): Promise<Float32Array | undefined> {
  const { latent, samples } = world.settings
  const seed = world.seed + 2
  if (!regulariser) return undefined
  if (regulariser.prior !== undefined) return (await world.prior(regulariser.prior)).prior.sample(samples, { seed })
  const random = hostRandom(seed)
  return Float32Array.from({ length: samples * latent }, () => random.normal())
}

const bytesOf = (images: Float32Array, count: number): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, i) =>
    Array.from(images.subarray(pixels * i, pixels * (i + 1)), (value) => Math.round(255 * value)),
  )
