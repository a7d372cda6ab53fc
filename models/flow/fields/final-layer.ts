import type { Tensors, Times } from '../../../dsl/index.ts'
import { initialisers, type LinearParams, layerNorm, linear } from '../../../dsl/nn/index.ts'
import { modulated, modulation } from './modulation.ts'
import type { Vectors } from './velocity-field.ts'

export type FinalLayerParams<W extends number, D extends number> = {
  adaLN_modulation: { '1': LinearParams<W, Times<W, 2>> }
  linear: LinearParams<W, D>
}

/**
 * Linear(w, D)(norm(h) (1 + scale) + shift) with (shift, scale) = Linear(w, 2 w)(c), of a norm without parameters and
 * eps 1e-6. Both layers start at 0.
 */
export function finalLayer(width: number, dimension: number) {
  const norm = layerNorm(width, { affine: false, eps: 1e-6 })
  const out = linear(width, dimension, { initialiser: initialisers.zeros })
  const changes = modulation(width, 2)
  const params = { adaLN_modulation: { '1': changes.params }, linear: out.params }
  const apply = (given: Tensors<typeof params>, h: Vectors, c: Vectors): Vectors => {
    const [shift, scale] = changes.apply(given.adaLN_modulation['1'], c).split(2, -1) as [Vectors, Vectors]
    return out.apply(given.linear, modulated(norm.apply({}, h), shift, scale))
  }
  return { params, apply }
}
