import { join } from 'node:path'
import {
  distortion,
  energyDistance,
  type FeatureTarget,
  featureTarget,
  noiseFloor,
  type Points,
  type Prior,
  projectionToTensors,
  rk4,
  type Sampler,
  simpleMlpAdaLN,
  straightness,
  type TrainedPrior,
  trainPrior,
} from '../../models/index.ts'
import { spreadRows } from '../../models/projections/features.ts'
import type { PriorConfig } from '../prior-config.ts'
import { priorPlan, projectionOf } from './features.ts'
import { curvesOf, meanOf } from './measures.ts'
import type { PriorResults } from './results.ts'
import { compared, type World } from './world.ts'

/** The network of all flows here, of priors and generators alike. */
export const flowField = (dimension: number) => simpleMlpAdaLN(dimension, flowNetwork)
const flowNetwork = { width: 128, blocks: 3, timeScale: 10 }
export const averaging = 0.99

/** With which a flow is saved: what makes it again of its checkpoint, as `fluxion sample` does. */
export const savedFlow = (of: string, { projection, dimension }: FeatureTarget) => ({
  config: { network: 'simpleMlpAdaLN', dimension, ...flowNetwork, averaging, of } satisfies PriorConfig & {
    readonly of: string
  },
  extra: Object.fromEntries(projectionToTensors(projection).tensors),
})

type Field = ReturnType<typeof flowField>

export interface TrainedOn {
  readonly prior: TrainedPrior<number, Field['params']>
  readonly target: FeatureTarget<number, number, 'y'>
  /** [n, F], all rows. */
  readonly features: Float32Array
  readonly seconds: number
}

/** Projects features to the width of latents, and trains a flow prior on them. */
export async function trainedPrior(
  name: string,
  world: Omit<World, 'prior' | 'priorResults' | 'dispose'>,
): Promise<TrainedOn> {
  const { settings, seed, device, record, signal, say } = world
  const { latent, batch, priorSteps } = settings
  const plan = priorPlan(name)
  const { data, dimension } = await world.featuresOf(plan.features)
  signal.throwIfAborted()
  say(`a flow prior of ${plan.title}: ${data.length / dimension} rows of ${dimension}`)
  const started = performance.now()
  const target = featureTarget<number, number, 'y'>({
    features: data,
    dimension,
    name,
    seed,
    projection: (train) => projectionOf(plan, train, latent, seed),
  })
  const prior = await trainPrior(flowField(latent), target.train.data, device, {
    steps: priorSteps,
    // A codebook has few rows.
    batch: Math.min(2 * batch, target.train.data.size),
    averaging,
    seed,
    evaluate: {
      every: everyOf(priorSteps),
      run: async (prior, step) =>
        step > 0 ? { nll: await roughNll(prior, target.heldOut.latents, latent, seed) } : {},
    },
    record: record(join('priors', name.replace('/', '-')), savedFlow(name, target)),
    signal,
  })
  signal.throwIfAborted()
  return { prior, target, features: data, seconds: (performance.now() - started) / 1000 }
}

/**
 * In how many steps each evaluation comes, of so many in all: a tenth, but where steps are few. That of what has learnt
 * nothing is left out: it would set the scale of pictures.
 */
export const everyOf = (steps: number): number => Math.max(100, Math.ceil(steps / 10))

/**
 * The mean of -log p under a prior over some rows of d, in nats, found with few steps along one direction: as exact as
 * a curve over training needs.
 */
export async function roughNll(
  prior: Pick<Prior, 'logProb'>,
  rows: Float32Array,
  d: number,
  seed: number,
): Promise<number> {
  const some = spreadRows(rows, d, 128)
  const options = { solver: rk4(20), divergence: { probes: 1, seed }, warnAbove: Number.POSITIVE_INFINITY }
  const { value } = await prior.logProb(some, options)
  return -meanOf(value).value
}

/** How well a prior has learnt its target. */
export async function measuredPrior(
  name: string,
  trained: TrainedOn,
  { settings, seed }: World,
): Promise<PriorResults> {
  const started = performance.now()
  const { prior, target, features } = trained
  const { latent } = settings
  const { featureDim, kind } = target.projection
  const rows = spreadRows(target.heldOut.latents, latent, compared)
  const { value, solver } = await prior.logProb(spreadRows(rows, latent, 256), { divergence: { probes: 4, seed } })
  const drawn = await prior.sample(rows.length / latent, { seed: seed + 1 })
  const paths = await prior.paths(256, { steps: 50, seed })
  return {
    name,
    title: priorPlan(name).title,
    rows: features.length / featureDim,
    featureDim,
    projection: kind,
    distortion: distortion(target.projection, features).std,
    intrinsicDimension: target.train.statistics().intrinsicDimension?.value ?? Number.NaN,
    curves: curvesOf(prior.entries),
    heldOutNll: meanOf(value.map((log) => -log)),
    solver,
    curvature: straightness(paths).curvature.value,
    energy: energyBeside(
      { data: drawn, dimension: latent },
      { data: rows, dimension: latent },
      samplerOfRows(target),
      seed,
    ),
    seconds: trained.seconds + (performance.now() - started) / 1000,
  }
}

/** Energy distance of points to reference rows, beside what the target's own rows have at these sizes. */
export function energyBeside(points: Points, reference: Points, sampler: Sampler, seed: number) {
  const n = points.data.length / points.dimension
  const floor = noiseFloor(energyDistance, sampler, n, {
    reference: reference.data.length / reference.dimension,
    seed,
    repeats: 19,
  })
  return { value: energyDistance(points, reference), floor: floor.quantiles.q95 }
}

/** Draws rows that a target was trained on. */
export const samplerOfRows =
  (target: Pick<FeatureTarget, 'sample' | 'dimension'>): Sampler =>
  (random, n) => ({ data: target.sample(random, n), dimension: target.dimension })
