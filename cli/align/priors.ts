import type { Device } from '../../index.ts'
import {
  distortion,
  energyDistance,
  type FeatureTarget,
  featureTarget,
  gaussianProjection,
  hostRandom,
  noiseFloor,
  type Points,
  type Sampler,
  simpleMlpAdaLN,
  straightness,
  trainPrior,
} from '../../models/index.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'
import { curvesOf, meanOf } from './measures.ts'
import type { PriorResults, Settings } from './results.ts'

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

/** Rows that energy distances take, whose cost grows with their square. */
const compared = 1000

/** Projects features to the width of latents, trains a flow prior on them, and measures it. */
export async function priorOf(
  features: PriorFeatures,
  { latent, batch, priorSteps }: Settings,
  seed: number,
  device: Device,
  record: Recorder,
) {
  const started = performance.now()
  const { name, title, data, dimension } = features
  const target: FeatureTarget = featureTarget({
    features: data,
    dimension,
    name,
    seed,
    projection: (train) => gaussianProjection(train, latent, { seed }),
  })
  const prior = await trainPrior(flowField(latent), target.train.data as never, device, {
    steps: priorSteps,
    batch: 2 * batch,
    averaging: 0.99,
    seed,
    record,
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
  (target: Pick<FeatureTarget, 'train' | 'dimension'>): Sampler =>
  (random, n) => {
    const { latents } = target.train
    const d = target.dimension
    const data = new Float32Array(n * d)
    for (let row = 0; row < n; row += 1) {
      const from = Math.floor((random ?? hostRandom(0)).uniform() * (latents.length / d))
      data.set(latents.subarray(from * d, (from + 1) * d), row * d)
    }
    return { data, dimension: d }
  }

export const firstRows = (data: Float32Array, dimension: number, rows: number): Float32Array =>
  data.subarray(0, dimension * Math.min(rows, data.length / dimension))
