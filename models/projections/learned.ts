import { type Fit, f32, program, valueAndGrad } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { Device } from '../../runtime/device.ts'
import type { Entry, Recorder } from '../../runtime/train/recorder.ts'
import { randomFor, randomPairs } from './draws.ts'
import { checkFeatures, checkLatentDim, type Features } from './features.ts'
import { fitted } from './fitted.ts'
import { type Normalisation, normalisationOf } from './normalisation.ts'
import type { Projection } from './projection.ts'
import { orthogonalWeights, type ProjectionOptions } from './random.ts'

export interface LearnedProjectionOptions extends ProjectionOptions {
  /** `fit` of fluxion: models know no compiler, and are given what trains. */
  readonly fit: Fit<Device, Recorder, Entry>
  /** Default 1,000. */
  readonly steps?: number
  /** Pairs a step. Default 256. */
  readonly batch?: number
  /** How many pairs there are to train on. Default 20,000. */
  readonly pairs?: number
  /** Adam's at first, in units of the entries of W, 1 / sqrt(F); it falls to 0 along a cosine. Default 0.1. */
  readonly learningRate?: number
  /** Of the pairs, their order and the random start. Default 0. */
  readonly seed?: number
  /** Where training leaves its traces. */
  readonly record?: Recorder
  readonly signal?: AbortSignal
}

/**
 * A linear map that was trained to keep distances: gradient descent from random orthonormal directions (principal ones lead to a worse optimum) on the mean over pairs of (||Wx - Wy||^2 / ||x - y||^2 - 1)^2, with distances of normalised features (Hegde, Sankaranarayanan, Yin and
 * Baraniuk, "NuMax", 2015, take the largest distortion where this takes the mean square). Pairs of equal rows are left out. D is at most F.
 *
 * @throws RangeError as `gaussianProjection`, and where D is larger than F; and what `fit` rejects with.
 */
export async function learnedProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  device: Device,
  options: LearnedProjectionOptions,
): Promise<Projection<F, D>> {
  const of = 'learnedProjection'
  const { fit, steps = 1000, batch = 256, pairs = 20_000, learningRate = 0.1, seed = 0 } = options
  if (typeof fit !== 'function')
    throw new TypeError(`${of}: expected options.fit to be the function fit of fluxion; write { fit }`)
  const { dimension } = features
  checkLatentDim(of, latentDim, dimension)
  checkFeatures(of, features)
  const normalisation = normalisationOf(of, features, options.normalisation ?? 'perFeature')
  const start = Float32Array.from(orthogonalWeights(dimension, latentDim, seed))
  const step = isometryStep(dimension, latentDim, learningRate / Math.sqrt(dimension), steps)
  const trained = await fit(
    step,
    device,
    { n: batch },
    {
      data: differences(of, features, normalisation, pairs, seed),
      inputs: { start },
      steps,
      seed,
      ...(options.record && { record: options.record }),
      ...(options.signal && { signal: options.signal }),
    },
  )
  const change = await trained.state.change.read()
  trained.dispose()
  const weights = start.map((value, i) => value + change[i]!)
  return fitted(of, features, { kind: 'learned', featureDim: dimension, latentDim, seed, normalisation, weights })
}

/** One step on W = start + change, for differences of squared length F: those of orthonormal W and isotropic features then have a mean square of 1 per latent dimension. */
const isometryStep = (featureDim: number, latentDim: number, learningRate: number, steps: number) => {
  const loss = program(
    { change: f32(featureDim, latentDim), start: f32(featureDim, latentDim), difference: f32('n', featureDim) },
    ({ change, start, difference }) => difference.matmul(start.add(change)).square().mean(1).sub(1).square().mean(),
    { name: 'distortion' },
  )
  const optimiser = adam({ learningRate: cosineDecay({ start: learningRate, steps: Math.max(1, steps) }) })
  const change = f32(featureDim, latentDim)
  return program(
    {
      state: { change, opt: optimiser.state({ change }) },
      start: f32(featureDim, latentDim),
      difference: f32('n', featureDim),
    },
    ({ state, start, difference }) => {
      const [value, gradient] = valueAndGrad(loss, 'change')({ change: state.change, start, difference })
      const { params, opt } = optimiser.update({ change: gradient }, state.opt, { change: state.change })
      return { state: { change: params.change, opt }, loss: value }
    },
    { name: 'learnedProjection' },
  )
}

/** Differences of normalised features of random pairs of rows, each scaled to a length of sqrt(F), made when they are asked for. */
function differences(
  of: string,
  { data, dimension }: Features,
  { std }: Normalisation,
  pairs: number,
  seed: number,
): Dataset<{ readonly difference: { readonly shape: [number]; readonly dtype: 'f32' } }> {
  const pairOf = randomPairs(data.length / dimension, randomFor('training', seed))
  const write = ([x, y]: readonly [number, number], into: Float32Array): number => {
    let square = 0
    for (let i = 0; i < dimension; i += 1) {
      into[i] = (data[x * dimension + i]! - data[y * dimension + i]!) / std[i]!
      square += into[i]! ** 2
    }
    const times = Math.sqrt(dimension / square)
    if (square > 0) for (let i = 0; i < dimension; i += 1) into[i]! *= times
    return square
  }
  const scratch = new Float32Array(dimension)
  const chosen = Array.from({ length: pairs }, pairOf).filter((pair) => write(pair, scratch) > 0)
  if (chosen.length === 0)
    throw new RangeError(`${of}: expected pairs of rows that differ; of ${pairs} pairs all are of equal rows`)
  return {
    size: chosen.length,
    columns: { difference: { shape: [dimension], dtype: 'f32' } },
    rows: async (indices) => {
      const difference = new Float32Array(indices.length * dimension)
      for (let row = 0; row < indices.length; row += 1)
        write(chosen[indices[row]!]!, difference.subarray(row * dimension, (row + 1) * dimension))
      return { difference }
    },
  }
}
