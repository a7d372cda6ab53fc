import { avgPool1d, avgPool2d, conv1d, conv2d, maxPool1d, maxPool2d, zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: conv2d: [n, 8, 8, 3] with [3, 3, 4, 16]: the weights take 4 channels and are given 3',
    // @ts-expect-error
    run: () => conv2d(zeros(['n', 8, 8, 3]), zeros([3, 3, 4, 16])),
  },
  {
    says: 'shape error: conv2d: [n, 8, 8, 6] with [3, 3, 2, 16]: the weights take 4 channels and are given 6',
    // @ts-expect-error
    run: () => conv2d(zeros(['n', 8, 8, 6]), zeros([3, 3, 2, 16]), { groups: 2 }),
  },
  {
    says: 'shape error: conv2d: [8, 8, 6] with [3, 3, 3, 5]: 5 channels do not fall into 2 groups',
    // @ts-expect-error
    run: () => conv2d(zeros([8, 8, 6]), zeros([3, 3, 3, 5]), { groups: 2 }),
  },
  {
    says: 'shape error: conv1d: [n, 2] with [3, m, 5]: the weights take m channels and are given 2',
    // @ts-expect-error
    run: ({ x }) => conv1d(x, zeros([3, 'm', 5])),
  },
  {
    says: 'shape error: conv2d: [n, 2] with [3, 3, 2, 5]: needs [..., h, w, c] with [kh, kw, c / groups, out]',
    // @ts-expect-error
    run: ({ x }) => conv2d(x, zeros([3, 3, 2, 5])),
  },
  {
    says: 'shape error: conv1d: [n, 2] with [3, 3, 2, 5]: needs [..., l, c] with [k, c / groups, out]',
    // @ts-expect-error
    run: ({ x }) => conv1d(x, zeros([3, 3, 2, 5])),
  },
  {
    says: 'shape error: conv2d: [5, 2, 1]: a window of 3 does not fit into 2',
    // @ts-expect-error
    run: () => conv2d(zeros([5, 2, 1]), zeros([3, 3, 1, 1])),
  },
  {
    says: 'shape error: conv1d: [6, 1]: a window of 9 does not fit into 7',
    // @ts-expect-error
    run: () => conv1d(zeros([6, 1]), zeros([3, 1, 1]), { dilation: 4, padding: [[1, 0]] }),
  },
  {
    says: 'shape error: conv1d: [6, 1]: a window of 0 has no elements',
    // @ts-expect-error
    run: () => conv1d(zeros([6, 1]), zeros([0, 1, 1])),
  },
  {
    says: 'dtype error: conv1d: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ x }) => conv1d(x, zeros([3, 2, 5], 'i32')),
  },
  {
    says: 'dtype error: conv1d: bool is not a number',
    // @ts-expect-error
    run: () => conv1d(zeros([3, 2], 'bool'), zeros([3, 2, 5], 'bool')),
  },
  {
    says: 'shape error: maxPool2d: [n, 2]: needs [..., h, w, c]',
    // @ts-expect-error
    run: ({ x }) => maxPool2d(x, 2),
  },
  {
    says: 'shape error: maxPool1d: [n]: needs [..., l, c]',
    // @ts-expect-error
    run: ({ t }) => maxPool1d(t, 2),
  },
  {
    says: 'shape error: avgPool2d: [4, 3, 1]: a window of 4 does not fit into 3',
    // @ts-expect-error
    run: () => avgPool2d(zeros([4, 3, 1]), [2, 4]),
  },
  {
    says: 'shape error: maxPool2d: [4, 3, 1]: a window of 0 has no elements',
    // @ts-expect-error
    run: () => maxPool2d(zeros([4, 3, 1]), 0),
  },
  {
    says: "dtype error: avgPool1d: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: () => avgPool1d(zeros([4, 3], 'i32'), 2),
  },
]
