import { ones, zeros } from '../../../dsl/index.ts'
import {
  bce,
  cosineLoss,
  cosineSimilarity,
  crossEntropy,
  dropout,
  embedding,
  glu,
  groupNorm,
  huber,
  klGaussians,
  layerNorm,
  linear,
  mlp,
  mse,
  relu,
  rmsNorm,
  sequential,
  silu,
  swiglu,
} from '../../../dsl/nn/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: "dtype error: relu: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => relu(ids),
  },
  {
    says: 'dtype error: the layer takes a float and is given i32',
    // @ts-expect-error
    run: ({ ids }) => silu.apply({}, ids),
  },
  {
    says: 'dtype error: the layer takes a float and is given bool',
    // @ts-expect-error
    run: ({ flag }) => sequential(relu, silu).apply({}, flag),
  },
  {
    says: 'dtype error: layer 1 takes i32 and is given f32',
    // @ts-expect-error
    run: () => sequential(linear(2, 3), embedding(4, 2)),
  },
  {
    says: 'shape error: layer 1 takes [5] and is given [2]',
    // @ts-expect-error
    run: () => sequential(embedding(4, 2), layerNorm(5)),
  },
  {
    says: 'dtype error: the layer takes i32 and is given f32',
    // @ts-expect-error
    run: ({ t }) => embedding(4, 2).apply({ weight: zeros([4, 2]) }, t),
  },
  {
    says: 'shape error: params.weight is [2, 4], needs [4, 2]',
    // @ts-expect-error
    run: ({ ids }) => embedding(4, 2).apply({ weight: zeros([2, 4]) }, ids),
  },
  {
    says: 'type error: params.bias is missing',
    // @ts-expect-error
    run: ({ x }) => linear(2, 3).apply({ weight: zeros([2, 3]) }, x),
  },
  {
    says: 'shape error: the layer takes [3] and is given [n, 2]',
    // @ts-expect-error
    run: ({ x }) => rmsNorm(3).apply({ weight: ones([3]) }, x),
  },
  {
    says: 'shape error: the layer takes [2, 2] and is given [2]',
    // @ts-expect-error
    run: () => layerNorm([2, 2], { affine: false }).apply({}, ones([2])),
  },
  {
    says: 'shape error: groupNorm: 6 channels do not fall into 4 equal groups',
    // @ts-expect-error
    run: () => groupNorm(4, 6),
  },
  {
    says: 'shape error: the layer takes [h, w, 6] and is given [n, 2]',
    // @ts-expect-error
    run: ({ x }) => groupNorm(3, 6, { affine: false }).apply({}, x),
  },
  {
    says: 'type error: mlp: 1 sizes make no layer; write two or more',
    // @ts-expect-error
    run: () => mlp([3]),
  },
  {
    says: 'shape error: layer 1 takes [3] and is given [4]',
    // @ts-expect-error
    run: () => sequential(mlp([2, 8, 4]), linear(3, 1)),
  },
  {
    says: 'shape error: glu: [3] has no last axis of an even size',
    // @ts-expect-error
    run: () => glu(zeros([3])),
  },
  {
    says: 'shape error: swiglu: [n, 5] has no last axis of an even size',
    // @ts-expect-error
    run: () => swiglu.apply({}, zeros(['n', 5])),
  },
  {
    says: "dtype error: glu: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => glu(ids),
  },
  {
    says: 'type error: dropout: 1.5 is not a probability; write a number from 0 to 1',
    // @ts-expect-error
    run: () => dropout(1.5),
  },
  {
    says: 'type error: dropout: -0.1 is not a probability; write a number from 0 to 1',
    // @ts-expect-error
    run: () => dropout(-0.1),
  },
  {
    says: 'dtype error: dropout: f32 is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ x, t }) => dropout(0.5)(x, t),
  },
  {
    says: "dtype error: dropout: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids, seed }) => dropout(0.5)(ids, seed),
  },
  {
    says: 'dtype error: the layer: i32 is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ x, ids }) => sequential(silu, dropout(0.5)).apply({}, x, ids),
  },
  {
    says: 'shape error: mse: [n, 1] with [n]; needs two of one shape',
    // @ts-expect-error
    run: ({ t }) => mse(t.expand(1), t),
  },
  {
    says: 'dtype error: huber: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ t, ids }) => huber(t, ids),
  },
  {
    says: "dtype error: bce: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => bce(ids, ids),
  },
  {
    says: 'shape error: crossEntropy: the labels are [n], needs [m]',
    // @ts-expect-error
    run: ({ y, ids }) => crossEntropy(y, ids),
  },
  {
    says: 'shape error: crossEntropy: [n, 2] with [m, 2]; needs two of one shape',
    // @ts-expect-error
    run: ({ x, y }) => crossEntropy(x, y),
  },
  {
    says: 'dtype error: crossEntropy: the labels are bool, needs i32, or probabilities like the logits',
    // @ts-expect-error
    run: ({ x, flag }) => crossEntropy(x, flag),
  },
  {
    says: "dtype error: crossEntropy: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => crossEntropy(ids, ids),
  },
  {
    says: 'shape error: crossEntropy: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x, ids }) => crossEntropy(x, ids, { axis: 2 }),
  },
  {
    says: 'type error: crossEntropy: 1.1 is not a probability; write a number from 0 to 1',
    // @ts-expect-error
    run: ({ x, ids }) => crossEntropy(x, ids, { labelSmoothing: 1.1 }),
  },
  {
    says: 'shape error: klGaussians: [n, 2] with [m, 2]; needs two of one shape',
    // @ts-expect-error
    run: ({ x, y }) => klGaussians(x, y),
  },
  {
    says: 'shape error: klGaussians: [2] with [n]: 2 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ t }) => klGaussians(ones([2]), ones([2]), t),
  },
  {
    says: 'shape error: klGaussians: [n, 2] does not stretch to [2]',
    // @ts-expect-error
    run: ({ x }) => klGaussians(ones([2]), ones([2]), 0, x),
  },
  {
    says: 'shape error: cosineSimilarity: axis -1 is out of range for []',
    // @ts-expect-error
    run: ({ t }) => cosineSimilarity(t.sum(), t.sum()),
  },
  {
    says: 'shape error: cosineLoss: [n, 2] with [m, 2]; needs two of one shape',
    // @ts-expect-error
    run: ({ x, y }) => cosineLoss(x, y, { reduction: 'sum' }),
  },
]
