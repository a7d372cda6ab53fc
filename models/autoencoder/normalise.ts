import type { Dim, Shape, Tensor } from '../../dsl/index.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { type Batch, batch, elements } from './autoencoder.ts'

/**
 * What is done to latents before they are compared with a prior. 'layer': every vector gets mean 0 and variance 1 over
 * its dims, and so the squared length d that data of a prior has in the mean; its own length and mean are lost, so this
 * cannot be undone. 'batch': every dim gets mean 0 and variance 1 over the batch (and the tokens); samples of the prior
 * are latents again by the means and standard deviations of the latents of a dataset.
 */
export type LatentNormalisation = 'none' | 'layer' | 'batch'

/** Latents [n, ..., d], normalised without parameters; 1e-5 is added to variances. */
export function normalisedLatents<N extends Dim, Z extends Shape>(
  latents: Tensor<[N, ...Z]>,
  kind: LatentNormalisation = 'none',
): Tensor<[N, ...Z]> {
  if (kind === 'none') return latents
  if (kind !== 'layer' && kind !== 'batch')
    throw fail(`type error: normalisedLatents: the kind is ${kind}, needs 'none', 'layer' or 'batch'`)
  const z = latents as unknown as Batch
  const [n, ...row] = z.shape
  const sizes = row.map((_, i) => z.size(i + 1))
  const count = elements([z.size(0), ...sizes.slice(0, -1)])
  const vectors = z.reshape([count, sizes.at(-1)!]) as unknown as Tensor<['m', 'd']>
  const mean = (x: Tensor<['m', 'd']>): Tensor<['m', 'd']> =>
    x.mean(kind === 'layer' ? 1 : 0, { keepdims: true }) as unknown as Tensor<['m', 'd']>
  const centred = vectors.sub(mean(vectors))
  const normalised = centred.mul(mean(centred.square()).add(1e-5).rsqrt())
  return batch(normalised, n, row) as unknown as Tensor<[N, ...Z]>
}
