import type { Key, Tensor } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import { type Device, fit } from '../../index.ts'
import {
  align,
  alignmentAgreement,
  autoencoderStep,
  averagedParams,
  collapseAlarm,
  decodedRows,
  featureTarget,
  frechetDistance,
  type GivenParams,
  latentsOf,
  linearProbe,
  matchDistribution,
  mlpAutoencoder,
  type Points,
  pcaProjection,
  precisionRecall,
  project,
  psnr,
  ssim,
  trainPrior,
  unproject,
  type Velocity,
} from '../../models/index.ts'
import type { Entry, Recorder } from '../../runtime/train/recorder.ts'
import type { Digits } from './digits.ts'
import { curvesOf, meanOf } from './measures.ts'
import { energyBeside, firstRows, flowField, samplerOfRows, type TrainedOn } from './priors.ts'
import type { ModelResults, Settings } from './results.ts'

/** What latents are drawn to beside what reconstructs. */
export interface ModelPlan {
  readonly name: string
  readonly title: string
  readonly regulariser?: NonNullable<ModelResults['regulariser']>
}

export interface World {
  readonly digits: { readonly train: Digits; readonly heldOut: Digits }
  readonly priors: ReadonlyMap<string, TrainedOn>
  /** Features of images, of a classifier that no prior is made of. */
  readonly featuresOf: (images: Float32Array) => Promise<Points>
  readonly settings: Settings
  readonly seed: number
  readonly device: Device
  /** Where the training of a stage leaves its traces. */
  readonly record: (stage: string) => Recorder
}

/** Rows that quadratic measures and likelihoods take. */
const compared = 1000
const likelihoods = 200
const shown = 16

/** Trains an autoencoder and a generator of its latents, and measures both. */
export async function modelOf(plan: ModelPlan, world: World): Promise<ModelResults> {
  const { digits, settings, seed, device, featuresOf } = world
  const { model, params, entries, milliseconds } = await trained(plan, world)
  const encoded = async (of: Digits) => (await latentsOf(model, params, of.data, device)).data
  const decoded = async (latents: Float32Array) =>
    (await decodedRows(model, params, latents, device)).map((pixel) => Math.min(1, Math.max(0, pixel)))
  const { latent } = settings
  const [latents, held] = [await encoded(digits.train), await encoded(digits.heldOut)]
  const shape = [28, 28] as const
  const reconstructions = await decoded(held)
  const [made, wanted] = [reconstructions, digits.heldOut.images].map((data) => ({ data, shape }))
  const real = await featuresOf(digits.heldOut.images)
  const again = await featuresOf(firstRows(digits.train.images, 784, digits.heldOut.labels.length))
  const floor = frechetDistance(again, real)

  // A generator is a flow of latents that are centred and scaled, as a prior's are.
  const target = featureTarget({ features: latents, dimension: latent, name: plan.name, seed })
  const generator = await trainPrior(flowField(latent), target.train.data as never, device, {
    steps: settings.generatorSteps,
    batch: 2 * settings.batch,
    averaging: 0.99,
    seed,
    record: world.record(`${plan.title}: a generator of its latents`),
  })
  const drawn = unproject(target.projection, await generator.sample(settings.samples, { seed: seed + 1 }))
  const samples = await decoded(drawn)
  const generated = await featuresOf(samples)
  const few = (points: Points): Points => ({
    data: firstRows(points.data as Float32Array, points.dimension, compared),
    dimension: points.dimension,
  })
  generator.dispose()
  const images = (data: Float32Array) =>
    Array.from({ length: shown }, (_, i) =>
      [...data.subarray(784 * i, 784 * (i + 1))].map((pixel) => Math.round(255 * pixel)),
    )
  return {
    name: plan.name,
    title: plan.title,
    ...(plan.regulariser && { regulariser: plan.regulariser }),
    parameters: countOf(model.params),
    curves: curvesOf(entries),
    millisecondsPerStep: milliseconds,
    psnr: meanOf(psnr(made!, wanted!).each),
    ssim: meanOf(ssim(made!, wanted!).each),
    reconstructionFrechet: { value: frechetDistance(await featuresOf(reconstructions), real), floor },
    probe: linearProbe(
      { data: latents, dimension: latent, labels: digits.train.labels },
      { data: held, dimension: latent, labels: digits.heldOut.labels },
    ).accuracy,
    latents: await besidePrior(plan, held, world),
    planes: [planeOf(plan, held, world)],
    generated: {
      frechet: { value: frechetDistance(generated, real), floor },
      ...shares(few(generated), few(real)),
      curves: curvesOf(generator.entries),
    },
    images: {
      height: 28,
      width: 28,
      originals: images(digits.heldOut.images),
      reconstructions: images(reconstructions),
      samples: images(samples),
    },
  }
}

const shares = (points: Points, reference: Points) => {
  const { precision, recall } = precisionRecall(points, reference)
  return { precision, recall }
}

