import {
  bernoulli,
  bits,
  categorical,
  choice,
  type Key,
  keyOf,
  normal,
  permutation,
  randint,
  split,
  type Tensor,
  truncatedNormal,
  uniform,
  vmap,
} from '../../../dsl/index.ts'
import { is } from '../is.ts'

// Laws of the types of random numbers, which `tsc` checks. Nothing here runs.

export const drawn = (seed: Key, x: Tensor<['n', 3]>, t: Tensor<['n']>, ids: Tensor<['n', 2], 'i32'>, n: number) => [
  is<[Key, Key]>()(split(seed, 2)),
  is<Key[]>()(split(seed, n)),
  is<Tensor<['n', 2], 'key'>>()(split(seed, ['n', 2])),
  is<Key>()(keyOf(3)),
  is<Tensor<[2, 'n'], 'u32'>>()(bits(seed, [2, 'n'])),
  is<Tensor<['n']>>()(uniform(seed, ['n'], { min: n, max: 2 * n })),
  is<Tensor<['n', 3]>>()(normal(seed, x.shape)),
  is<Tensor<[number]>>()(normal(seed, [n])),
  is<Tensor<[2]>>()(truncatedNormal(seed, -n, n, [2])),
  is<Tensor<['n'], 'bool'>>()(bernoulli(seed, t)),
  is<Tensor<[], 'bool'>>()(bernoulli(seed, 0.5)),
  is<Tensor<['n', 3], 'bool'>>()(bernoulli(seed, t.expand(1), ['n', 3])),
  is<Tensor<[4], 'i32'>>()(randint(seed, [4], 0, 10)),
  is<Tensor<[4], 'u32'>>()(randint(seed, [4], 0, n, 'u32')),
  is<Tensor<['n'], 'i32'>>()(categorical(seed, x)),
  is<Tensor<[3], 'i32'>>()(categorical(seed, x, 0)),
  is<Tensor<[5, 'n'], 'i32'>>()(categorical(seed, x, -1, [5, 'n'])),
  is<Tensor<['n'], 'i32'>>()(permutation(seed, 'n')),
  is<Tensor<[8], 'i32'>>()(permutation(seed, 8)),
  is<Tensor<['n', 2], 'i32'>>()(permutation(seed, ids)),
  is<Tensor<['n', 2], 'i32'>>()(permutation(seed, ids, -1)),
  is<Tensor<[2, 3], 'i32'>>()(choice(seed, 'n', [2, 3])),
  is<Tensor<['n', 4, 5], 'i32'>>()(choice(seed, ids, [4, 5], { axis: 1 })),
  is<Tensor<[3]>>()(choice(seed, x, [], { p: t })),
  is<Tensor<['n', 3]>>()(vmap((key: Key) => normal(key, [3]))(split(seed, ['n']))),
]

/** Code that is generic in its sizes needs no casts. */
export const noisy = <D extends number>(seed: Key, x: Tensor<['n', D]>, d: D, rate: number): Tensor<['n', D]> => {
  const [a, b] = split(seed, 2)
  return x.add(normal(a, ['n', d]).mul(bernoulli(b, rate, ['n', d]).cast('f32')))
}
