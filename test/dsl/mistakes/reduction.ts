import { zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: sum: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.sum([0, 2]),
  },
  {
    says: 'shape error: mean: axes [0, -2] of [n, 2] name one twice',
    // @ts-expect-error
    run: ({ x }) => x.mean([0, -2]),
  },
  {
    says: 'shape error: logSumExp: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.logSumExp(1, { keepdims: true }),
  },
  {
    says: 'dtype error: max: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.max(),
  },
  {
    says: 'dtype error: min: key is not a number',
    // @ts-expect-error
    run: ({ seed }) => seed.min(),
  },
  {
    says: 'dtype error: any: i32 is not a bool; compare first',
    // @ts-expect-error
    run: ({ ids }) => ids.any(),
  },
  {
    says: 'dtype error: all: f32 is not a bool; compare first',
    // @ts-expect-error
    run: ({ x }) => x.all(0),
  },
  {
    says: 'shape error: all: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ flag }) => flag.all(1),
  },
  {
    says: "dtype error: variance: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.variance(),
  },
  {
    says: 'shape error: std: axis -3 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.std(-3, { correction: 1 }),
  },
  {
    says: "dtype error: norm: bool is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ flag }) => flag.norm(),
  },
  {
    says: 'shape error: argmax: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.argmax(1),
  },
  {
    says: 'shape error: argmin: axis 1 of [n, 0] is empty',
    // @ts-expect-error
    run: () => zeros(['n', 0]).argmin(1),
  },
  {
    says: 'shape error: argmax: [n, 0] is empty',
    // @ts-expect-error
    run: () => zeros(['n', 0]).argmax(),
  },
  {
    says: 'dtype error: argmax: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.argmax(),
  },
  {
    says: "dtype error: softmax: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.softmax(),
  },
  {
    says: 'shape error: softmax: axis -1 is out of range for []',
    // @ts-expect-error
    run: ({ x }) => x.sum().softmax(),
  },
  {
    says: 'shape error: logSoftmax: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.logSoftmax(2),
  },
  {
    says: 'shape error: cumsum: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.cumsum(2),
  },
  {
    says: 'dtype error: cumsum: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.cumsum(0),
  },
  {
    says: 'shape error: sort: axis -2 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.sort(-2),
  },
  {
    says: 'shape error: argsort: axis -1 is out of range for []',
    // @ts-expect-error
    run: ({ x }) => x.norm().argsort(),
  },
  {
    says: 'shape error: topK: axis -1 of [n, 2] has fewer than 3 elements',
    // @ts-expect-error
    run: ({ x }) => x.topK(3),
  },
  {
    says: 'shape error: topK: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.topK(1, 1),
  },
  {
    says: 'dtype error: topK: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.topK(1),
  },
  {
    says: "dtype error: oneHot: f32 is not an integer; cast('i32') first",
    // @ts-expect-error
    run: ({ t }) => t.oneHot(3),
  },
]
