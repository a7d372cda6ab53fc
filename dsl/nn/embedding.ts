import { checkSize } from '../given.ts'
import { take } from '../operations/gather.ts'
import { f32, type Initialiser, initialised, type Spec } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { type Layer, layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'

export type EmbeddingParams<N extends number, W extends number> = { weight: Spec<[N, W]> }

/**
 * Row i of a table for each i: of i32 [...] it makes [..., width]. What is not 0 .. count - 1 gets zeros. The table
 * starts standard normal, as PyTorch's, unless an initialiser is given.
 */
export function embedding<const N extends number, const W extends number>(
  count: N,
  width: W,
  options: { readonly initialiser?: Initialiser } = {},
): Layer<Tensor<[], 'i32'>, Tensor<[W]>, EmbeddingParams<N, W>> {
  const { initialiser = initialisers.normal() } = layerOptions('embedding', options, ['initialiser'])
  checkSize('embedding', count)
  checkSize('embedding', width)
  return layerOf(
    { weight: initialised(f32(count, width), initialiser as initialisers.Draw) },
    {
      takes: { shape: [], dtype: 'i32' },
      gives: { shape: [width], dtype: 'f32' },
      apply: ({ weight }: { weight: AnyTensor }, ids) =>
        traced(take(heldTensor('embedding', weight), heldTensor('embedding', ids), 0)),
    },
  )
}
