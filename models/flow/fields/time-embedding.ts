import type { Tensor, Tensors } from '../../../dsl/index.ts'
import { initialisers, type LinearParams, linear, silu, timestepEmbedding } from '../../../dsl/nn/index.ts'
import { checkCount, checkPositive } from '../../../dsl/option.ts'
import type { Rows } from './velocity-field.ts'

/** Channels of the sinusoids of a time, half of them cosines. */
const timeChannels = 256

export type TimeEmbeddingParams<W extends number> = {
  mlp: { '0': LinearParams<256, W>; '2': LinearParams<W, W> }
}

/**
 * Times [n] as vectors [n, width]: cos and then sin of timeScale t exp(-ln(10000) k / 128), k = 0 .. 127, through
 * Linear(256, width), SiLU, Linear(width, width), whose weights start normal of std 0.02 and whose biases start at 0.
 */
export function timeEmbedding(op: string, width: number, timeScale: number) {
  checkPositive(op, 'timeScale', timeScale)
  checkCount(op, 'width', width)
  const weights = { initialiser: initialisers.normal(0.02) }
  const [first, second] = [linear(timeChannels, width, weights), linear(width, width, weights)]
  const params = { mlp: { '0': first.params, '2': second.params } }
  const apply = ({ mlp }: Tensors<typeof params>, t: Tensor<['n']>): Rows => {
    const waves = timestepEmbedding(timeScale === 1 ? t : t.mul(timeScale), timeChannels)
    return second.apply(mlp['2'], silu(first.apply(mlp['0'], waves)))
  }
  return { params, apply }
}
