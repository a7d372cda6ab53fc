import { zeros } from '../../../dsl/index.ts'
import {
  linear,
  multiHeadAttention,
  repeat,
  rotary,
  scaledDotProductAttention,
  sequential,
  sinusoidal,
  timestepEmbedding,
  transformer,
  transformerBlock,
} from '../../../dsl/nn/index.ts'
import type { Mistakes } from './mistake.ts'

const part = <I extends number>(from: I) => ({ weight: zeros([from, 4]), bias: zeros([4]) })
const own = () => ({ query: part(4), key: part(4), value: part(4), output: part(4) })
const cross = () => ({ query: part(4), key: part(3), value: part(3), output: part(4) })
const reading = multiHeadAttention(4, 2, { crossWidth: 3 })

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: scaledDotProductAttention: queries [n, 4] with keys [m, 3]: 4 and 3 channels',
    // @ts-expect-error
    run: () => scaledDotProductAttention(zeros(['n', 4]), zeros(['m', 3]), zeros(['m', 3])),
  },
  {
    says: 'shape error: scaledDotProductAttention: keys [m, 4] with values [n, 4]: m keys and n values',
    // @ts-expect-error
    run: () => scaledDotProductAttention(zeros(['n', 4]), zeros(['m', 4]), zeros(['n', 4])),
  },
  {
    says: 'shape error: scaledDotProductAttention: [n, 2], [n] and [n, 2]: needs [..., n, d], [..., m, d] and [..., m, e]',
    // @ts-expect-error
    run: ({ x, t }) => scaledDotProductAttention(x, t, x),
  },
  {
    says: 'shape error: scaledDotProductAttention: [3] with [5]: 3 and 5 differ and neither is 1',
    // @ts-expect-error
    run: ({ x }) => scaledDotProductAttention(zeros([3, 'm', 2]), x, zeros([5, 'n', 2])),
  },
  {
    says: "dtype error: scaledDotProductAttention: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: () => scaledDotProductAttention(zeros([2, 2], 'i32'), zeros([2, 2], 'i32'), zeros([2, 2], 'i32')),
  },
  {
    says: 'dtype error: scaledDotProductAttention: f32 with f16; cast one of them',
    // @ts-expect-error
    run: ({ x }) => scaledDotProductAttention(x, x, zeros(['n', 2], 'f16')),
  },
  {
    says: 'dtype error: scaledDotProductAttention: f32 is not a bool; compare first',
    // @ts-expect-error
    run: ({ x, y }) => scaledDotProductAttention(x, y, y, { mask: zeros(['n', 'm']) }),
  },
  {
    says: 'shape error: scaledDotProductAttention: the mask [m, n] to [n, m]: n is neither m nor 1',
    // @ts-expect-error
    run: ({ x, y }) => scaledDotProductAttention(x, y, y, { mask: zeros(['m', 'n'], 'bool') }),
  },
  {
    says: 'shape error: multiHeadAttention: 10 channels do not fall into 3 heads',
    // @ts-expect-error
    run: () => multiHeadAttention(10, 3),
  },
  {
    says: 'shape error: multiHeadAttention: heads of 6 / 2 channels do not fall into pairs; rotary needs an even number',
    // @ts-expect-error
    run: () => multiHeadAttention(6, 2, { rotary: true }),
  },
  {
    says: 'shape error: multiHeadAttention: 10 channels do not fall into 4 heads',
    // @ts-expect-error
    run: () => transformerBlock(10, 4, { causal: true }),
  },
  {
    says: 'shape error: multiHeadAttention: 512 channels do not fall into 7 heads',
    // @ts-expect-error
    run: () => transformer(12, 512, 7),
  },
  {
    says: 'shape error: the layer takes [n, 4] and is given [n, 2]',
    // @ts-expect-error
    run: ({ x }) => multiHeadAttention(4, 2).apply(own(), x),
  },
  {
    says: 'shape error: layer 1 takes [n, 8] and is given [4]',
    // @ts-expect-error
    run: () => sequential(linear(2, 4), transformerBlock(8, 2)),
  },
  {
    says: 'shape error: the layer takes a memory [m, 3] and is given [m, 2]',
    // @ts-expect-error
    run: ({ y }) => reading.attend(cross(), zeros(['n', 4]), y),
  },
  {
    says: 'shape error: the layer takes [n, 4] and is given [n, 2]',
    // @ts-expect-error
    run: ({ x }) => reading.attend(cross(), x, zeros(['m', 3])),
  },
  {
    says: 'dtype error: the layer takes a memory f32 and is given i32',
    // @ts-expect-error
    run: () => reading.attend(cross(), zeros(['n', 4]), zeros(['m', 3], 'i32')),
  },
  {
    says: 'shape error: multiHeadAttention: [2] with [3]: 2 and 3 differ and neither is 1',
    // @ts-expect-error
    run: () => reading.attend(cross(), zeros([2, 'n', 4]), zeros([3, 'm', 3])),
  },
  {
    says: 'shape error: multiHeadAttention: the mask [5, m] to [n, m]: 5 is neither n nor 1',
    // @ts-expect-error
    run: () => reading.attend(cross(), zeros(['n', 4]), zeros(['m', 3]), { mask: zeros([5, 'm'], 'bool') }),
  },
  {
    says: 'shape error: rotary: 5 channels do not fall into pairs',
    // @ts-expect-error
    run: () => rotary(zeros(['n', 5])),
  },
  {
    says: 'shape error: rotary: [n]: needs [..., n, d]',
    // @ts-expect-error
    run: ({ t }) => rotary(t),
  },
  {
    says: 'shape error: rotary: positions [m] to [n]: m is neither n nor 1',
    // @ts-expect-error
    run: ({ x }) => rotary(x, zeros(['m'], 'i32')),
  },
  {
    says: 'dtype error: rotary: positions are bool, needs numbers',
    // @ts-expect-error
    run: ({ x, flag }) => rotary(x, flag),
  },
  {
    says: 'shape error: sinusoidal: 5 channels do not fall into pairs',
    // @ts-expect-error
    run: () => sinusoidal('n', 5),
  },
  {
    says: "dtype error: timestepEmbedding: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => timestepEmbedding(ids, 8),
  },
  {
    says: 'shape error: repeat: the layer takes [3] and gives [4]',
    // @ts-expect-error
    run: () => repeat(2, linear(3, 4)),
  },
]
