import {
  distortion,
  energyDistance,
  type FeatureTarget,
  featureTarget,
  gaussianProjection,
  noiseFloor,
  type Points,
  type Sampler,
  simpleMlpAdaLN,
  straightness,
  trainPrior,
} from '../../models/index.ts'
import { curvesOf, meanOf } from './measures.ts'
import type { PriorResults } from './results.ts'
import { compared, firstRows, type Stage } from './world.ts'

/** The network of all flows here, of priors and generators alike. */
export const flowField = (dimension: number) => simpleMlpAdaLN(dimension, { width: 128, blocks: 3, timeScale: 10 })

/** Rows of features that a prior is trained on. */
export interface PriorFeatures {
  readonly name: string
  readonly title: string
  readonly data: Float32Array
  readonly dimension: number
}

export type TrainedOn = Awaited<ReturnType<typeof priorOf>>

/** Projects features to the width of latents, trains a flow prior on them, and measures it. */
export async function priorOf(
  features: PriorFeatures,
  { settings: { latent, batch, priorSteps }, seed, device, record, signal }: Stage,
) {
  const started = performance.now()
  const { name, title, data, dimension } = features
  const target: FeatureTarget<number, number, 'y'> = featureTarget({
    features: data,
    dimension,
    name,
    seed,
    projection: (train) => gaussianProjection(train, latent, { seed }),
  })
  const prior = await trainPrior(flowField(latent), target.train.data, device, {
    steps: priorSteps,
    batch: 2 * batch,
    averaging: 0.99,
    seed,
    record: record(`a prior of ${title}`),
    signal,
  })
  const rows = firstRows(target.heldOut.latents, latent, compared)
  const { value, solver } = await prior.logProb(firstRows(rows, latent, 256), {
    divergence: { probes: 4, seed },
  })
  const drawn = await prior.sample(rows.length / latent, { seed: seed + 1 })
  const paths = await prior.paths(256, { steps: 50, seed })
  const results: PriorResults = {
    name,
    title,
    rows: data.length / dimension,
    featureDim: dimension,
    projection: target.projection.kind,
    distortion: distortion(target.projection, data).std,
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
    seconds: (performance.now() - started) / 1000,
  }
  return { prior, target, results }
}

/** Energy distance of points to reference rows, beside what the target's own rows have at these sizes. */
export function energyBeside(points: Points, reference: Points, sampler: Sampler, seed: number) {
  const n = points.data.length / points.dimension
  const floor = noiseFloor(energyDistance, sampler, n, {
    reference: reference.data.length / reference.dimension,
    seed,
    repeats: 16,
  })
  return { value: energyDistance(points, reference), floor: floor.quantiles.q95 }
}

/** Draws rows that a target was trained on. */
export const samplerOfRows =
  (target: Pick<FeatureTarget, 'sample' | 'dimension'>): Sampler =>
  (random, n) => ({ data: target.sample(random, n), dimension: target.dimension })
