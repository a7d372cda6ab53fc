import {
  type AnyLayer,
  dropout,
  elu,
  embedding,
  gelu,
  geluTanh,
  glu,
  groupNorm,
  layerNorm,
  leakyRelu,
  linear,
  mish,
  mlp,
  relu,
  rmsNorm,
  selu,
  sequential,
  sigmoid,
  silu,
  softplus,
  swiglu,
  tanh,
} from '../../../dsl/nn/index.ts'
import { wideRows } from './wide-layers.ts'

/** A layer, and what the laws need to know of it. */
export interface Row {
  readonly name: string
  readonly layer: AnyLayer
  /** The last dims of what it takes and of what it gives. */
  readonly takes: readonly number[]
  readonly gives: readonly number[]
  /** It takes whole numbers from 0 to below this instead of floats. */
  readonly ids?: number
}

const pointwise: { readonly [name: string]: AnyLayer } = {
  relu,
  'leakyRelu(0.2)': leakyRelu(0.2),
  'elu()': elu(),
  'elu(0.7)': elu(0.7),
  selu,
  gelu,
  geluTanh,
  silu,
  softplus,
  mish,
  tanh,
  sigmoid,
}

export const rows: readonly Row[] = [
  ...Object.entries(pointwise).map(([name, layer]) => ({ name, layer, takes: [], gives: [] })),
  { name: 'glu', layer: glu, takes: [4], gives: [2] },
  { name: 'glu of nothing', layer: glu, takes: [0], gives: [0] },
  { name: 'swiglu', layer: swiglu, takes: [6], gives: [3] },
  { name: 'linear', layer: linear(3, 2), takes: [3], gives: [2] },
  { name: 'linear without bias', layer: linear(2, 3, { bias: false }), takes: [2], gives: [3] },
  { name: 'linear of nothing', layer: linear(0, 2), takes: [0], gives: [2] },
  { name: 'linear to nothing', layer: linear(2, 0), takes: [2], gives: [0] },
  { name: 'mlp', layer: mlp([2, 3, 1]), takes: [2], gives: [1] },
  { name: 'mlp with a final', layer: mlp([2, 4, 3], gelu, { final: tanh, bias: false }), takes: [2], gives: [3] },
  { name: 'embedding', layer: embedding(4, 3), takes: [], gives: [3], ids: 4 },
  { name: 'embedding of rows', layer: embedding(5, 2), takes: [3], gives: [3, 2], ids: 5 },
  { name: 'embedding in a network', layer: sequential(embedding(3, 4), linear(4, 2)), takes: [], gives: [2], ids: 3 },
  { name: 'layerNorm', layer: layerNorm(4), takes: [4], gives: [4] },
  { name: 'layerNorm of one', layer: layerNorm(1), takes: [1], gives: [1] },
  { name: 'layerNorm of nothing', layer: layerNorm(0), takes: [0], gives: [0] },
  { name: 'layerNorm of two axes', layer: layerNorm([2, 3]), takes: [2, 3], gives: [2, 3] },
  { name: 'layerNorm, not affine', layer: layerNorm(3, { affine: false, eps: 0.1 }), takes: [3], gives: [3] },
  { name: 'rmsNorm', layer: rmsNorm(4), takes: [4], gives: [4] },
  { name: 'rmsNorm of two axes', layer: rmsNorm([2, 2], { eps: 1e-3 }), takes: [2, 2], gives: [2, 2] },
  { name: 'rmsNorm, not affine', layer: rmsNorm(2, { affine: false }), takes: [2], gives: [2] },
  { name: 'groupNorm', layer: groupNorm(2, 4), takes: [2, 1, 4], gives: [2, 1, 4] },
  { name: 'groupNorm of signals', layer: groupNorm(1, 3, { spatial: 1 }), takes: [2, 3], gives: [2, 3] },
  // Of two numbers a norm is a step, which finite differences cannot follow: four, and a larger eps.
  {
    name: 'groupNorm of points',
    layer: groupNorm(2, 8, { spatial: 0, affine: false, eps: 0.1 }),
    takes: [8],
    gives: [8],
  },
  { name: 'dropout', layer: dropout(0.4), takes: [3], gives: [3] },
  {
    name: 'a network that halves and drops',
    layer: sequential(linear(2, 8), swiglu, dropout(0.3), layerNorm(4, { eps: 0.1 }), linear(4, 1)),
    takes: [2],
    gives: [1],
  },
  ...wideRows,
]
