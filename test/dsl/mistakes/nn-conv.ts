import { zeros } from '../../../dsl/index.ts'
import {
  conv1d,
  conv2d,
  globalAveragePool,
  linear,
  maxPool1d,
  maxPool2d,
  relu,
  sequential,
  upsample2d,
} from '../../../dsl/nn/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: conv2d: 5 channels do not fall into 2 groups',
    // @ts-expect-error
    run: () => conv2d(6, 5, 3, { groups: 2 }),
  },
  {
    says: 'shape error: conv1d: 3 channels do not fall into 2 groups',
    // @ts-expect-error
    run: () => conv1d(3, 4, 5, { groups: 2 }),
  },
  {
    says: 'shape error: layer 2 takes [h, w, 8] and is given [h, w, 16]',
    // @ts-expect-error
    run: () => sequential(conv2d(3, 16, 3, { padding: 'same' }), relu, conv2d(8, 4, 1)),
  },
  {
    says: 'shape error: layer 1 takes [7] and is given [l, 4]',
    // @ts-expect-error
    run: () => sequential(conv1d(2, 4, 3, { padding: 'same' }), linear(7, 3)),
  },
  {
    says: 'shape error: the layer takes [h, w, 1] and is given [n, 2]',
    // @ts-expect-error
    run: ({ x }) => conv2d(1, 4, 3).apply({ weight: zeros([3, 3, 1, 4]), bias: zeros([4]) }, x),
  },
  {
    says: 'dtype error: the layer takes f32 and is given i32',
    // @ts-expect-error
    run: () => conv2d(1, 4, 3).apply({ weight: zeros([3, 3, 1, 4]), bias: zeros([4]) }, zeros([5, 5, 1], 'i32')),
  },
  {
    says: 'shape error: conv2d: [5, 2, 1]: a window of 3 does not fit into 2',
    // @ts-expect-error
    run: () => conv2d(1, 4, 3).apply({ weight: zeros([3, 3, 1, 4]), bias: zeros([4]) }, zeros([5, 2, 1])),
  },
  {
    says: 'shape error: maxPool2d: [n, 2]: needs [..., h, w, c]',
    // @ts-expect-error
    run: ({ x }) => maxPool2d(2).apply({}, x),
  },
  {
    says: 'shape error: maxPool1d: [3, 2]: a window of 4 does not fit into 3',
    // @ts-expect-error
    run: () => maxPool1d(4).apply({}, zeros([3, 2])),
  },
  {
    says: 'dtype error: the layer takes a float and is given i32',
    // @ts-expect-error
    run: () => maxPool1d(2).apply({}, zeros([3, 2], 'i32')),
  },
  {
    says: 'shape error: globalAveragePool: [n, 2]: needs [..., h, w, c]',
    // @ts-expect-error
    run: ({ x }) => globalAveragePool.apply({}, x),
  },
  {
    says: 'shape error: upsample2d: [n, 2]: needs [..., h, w, c]',
    // @ts-expect-error
    run: ({ x }) => upsample2d(2)(x),
  },
  {
    says: "dtype error: upsample2d: bool is not a float; cast('f32') first",
    // @ts-expect-error
    run: () => upsample2d([2, 3], { method: 'bilinear' })(zeros([4, 4, 1], 'bool')),
  },
  {
    says: 'shape error: upsample2d: [n, 2]: needs [..., h, w, c]',
    // @ts-expect-error
    run: ({ x }) => upsample2d(2).apply({}, x),
  },
]
