import { f32, program, valueAndGrad } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import { fit } from '../../index.ts'
import type { Dataset } from '../../runtime/data/dataset.ts'
import type { Device } from '../../runtime/device.ts'
import { threefry2x32 } from '../../runtime/threefry.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'
import { checkFeatures, checkLatentDim, type Features } from './features.ts'
import { fitted } from './fitted.ts'
import { type Normalisation, normalisationOf } from './normalisation.ts'
import type { Projection } from './projection.ts'
import { orthogonalWeights, type ProjectionOptions } from './random.ts'

export interface LearnedProjectionOptions extends ProjectionOptions {
  /** Default 1,000. */
  readonly steps?: number
  /** Pairs a step, none of which comes again. Default 256. */
  readonly batch?: number
  /** Adam's at first, in units of the entries of W, 1 / sqrt(F); it falls to 0 along a cosine. Default 0.1. */
  readonly learningRate?: number
  /** Of the pairs, their order and the random start. Default 0. */
  readonly seed?: number
  /** Where training leaves its traces. */
  readonly record?: Recorder
  readonly signal?: AbortSignal
}

/**
 * A linear map that was trained to keep distances: gradient descent from random orthonormal directions (principal ones
 * lead to a worse optimum) on the mean over pairs of (||Wx - Wy||^2 / ||x - y||^2 - 1)^2, with distances of normalised
 * features (Hegde, Sankaranarayanan, Yin and Baraniuk, "NuMax", 2015, take the largest distortion where this takes the
 * mean square). Pairs of equal rows are left out. D is at most F.
 *
 * @throws RangeError as `gaussianProjection`, and where D is larger than F; and what `fit` rejects with.
 */
export async function learnedProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  device: Device,
  options: LearnedProjectionOptions = {},
): Promise<Projection<F, D>> {
  const of = 'learnedProjection'
  const { steps = 1000, batch = 256, learningRate = 0.1, seed = 0 } = options
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
      data: differences(of, features, normalisation, Math.max(1, steps) * batch, seed),
      inputs: { start },
      steps,
      seed,
      shuffle: false,
      resident: false,
      ...(options.record && { record: options.record }),
      ...(options.signal && { signal: options.signal }),
    },
  )
  try {
    const change = await trained.state.change.read()
    const weights = start.map((value, i) => value + change[i]!)
    return fitted(of, features, { kind: 'learned', featureDim: dimension, latentDim, seed, normalisation, weights })
  } finally {
    trained.dispose()
  }
}

/**
 * One step on W = start + change, for differences of squared length F: those of orthonormal W and isotropic features
 * then have a mean square of 1 per latent dimension.
 */
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

/**
 * Differences of normalised features of random pairs of rows, each scaled to a length of sqrt(F), made when they are
 * asked for. The i-th pair is a function of i and the seed (Threefry), so no pair has to be kept, and there are as many
 * as training takes: of a fixed set, W would learn the pairs.
 */
function differences(
  of: string,
  { data, dimension }: Features,
  { std }: Normalisation,
  pairs: number,
  seed: number,
): Dataset<{ readonly difference: { readonly shape: [number]; readonly dtype: 'f32' } }> {
  const rows = data.length / dimension
  const isFirst = (value: number, i: number): boolean => value === data[i % dimension]
  if (data.every(isFirst)) throw new RangeError(`${of}: expected rows that differ; all ${rows} are equal`)
  const write = (pair: number, into: Float32Array): void => {
    // Again where the rows are equal, which have no distance to keep.
    for (let square = 0, tries = 0; square === 0 && tries < 64; tries += 1) {
      const [first, other] = pairAt(pair, tries, rows, seed)
      for (let i = 0; i < dimension; i += 1) {
        into[i] = (data[first * dimension + i]! - data[other * dimension + i]!) / std[i]!
        square += into[i]! ** 2
      }
      const times = square > 0 ? Math.sqrt(dimension / square) : 0
      for (let i = 0; i < dimension; i += 1) into[i]! *= times
    }
  }
  return {
    size: pairs,
    columns: { difference: { shape: [dimension], dtype: 'f32' } },
    rows: async (indices) => {
      const difference = new Float32Array(indices.length * dimension)
      for (let row = 0; row < indices.length; row += 1)
        write(indices[row]!, difference.subarray(row * dimension, (row + 1) * dimension))
      return { difference }
    },
  }
}

/** Two different rows, all pairs equally likely but for 2^-32. */
function pairAt(pair: number, tries: number, rows: number, seed: number): readonly [number, number] {
  const [a, b] = threefry2x32([0x74726169, seed], [pair, tries])
  const first = Math.floor((a / 2 ** 32) * rows)
  const other = Math.floor((b / 2 ** 32) * (rows - 1))
  return [first, other < first ? other : other + 1]
}
