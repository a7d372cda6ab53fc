import { where, zeros } from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: minimum: [n, 2] with [m, 2]: n and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x, y }) => x.minimum(y),
  },
  {
    says: 'shape error: div: [n, 2] with [3]: 2 and 3 differ and neither is 1',
    // @ts-expect-error
    run: ({ x }) => x.div(zeros([3])),
  },
  {
    says: 'dtype error: rem: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.rem(1),
  },
  {
    says: "dtype error: pow: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.pow(2),
  },
  {
    says: 'dtype error: atan2: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ t, ids }) => t.atan2(ids),
  },
  {
    says: 'shape error: clamp: [n, 2] with [m, 2]: n and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x, y }) => x.clamp(y, 1),
  },
  {
    says: 'shape error: clamp: [n, 2] with [n]: 2 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ x, t }) => x.clamp(0, t),
  },
  {
    says: 'dtype error: clamp: key is not a number',
    // @ts-expect-error
    run: ({ seed }) => seed.clamp(0, 1),
  },
  {
    says: "dtype error: abs: u32 has no sign; cast('i32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.cast('u32').abs(),
  },
  {
    says: 'dtype error: sign: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.sign(),
  },
  {
    says: "dtype error: round: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.round(),
  },
  {
    says: "dtype error: ceil: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.ceil(),
  },
  {
    says: "dtype error: rsqrt: bool is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ flag }) => flag.rsqrt(),
  },
  {
    says: "dtype error: isNaN: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.isNaN(),
  },
  {
    says: 'dtype error: greater: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.greater(0),
  },
  {
    says: 'dtype error: equal: key cannot be compared',
    // @ts-expect-error
    run: ({ seed }) => seed.equal(seed),
  },
  {
    says: 'shape error: notEqual: [n, 2] with [m, 2]: n and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x, y }) => x.notEqual(y),
  },
  {
    says: 'dtype error: and: f32 is neither a bool nor an integer; compare first',
    // @ts-expect-error
    run: ({ t }) => t.and(t),
  },
  {
    says: 'dtype error: or: bool with i32; cast one of them',
    // @ts-expect-error
    run: ({ flag, ids }) => flag.or(ids),
  },
  {
    says: 'dtype error: not: f32 is neither a bool nor an integer; compare first',
    // @ts-expect-error
    run: ({ t }) => t.not(),
  },
  {
    says: "dtype error: shiftLeft: bool is not an integer; cast('i32') first",
    // @ts-expect-error
    run: ({ flag }) => flag.shiftLeft(1),
  },
  {
    says: 'dtype error: where: the condition is f32, needs bool',
    // @ts-expect-error
    run: ({ t }) => where(t, t, 0),
  },
  {
    says: 'shape error: where: [m, 2] with [n]: 2 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ flag, y }) => where(flag, 0, y),
  },
  {
    says: 'shape error: where: [n] with [m, 2]: n and 2 differ and neither is 1',
    // @ts-expect-error
    run: ({ flag, t, y }) => where(flag, t, y),
  },
]
