import { convTranspose1d, convTranspose2d, zeros } from '../../../dsl/index.ts'
import * as nn from '../../../dsl/nn/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: convTranspose2d: [n, 8, 8, 3] with [3, 3, 16, 4]: the weights take 4 channels and are given 3',
    // @ts-expect-error
    run: () => convTranspose2d(zeros(['n', 8, 8, 3]), zeros([3, 3, 16, 4])),
  },
  {
    says: 'shape error: convTranspose2d: [8, 8, 5] with [3, 3, 2, 5]: 5 channels do not fall into 2 groups',
    // @ts-expect-error
    run: () => convTranspose2d(zeros([8, 8, 5]), zeros([3, 3, 2, 5]), { groups: 2 }),
  },
  {
    says: 'shape error: convTranspose1d: [n, 2] with [3, 5, m]: the weights take m channels and are given 2',
    // @ts-expect-error
    run: ({ x }) => convTranspose1d(x, zeros([3, 5, 'm'])),
  },
  {
    says: 'shape error: convTranspose2d: [n, 2] with [3, 3, 5, 2]: needs [..., h, w, c] with [kh, kw, out / groups, c]',
    // @ts-expect-error
    run: ({ x }) => convTranspose2d(x, zeros([3, 3, 5, 2])),
  },
  {
    says: 'shape error: convTranspose1d: [n, 2] with [3, 3, 5, 2]: needs [..., l, c] with [k, out / groups, c]',
    // @ts-expect-error
    run: ({ x }) => convTranspose1d(x, zeros([3, 3, 5, 2])),
  },
  {
    says: 'shape error: convTranspose2d: [5, 2, 1]: 2 windows of 3, 1 apart, are shorter than padding of 5',
    // @ts-expect-error
    run: () => convTranspose2d(zeros([5, 2, 1]), zeros([3, 3, 1, 1]), { padding: [0, [2, 3]] }),
  },
  {
    says: 'shape error: convTranspose1d: [0, 1]: 0 windows of 5, 6 apart, are shorter than padding of 0',
    // @ts-expect-error
    run: () => convTranspose1d(zeros([0, 1]), zeros([3, 1, 1]), { stride: 6, dilation: 2 }),
  },
  {
    says: 'shape error: convTranspose1d: [6, 1]: a window of 0 has no elements',
    // @ts-expect-error
    run: () => convTranspose1d(zeros([6, 1]), zeros([0, 1, 1])),
  },
  {
    says: 'shape error: convTranspose2d: [6, 6, 1]: outputPadding 2 is not below the stride 2',
    // @ts-expect-error
    run: () => convTranspose2d(zeros([6, 6, 1]), zeros([3, 3, 1, 1]), { stride: [3, 2], outputPadding: 2 }),
  },
  {
    says: "shape error: convTranspose1d: [n, 2]: padding 'same' has no outputPadding and is given 1",
    // @ts-expect-error
    run: ({ x }) => convTranspose1d(x, zeros([3, 1, 2]), { stride: 2, padding: 'same', outputPadding: 1 }),
  },
  {
    says: 'dtype error: convTranspose1d: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ x }) => convTranspose1d(x, zeros([3, 5, 2], 'i32')),
  },
  {
    says: 'dtype error: convTranspose1d: bool is not a number',
    // @ts-expect-error
    run: () => convTranspose1d(zeros([3, 2], 'bool'), zeros([3, 5, 2], 'bool')),
  },
  {
    says: 'shape error: convTranspose2d: 5 channels do not fall into 2 groups',
    // @ts-expect-error
    run: () => nn.convTranspose2d(6, 5, 3, { groups: 2 }),
  },
  {
    says: 'shape error: convTranspose1d: 3 channels do not fall into 2 groups',
    // @ts-expect-error
    run: () => nn.convTranspose1d(3, 4, 5, { groups: 2 }),
  },
  {
    says: 'shape error: layer 1 takes [h, w, 8] and is given [h, w, 16]',
    // @ts-expect-error
    run: () => nn.sequential(nn.convTranspose2d(3, 16, 3, { padding: 'same' }), nn.conv2d(8, 4, 1)),
  },
  {
    says: 'dtype error: the layer takes f32 and is given i32',
    // @ts-expect-error
    run: () => nn.convTranspose1d(1, 4, 3).apply({ weight: zeros([3, 4, 1]), bias: zeros([4]) }, zeros([5, 1], 'i32')),
  },
  {
    says: 'shape error: convTranspose1d: [2, 1]: 2 windows of 3, 1 apart, are shorter than padding of 6',
    // @ts-expect-error
    run: () => nn.convTranspose1d(1, 4, 3, { padding: 3 }).apply({ weight: zeros([3, 4, 1]), bias: zeros([4]) }, zeros([2, 1])),
  },
]