/** Trains the autoencoder of a plan; its parameters are the averaged ones. */
async function trained(plan: ModelPlan, { digits, priors, settings, seed, device, record }: World) {
  const { regulariser } = plan
  const { latent, batch, autoencoderSteps: steps } = settings
  const shape = [28, 28] as const
  const prior = regulariser?.prior === undefined ? undefined : priors.get(regulariser.prior)!.prior
  const variational = regulariser?.objective === 'kl'
  const model = mlpAutoencoder({ shape, latent, variational })
  const averaging = 0.99
  const step = autoencoderStep(
    model as never,
    {
      averaging,
      optimiser: adam({ learningRate: cosineDecay({ start: 2e-3, steps: Math.max(1, steps) }) }),
      ...(variational && { kl: { weight: regulariser.weight } }),
      ...(prior && {
        regulariser: {
          weight: regulariser!.weight,
          inputs: { prior: prior.field.params },
          loss: (y: Tensor<['n', number]>, key: Key, { prior: params }: { readonly prior: never }) => {
            const v: Velocity<'n', number> = (x, t) => prior.field.apply(params, x, t)
            return regulariser!.objective === 'match' ? matchDistribution(v, y, key) : align(v, y, key)
          },
        },
      }),
    } as never,
  )
  const started = performance.now()
  const fitted = (await fit(step as never, device, { n: batch } as never, {
    data: digits.train.data as never,
    steps,
    seed,
    record: record(plan.title),
    ...(prior && { inputs: { extra: { prior: prior.params } } as never }),
  })) as unknown as {
    readonly state: { readonly average: object }
    readonly entries: readonly Entry[]
    dispose(): void
  }
  const milliseconds = (performance.now() - started) / Math.max(1, steps)
  const params = (await averagedParams(model.params as never, fitted.state.average, averaging, device)) as unknown
  const { entries } = fitted
  fitted.dispose()
  return { model, params: params as GivenParams<typeof model.params>, entries, milliseconds }
}

/** Latents held to the prior that they were drawn to. */
async function besidePrior(
  { regulariser }: ModelPlan,
  held: Float32Array,
  world: World,
): Promise<ModelResults['latents']> {
  const { priors, settings, seed } = world
  const d = settings.latent
  const secondMoment = meanOf(
    Array.from({ length: held.length / d }, (_, i) => squareOf(held.subarray(i * d, i * d + d))),
  ).value
  const of = regulariser?.prior === undefined ? undefined : priors.get(regulariser.prior)!
  if (!of) return { secondMoment, alarms: [] }
  const points = { data: firstRows(held, d, compared), dimension: d }
  const reference = { data: firstRows(of.target.heldOut.latents, d, compared), dimension: d }
  const some = firstRows(held, d, likelihoods)
  const divergence = { probes: 4, seed }
  const { value } = await of.prior.logProb(some, { divergence })
  const loss = await of.prior.alignment(some, { draws: 64, seed })
  const again = await of.prior.alignment(some, { draws: 64, seed: seed + 1 })
  const agreement = alignmentAgreement(loss, value, { again })
  const both = (correlation: { value: number; low: number; high: number }) => ({
    value: correlation.value,
    low: correlation.low,
    high: correlation.high,
  })
  return {
    secondMoment,
    energy: energyBeside(points, reference, samplerOfRows(of.target), seed),
    nll: meanOf(value.map((log) => -log)),
    targetNll: of.results.heldOutNll,
    alarms: collapseAlarm({ points, reference, seed }).findings.map(({ message }) => message),
    agreement: {
      points: Array.from(value, (log, i) => [(loss[i]! + again[i]!) / 2, -log] as const),
      pearson: both(agreement.pearson),
      spearman: both(agreement.spearman),
    },
  }
}

/** Latents and their prior's target in the plane of the latents' two principal directions. */
function planeOf(
  { regulariser }: ModelPlan,
  held: Float32Array,
  { digits, priors, settings }: World,
): ModelResults['planes'][number] {
  const d = settings.latent
  const target = regulariser?.prior === undefined ? undefined : priors.get(regulariser.prior)!.target
  const projection = pcaProjection({ data: held, dimension: d }, 2, { normalisation: 'none' })
  const pairs = (data: Float32Array) =>
    Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i]!, data[2 * i + 1]!] as const)
  const latents = pairs(project(projection, firstRows(held, d, compared)))
  return {
    method: 'PCA',
    latents: latents.map(([x, y], i) => [x, y, digits.heldOut.labels[i]!]),
    target: target ? pairs(project(projection, firstRows(target.heldOut.latents, d, compared))) : [],
  }
}

const squareOf = (row: Float32Array): number => row.reduce((sum, value) => sum + value * value, 0)

function countOf(specs: unknown): number {
  if (typeof specs !== 'object' || specs === null) return 0
  if ('shape' in specs) return (specs.shape as readonly number[]).reduce((product, size) => product * size, 1)
  return Object.values(specs).reduce((sum: number, part) => sum + countOf(part), 0)
}
