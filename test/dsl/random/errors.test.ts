import { describe, expect, test } from 'vitest'
import {
  bernoulli,
  bits,
  categorical,
  choice,
  FluxionError,
  f32,
  foldIn,
  type Key,
  key,
  keyOf,
  permutation,
  program,
  randint,
  split,
  type Tensor,
  traceProgram,
  truncatedNormal,
  uniform,
  zeros,
} from '../../../dsl/index.ts'

// What no type tells: sizes, numbers that were computed, and what comes from JavaScript.

type Wrong = readonly [says: string, body: (seed: Key, x: Tensor<['n', 3]>) => unknown]
const wide = (n: number): number => n
const wrong: readonly [Wrong, ...Wrong[]] = [
  ['type error: bits: 3 is not a tensor', () => bits(3 as never, [2])],
  ['type error: bits: 2 is not a shape; write a list of dims', (seed) => bits(seed, 2 as never)],
  ['shape error: bits: no input of the program has a dim m', (seed) => bits(seed, ['m'])],
  ['type error: split: -1 is not a number of keys; write 1 or more', (seed) => split(seed, wide(-1))],
  ['type error: split: NaN is not a number of keys; write 1 or more', (seed) => split(seed, wide(Number.NaN))],
  ['type error: foldIn: 0.5 is not a whole number', (seed) => foldIn(seed, wide(0.5))],
  ["type error: foldIn: '1' is not a whole number", (seed) => foldIn(seed, '1' as never)],
  ['type error: keyOf: -1 is not a seed; write a whole number from 0', () => keyOf(-1)],
  ['type error: keyOf: 2.5 is not a whole number', () => keyOf(wide(2.5))],
  ['type error: uniform: min 2 is above max 1', (seed) => uniform(seed, [2], { min: wide(2), max: wide(1) })],
  ['type error: uniform: min NaN is above max 1', (seed) => uniform(seed, [2], { min: wide(Number.NaN) })],
  [
    'type error: bernoulli: 1.5 is not a probability; write a number from 0 to 1',
    (seed) => bernoulli(seed, wide(1.5), [2]),
  ],
  [
    'type error: bernoulli: NaN is not a probability; write a number from 0 to 1',
    (seed) => bernoulli(seed, wide(Number.NaN), [2]),
  ],
  ["type error: bernoulli: '0.5' is not a tensor or a number", (seed) => bernoulli(seed, '0.5' as never, [2])],
  ['type error: randint: 4 is not below 4', (seed) => randint(seed, [2], wide(4), wide(4))],
  ['type error: randint: 1.5 is not a whole number', (seed) => randint(seed, [2], 0, wide(1.5))],
  ['dtype error: randint: -1 is not of u32', (seed) => randint(seed, [2], -1, 4, 'u32')],
  ['dtype error: randint: 2147483649 is not of i32', (seed) => randint(seed, [2], 0, 2147483649)],
  ["dtype error: randint: 'f32' is not i32 or u32", (seed) => randint(seed, [2], 0, 4, 'f32' as never)],
  ['type error: truncatedNormal: 1 is not below 1', (seed) => truncatedNormal(seed, wide(1), wide(1), [2])],
  ['type error: truncatedNormal: NaN is not below 1', (seed) => truncatedNormal(seed, wide(Number.NaN), 1, [2])],
  [
    'shape error: categorical: [2, 0] has nothing to choose from along axis 1',
    (seed) => categorical(seed, zeros([2, 0])),
  ],
  ['shape error: permutation: 1.5 is not a dim; write a size or a name', (seed) => permutation(seed, 1.5)],
  ['shape error: permutation: axis 1 is out of range for [4]', (seed) => permutation(seed, 4, wide(1))],
  [
    'shape error: choice: 5 cannot be drawn from 4 without replacement',
    (seed) => choice(seed, 4, [5], { replace: false }),
  ],
  ['shape error: choice: 1 cannot be drawn from 0', (seed) => choice(seed, 0, [1])],
  ['shape error: choice: p is [3], needs [4]', (seed) => choice(seed, 4, [2], { p: zeros([3]) })],
  ['shape error: choice: p is [3], needs [n]', (seed, x) => choice(seed, x, [2], { p: zeros([3]) })],
  [
    "dtype error: choice: i32 is not a float; cast('f32') first",
    (seed) => choice(seed, 4, [2], { p: zeros([4], 'i32') as never }),
  ],
]

describe('what only tracing knows is refused by it', () => {
  for (const [says, body] of wrong) {
    test(says, () => {
      const of = program({ seed: key(), x: f32('n', 3) }, ({ seed, x }) => body(seed, x) as typeof x)
      let thrown: unknown
      try {
        traceProgram(of, { n: 2 })
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(FluxionError)
      expect((thrown as FluxionError).complaint).toBe(says)
      expect((thrown as FluxionError).frame?.file).toBe(import.meta.filename)
    })
  }

  test('a key of another program', () => {
    let kept: Key | undefined
    traceProgram(program({ seed: key() }, ({ seed }) => (kept = seed)))
    expect(() => traceProgram(program({ x: f32(2) }, () => bits(kept!, [2])))).toThrow(
      'after the function that made it',
    )
  })
})
