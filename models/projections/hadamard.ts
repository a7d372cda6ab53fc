import { distinct, randomFor } from './draws.ts'
import type { Features } from './features.ts'
import type { Projection } from './projection.ts'
import { type RandomProjectionOptions, randomProjection } from './random.ts'

/**
 * A subsampled randomised Hadamard transform: features get random signs, and are padded with zeros to a power of two p;
 * of their Walsh-Hadamard transform D of the p numbers are taken, all different, at random. Weights are +-1 / sqrt(F),
 * whose variance is that of `gaussianProjection`; where F is a power of two the directions are orthonormal. D is at
 * most F.
 *
 * Source: Ailon and Chazelle 2009; Tropp, "Improved analysis of the subsampled randomized Hadamard transform", arXiv
 * 1011.1595.
 *
 * @throws RangeError as `gaussianProjection`, and where D is larger than F.
 */
export function hadamardProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  options: RandomProjectionOptions = {},
): Projection<F, D> {
  const weights = (featureDim: number, seed: number) => hadamardWeights(featureDim, latentDim, seed)
  return randomProjection('hadamard', features, latentDim, options, weights, features.dimension)
}

/** [F, D]. */
function hadamardWeights(featureDim: number, latentDim: number, seed: number): Float64Array {
  const random = randomFor('signs', seed)
  const signs = Float64Array.from({ length: featureDim }, () => (random.uniform() < 0.5 ? -1 : 1))
  const taken = distinct(2 ** Math.ceil(Math.log2(featureDim)), latentDim, () => random.uniform())
  const weights = new Float64Array(featureDim * latentDim)
  const size = 1 / Math.sqrt(featureDim)
  for (let i = 0; i < featureDim; i += 1)
    for (let j = 0; j < latentDim; j += 1)
      weights[i * latentDim + j] = (hasOddBits(i & taken[j]!) ? -size : size) * signs[i]!
  return weights
}

/** Whether the entry of the Hadamard matrix, (-1)^popcount(i & j), is negative. */
function hasOddBits(bits: number): boolean {
  let odd = false
  for (let rest = bits; rest !== 0; rest &= rest - 1) odd = !odd
  return odd
}
