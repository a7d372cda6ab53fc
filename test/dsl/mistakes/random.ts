import {
  bernoulli,
  bits,
  categorical,
  choice,
  exponential,
  foldIn,
  gumbel,
  keyOf,
  normal,
  permutation,
  rademacher,
  randint,
  split,
  truncatedNormal,
  uniform,
  zeros,
} from '../../../dsl/index.ts'
import type { Mistakes } from './mistake.ts'

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'dtype error: normal: f32 is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ t }) => normal(t, [3]),
  },
  {
    says: 'dtype error: uniform: i32 is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ ids }) => uniform(ids, [3]),
  },
  {
    says: 'dtype error: split: bool is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ flag }) => split(flag, 2),
  },
  {
    says: 'dtype error: permutation: f32 is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ x }) => permutation(x, 3),
  },
  {
    says: 'shape error: normal: the key is [n], needs []; vmap over a tensor of keys',
    // @ts-expect-error
    run: ({ seed }) => normal(split(seed, ['n']), [3]),
  },
  {
    says: 'shape error: gumbel: the key is [4, 2], needs []; vmap over a tensor of keys',
    // @ts-expect-error
    run: ({ seed }) => gumbel(split(seed, [4, 2]), []),
  },
  {
    says: 'shape error: rademacher: the key is [1], needs []; vmap over a tensor of keys',
    // @ts-expect-error
    run: ({ seed }) => rademacher(seed.expand(0), [2]),
  },
  {
    says: 'dtype error: exponential: u32 is not a key; a program takes one as key()',
    // @ts-expect-error
    run: ({ seed }) => exponential(bits(seed, [2]), [2]),
  },
  {
    says: 'type error: split: 0 is not a number of keys; write 1 or more',
    // @ts-expect-error
    run: ({ seed }) => split(seed, 0),
  },
  {
    says: 'type error: split: 2.5 is not a number of keys; write 1 or more',
    // @ts-expect-error
    run: ({ seed }) => split(seed, 2.5),
  },
  {
    says: 'dtype error: foldIn: f32 is not a whole number; use i32 or u32',
    // @ts-expect-error
    run: ({ seed }) => foldIn(seed, zeros([])),
  },
  {
    says: 'shape error: foldIn: the number is [n], needs []; vmap over it',
    // @ts-expect-error
    run: ({ seed, ids }) => foldIn(seed, ids),
  },
  {
    says: 'type error: foldIn: 1.5 is not a whole number',
    // @ts-expect-error
    run: ({ seed }) => foldIn(seed, 1.5),
  },
  {
    says: 'dtype error: keyOf: bool is not a whole number; use i32 or u32',
    // @ts-expect-error
    run: ({ flag }) => keyOf(flag),
  },
  {
    says: 'type error: uniform: min 3 is above max -2.5',
    // @ts-expect-error
    run: ({ seed }) => uniform(seed, [2], { min: 3, max: -2.5 }),
  },
  {
    says: 'type error: uniform: min 2 is above max 1',
    // @ts-expect-error
    run: ({ seed }) => uniform(seed, [2], { min: 2 }),
  },
  {
    says: 'type error: bernoulli: 1.5 is not a probability; write a number from 0 to 1',
    // @ts-expect-error
    run: ({ seed }) => bernoulli(seed, 1.5, [2]),
  },
  {
    says: 'type error: bernoulli: -0.1 is not a probability; write a number from 0 to 1',
    // @ts-expect-error
    run: ({ seed }) => bernoulli(seed, -0.1, [2]),
  },
  {
    says: "dtype error: bernoulli: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ seed, ids }) => bernoulli(seed, ids),
  },
  {
    says: 'shape error: bernoulli: [3] with [n]: 3 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ seed, t }) => bernoulli(seed, t, [3]),
  },
  {
    says: 'shape error: bernoulli: [n] does not stretch to [1]',
    // @ts-expect-error
    run: ({ seed, t }) => bernoulli(seed, t, [1]),
  },
  {
    says: 'type error: randint: 3 is not below 3',
    // @ts-expect-error
    run: ({ seed }) => randint(seed, [2], 3, 3),
  },
  {
    says: 'type error: randint: 10 is not below 9',
    // @ts-expect-error
    run: ({ seed }) => randint(seed, [2], 10, 9),
  },
  {
    says: 'type error: randint: 0.5 is not a whole number',
    // @ts-expect-error
    run: ({ seed }) => randint(seed, [2], 0.5, 9),
  },
  {
    says: 'type error: truncatedNormal: 1 is not below -1',
    // @ts-expect-error
    run: ({ seed }) => truncatedNormal(seed, 1, -1, [2]),
  },
  {
    says: "dtype error: categorical: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ seed, ids }) => categorical(seed, ids),
  },
  {
    says: 'shape error: categorical: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ seed, x }) => categorical(seed, x, 2),
  },
  {
    says: 'shape error: categorical: [3] with [n]: 3 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ seed, x }) => categorical(seed, x, -1, [3]),
  },
  {
    says: 'shape error: categorical: [n] does not stretch to []',
    // @ts-expect-error
    run: ({ seed, x }) => categorical(seed, x, 1, []),
  },
  {
    says: 'shape error: permutation: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ seed, x }) => permutation(seed, x, 2),
  },
  {
    says: 'shape error: choice: axis -2 is out of range for [n]',
    // @ts-expect-error
    run: ({ seed, t }) => choice(seed, t, [3], { axis: -2 }),
  },
]
