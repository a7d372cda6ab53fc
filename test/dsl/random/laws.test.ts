import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  bernoulli,
  bits,
  categorical,
  choice,
  exponential,
  f32,
  foldIn,
  grad,
  gumbel,
  i32,
  type Key,
  key,
  keyOf,
  keyWords,
  normal,
  permutation,
  rademacher,
  randint,
  split,
  type Tensor,
  truncatedNormal,
  u32,
  uniform,
  vmap,
} from '../../../dsl/index.ts'
import { closeTo, runBody, tracing } from '../run.ts'
import { erf, extremes, partitionable, randomOf, threefry } from './reference.ts'

const random = randomOf(partitionable)
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const keys = fc.tuple(word, word)
/** Of any rank, with sizes 0 and 1. */
const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const specs = { seed: key() }
const of = (seed: readonly number[], body: (seed: Key) => unknown) =>
  runBody(specs, ({ seed }) => body(seed), { seed }) as number[]
const holds = <T extends [unknown, ...unknown[]]>(
  arbitraries: { [I in keyof T]: fc.Arbitrary<T[I]> },
  law: (...values: T) => void,
) => fc.assert(fc.property<T>(...arbitraries, law), { numRuns: 40 })

describe('keys', () => {
  test('split gives the hashes of 0, 1, ..., as keys or as a tensor of them', () => {
    holds([keys, fc.integer({ min: 1, max: 5 })], (seed, count) => {
      const expected = random.split(seed, count).map((words) => [...words])
      expect(of(seed, (seed) => split(seed, count))).toEqual(expected)
      expect(of(seed, (seed) => split(seed, [count]))).toEqual(expected.flat())
    })
    holds([keys, shapes], (seed, shape) => {
      expect(of(seed, (seed) => split(seed, shape))).toEqual(random.split(seed, countOf(shape)).flat())
    })
  })

  test('foldIn is the hash of a number, and takes a tensor as it takes a number', () => {
    holds([keys, word], (seed, data) => {
      const expected = [...threefry(seed, [0, data])]
      expect(of(seed, (seed) => foldIn(seed, data))).toEqual(expected)
      const folded = (seed: Key, data: Tensor<[], 'i32'> | Tensor<[], 'u32'>) => foldIn(seed, data)
      const unsigned = runBody({ ...specs, data: u32() }, ({ seed, data }) => folded(seed, data), { seed, data })
      const signed = { seed, data: data | 0 }
      expect(unsigned).toEqual(expected)
      expect(runBody({ ...specs, data: i32() }, ({ seed, data }) => folded(seed, data), signed)).toEqual(expected)
    })
  })

  test('a seed below 2^32 is the low word; one of more bits fills both', () => {
    expect(keyWords(42)).toEqual([0, 42])
    expect(keyWords(2 ** 32 * 5 + 6)).toEqual([5, 6])
    holds([word], (seed) => {
      expect(of([0, 0], () => keyOf(seed))).toEqual([0, seed])
      expect(runBody({ seed: u32() }, ({ seed }) => keyOf(seed), { seed })).toEqual([0, seed])
      expect(runBody({ seed: i32() }, ({ seed }) => keyOf(seed), { seed: seed | 0 })).toEqual([0, seed])
    })
    expect(of([0, 0], () => keyOf(2 ** 32 * 5 + 6))).toEqual([5, 6])
  })

  test('vmap over a tensor of keys is the loop over them', () => {
    const draws: readonly ((key: Key) => AnyTensor)[] = [
      (key) => bits(key, [3]),
      (key) => normal(key, []),
      (key) => split(key, 2)[1],
      (key) => foldIn(key, 7),
      (key) => randint(key, [2], -3, 9),
      (key) => bernoulli(key, 0.4, [5]),
      (key) => permutation(key, 4),
      (key) => categorical(key, uniform(key, [3, 4])),
      (key) => choice(key, 6, [2], { replace: false }),
      (key) => truncatedNormal(key, -1, 1, [2]),
    ]
    for (const draw of draws) {
      const mapped = of([3, 4], (seed) => vmap((key: Key) => draw(key))(split(seed, [3])))
      const looped = of([3, 4], (seed) => split(seed, 3).map(draw)) as unknown as number[][]
      expect(mapped).toEqual(looped.flat())
    }
  })

  test('a tensor of keys has the name of its dim, and is mapped beside other tensors', () => {
    const body = ({ seed, x }: { seed: Key; x: Tensor<['n', 2]> }) =>
      vmap((key: Key, x: Tensor<[2]>) => x.add(normal(key, [2])))(split(seed, ['n']), x)
    const traced = tracing({ ...specs, x: f32('n', 2) }, body, { n: 3 })
    expect(traced.outputs).toMatchObject({ dims: ['n', 2], dtype: 'f32' })
    const found = runBody({ ...specs, x: f32('n', 2) }, body, { seed: [1, 2], x: [1, 2, 3, 4, 5, 6] }, { n: 3 })
    const noise = random.split([1, 2], 3).flatMap((key) => random.normal(key, 2))
    closeTo(
      found,
      noise.map((e, i) => e + i + 1),
      1e-9,
    )
  })
})

describe('numbers are those of the reference, in any shape', () => {
  test('bits and uniforms, exactly', () => {
    holds([keys, shapes], (seed, shape) => {
      const count = countOf(shape)
      expect(of(seed, (seed) => bits(seed, shape))).toEqual(random.bits(seed, count))
      expect(of(seed, (seed) => uniform(seed, shape))).toEqual(random.unit(seed, count))
      expect(of(seed, (seed) => uniform(seed, shape, { min: -3, max: 5 }))).toEqual(random.uniform(seed, count, -3, 5))
    })
  })

  test('randint, exactly, between any bounds', () => {
    const signed = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    const bounds = fc.oneof(
      fc.tuple(signed, signed),
      fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })),
      fc.constantFrom([-(2 ** 31), 2 ** 31], [0, 2 ** 16], [0, 2 ** 16 - 1], [5, 2 ** 16 + 6], [0, 2 ** 31], [-7, -6]),
    ) as fc.Arbitrary<[number, number]>
    holds([keys, shapes, bounds], (seed, shape, [a, b]) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b) + (a === b ? 1 : 0)]
      const expected = random.randint(seed, countOf(shape), min, max)
      expect(of(seed, (seed) => randint(seed, shape, min, max))).toEqual(expected)
      expect(expected.every((x) => min <= x && x < max)).toBe(true)
      const [low, high] = [min + 2 ** 31, max + 2 ** 31]
      const unsigned = random.randint(seed, countOf(shape), low, high)
      expect(of(seed, (seed) => randint(seed, shape, low, high, 'u32'))).toEqual(unsigned)
    })
  })

  test('bernoulli and rademacher, exactly, with one probability or many', () => {
    const chance = fc.float({ min: 0, max: 1, noNaN: true })
    holds([keys, shapes, chance], (seed, shape, p) => {
      const count = countOf(shape)
      expect(of(seed, (seed) => bernoulli(seed, p, shape))).toEqual(random.bernoulli(seed, count, p))
      expect(of(seed, (seed) => rademacher(seed, shape))).toEqual(random.rademacher(seed, count))
    })
    holds([keys, fc.array(chance, { minLength: 1, maxLength: 4 })], (seed, p) => {
      const specs = { seed: key(), p: f32(p.length) }
      const once = random.bernoulli(seed, p.length, p)
      expect(runBody(specs, ({ seed, p }) => bernoulli(seed, p), { seed, p })).toEqual(once)
      const rows = random.bernoulli(seed, 3 * p.length, [...p, ...p, ...p])
      expect(runBody(specs, ({ seed, p }) => bernoulli(seed, p, [3, p.size(0)]), { seed, p })).toEqual(rows)
    })
    expect(of([0, 1], (seed) => bernoulli(seed, 0.9))).toEqual(random.bernoulli([0, 1], 1, 0.9))
  })

  test('normal, truncatedNormal, exponential and gumbel, to rounding in float64', () => {
    const bound = fc.double({ min: -3.5, max: 3.5, noNaN: true })
    holds([keys, shapes, bound, bound], (seed, shape, a, b) => {
      const count = countOf(shape)
      closeTo(
        of(seed, (seed) => normal(seed, shape)),
        random.normal(seed, count),
        1e-9,
      )
      closeTo(
        of(seed, (seed) => exponential(seed, shape)),
        random.exponential(seed, count),
        1e-14,
      )
      closeTo(
        of(seed, (seed) => gumbel(seed, shape)),
        random.gumbel(seed, count),
        1e-13,
      )
      const [lower, upper] = [Math.min(a, b), Math.max(a, b) + 0.1]
      const found = of(seed, (seed) => truncatedNormal(seed, lower, upper, shape))
      closeTo(found, random.truncatedNormal(seed, count, lower, upper), 1e-6)
      const [low, high] = [Math.fround(lower), Math.fround(upper)]
      expect(found.every((x) => low < x && x < high)).toBe(true)
    })
  })

  test('permutation, exactly, of numbers and of the parts of a tensor along any axis', () => {
    holds([keys, fc.integer({ min: 0, max: 9 })], (seed, n) => {
      expect(of(seed, (seed) => permutation(seed, n))).toEqual(random.permutation(seed, n))
    })
    holds([keys, fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 4 }))), fc.nat(2)], (seed, shape, axis) => {
      const [a, b, c] = shape as [number, number, number]
      const order = random.permutation(seed, shape[axis]!)
      const x = Array.from({ length: a * b * c }, (_, i) => i)
      const expected = x.map((i) => {
        const at = [Math.floor(i / (b * c)), Math.floor(i / c) % b, i % c]
        const [p, q, r] = at.with(axis, order[at[axis]!]!)
        return (p! * b + q!) * c + r!
      })
      for (const from of [axis, axis - 3] as 0[])
        expect(
          runBody({ seed: key(), x: f32(a, b, c) }, ({ seed, x }) => permutation(seed, x, from), { seed, x }),
        ).toEqual(expected)
    })
  })

  test('permutation of enough elements for two rounds', () => {
    expect(of([7, 8], (seed) => permutation(seed, 2500))).toEqual(random.permutation([7, 8], 2500))
  })

  test('permutation of a tensor of keys moves whole keys', () => {
    const order = random.permutation([5, 6], 4)
    const all = random.split([5, 6], 4)
    expect(of([5, 6], (seed) => permutation(seed, split(seed, [4])))).toEqual(order.flatMap((i) => [...all[i]!]))
  })

  test('categorical, exactly, along any axis', () => {
    const sizes = fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 4 })))
    holds([keys, sizes, fc.nat(2), fc.nat()], (seed, shape, axis, start) => {
      const [a, b, c] = shape as [number, number, number]
      const strides = [b * c, c, 1]
      const logits = Array.from({ length: a * b * c }, (_, i) => Math.fround(Math.sin(start + i)))
      const places = logits.map((_, i) => i).filter((i) => Math.floor(i / strides[axis]!) % shape[axis]! === 0)
      const at = (row: number, k: number) => places[row]! + k * strides[axis]!
      const rows = places.map((_, i) => Array.from({ length: shape[axis]! }, (_, k) => logits[at(i, k)]!))
      const expected = random.categorical(seed, rows, at)
      for (const from of [axis, axis - 3] as 0[])
        expect(
          runBody({ seed: key(), x: f32(a, b, c) }, ({ seed, x }) => categorical(seed, x, from), { seed, x: logits }),
        ).toEqual(expected)
    })
  })

  test('categorical draws as many as its shape has, which the distributions stretch to', () => {
    const logits = [0.1, -0.2, 0.7]
    const rows = Array.from({ length: 8 }, () => logits)
    const expected = random.categorical([1, 9], rows, (i, k) => 3 * i + k)
    const draw = (shape: number[]) =>
      runBody({ seed: key(), x: f32(3) }, ({ seed, x }) => categorical(seed, x, -1, shape), { seed: [1, 9], x: logits })
    expect(draw([8])).toEqual(expected)
    expect(draw([2, 4])).toEqual(expected)
    // Classes along the first axis of [3, 2], drawn five times: noise has shape [5, 3, 2].
    const pairs = [0.1, 1, -0.2, 2, 0.7, 3]
    const columns = Array.from({ length: 10 }, (_, i) => [0, 1, 2].map((k) => pairs[2 * k + (i % 2)]!))
    expect(
      runBody({ seed: key(), x: f32(3, 2) }, ({ seed, x }) => categorical(seed, x, 0, [5, 2]), {
        seed: [1, 9],
        x: pairs,
      }),
    ).toEqual(random.categorical([1, 9], columns, (i, k) => Math.floor(i / 2) * 6 + 2 * k + (i % 2)))
  })

  test('categorical never chooses what is impossible', () => {
    const never = Number.NEGATIVE_INFINITY
    const draw = runBody({ seed: key(), x: f32(3) }, ({ seed, x }) => categorical(seed, x, -1, [200]), {
      seed: [0, 3],
      x: [never, 0, never],
    })
    expect(new Set(draw as number[])).toEqual(new Set([1]))
  })

  test('choice, exactly, with and without replacement and weights', () => {
    const weights = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 })
    holds([keys, weights, fc.boolean(), fc.nat(5)], (seed, p, replace, more) => {
      const n = p.length
      const count = replace ? more : Math.min(more, n)
      const specs = { seed: key(), p: f32(n) }
      const draw = (body: (seed: Key, p: Tensor<[number]>) => unknown) =>
        runBody(specs, ({ seed, p }) => body(seed, p), { seed, p })
      expect(draw((seed) => choice(seed, n, [count], { replace }))).toEqual(random.choice(seed, n, count, replace))
      expect(draw((seed, p) => choice(seed, n, [count], { replace, p }))).toEqual(
        random.choice(seed, n, count, replace, p),
      )
    })
  })

  test('choice from a tensor puts the shape in the place of the axis', () => {
    const x = Array.from({ length: 12 }, (_, i) => i)
    const [a, b, c, d] = random.choice([2, 2], 3, 4, true)
    const body = ({ seed, x }: { seed: Key; x: Tensor<[2, 3, 2]> }) => choice(seed, x, [2, 2], { axis: 1 })
    const expected = [0, 6].flatMap((row) => [a, b, c, d].flatMap((i) => [row + 2 * i!, row + 2 * i! + 1]))
    expect(runBody({ seed: key(), x: f32(2, 3, 2) }, body, { seed: [2, 2], x })).toEqual(expected)
    expect(tracing({ seed: key(), x: f32(2, 3, 2) }, body).outputs).toMatchObject({ dims: [2, 2, 2, 2], dtype: 'f32' })
  })

  test('dims of size 0 and 1 need no special care', () => {
    expect(of([0, 1], (seed) => permutation(seed, 0))).toEqual([])
    expect(of([0, 1], (seed) => permutation(seed, 1))).toEqual([0])
    expect(of([0, 1], (seed) => choice(seed, 0, [0]))).toEqual([])
    expect(of([0, 1], (seed) => split(seed, [0]))).toEqual([])
    const none = ({ seed, x }: { seed: Key; x: Tensor<[0, 3]> }) => [categorical(seed, x), permutation(seed, x, 1)]
    expect(runBody({ seed: key(), x: f32(0, 3) }, none, { seed: [0, 1], x: [] })).toEqual([[], []])
  })
})

describe('the least and the greatest uniform number', () => {
  test('are 0 and 1 - 2^-23', () => {
    expect(extremes.map((seed) => of(seed, (seed) => uniform(seed, [])))).toEqual([[0], [1 - 2 ** -23]])
  })

  test('make finite numbers of every law, inside of its bounds', () => {
    const [gumbels, exponentials, normals, truncated] = [gumbel, exponential, normal, between].map((draw) =>
      extremes.flatMap((seed) => of(seed, (seed) => draw(seed, []))),
    )
    closeTo(gumbels, [-Math.log(126 * Math.LN2), -Math.log(-Math.log1p(-(2 ** -23)))], 1e-12)
    closeTo(exponentials, [0, 23 * Math.LN2], 1e-12)
    closeTo(normals, [-5.4199, 5.2201], 1e-4)
    expect(truncated![0]).toBeGreaterThan(0.5)
    expect(truncated![0]).toBeLessThan(0.5 + 2 ** -22)
    expect(truncated![1]).toBeLessThan(2)
    expect(truncated![1]).toBeGreaterThan(2 - 2 ** -18)
  })
})
const between = (seed: Key, shape: []): Tensor<[]> => truncatedNormal(seed, 0.5, 2, shape)

describe('bounds of a truncated normal', () => {
  const seeds = Array.from({ length: 20 }, (_, i) => [i, 1] as const)
  test('where there is none it is the normal', () => {
    for (const seed of seeds) {
      const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      const [found, expected] = [of(seed, (seed) => truncatedNormal(seed, low, high, [50])), random.normal(seed, 50)]
      // Its uniform number is half of the least step of f32 near 1 lower.
      const apart = found.map((x, i) => Math.abs(erf(x / Math.SQRT2) - erf(expected[i]! / Math.SQRT2)))
      expect(Math.max(...apart)).toBeLessThan(2 ** -23)
    }
  })
  test('where all of it lies in a tail that f32 does not tell apart, it is inside of them', () => {
    for (const [low, high] of [
      [6, 7],
      [-9, -8.5],
      [0, 1e-30],
      [-1e-40, 1e-40],
    ] as const) {
      const draws = of([1, 1], (seed) => truncatedNormal(seed, low, high, [50]))
      expect(draws.every((x) => Math.abs(x) <= 2 ** -126 || (low < x && x < high))).toBe(true)
    }
  })
})

test('gradients pass random numbers by', () => {
  const body = ({ seed, x }: { seed: Key; x: Tensor<[3]> }) =>
    grad((x: Tensor<[3]>) => {
      const [a, b, c] = split(seed, 3)
      const kept = bernoulli(a, x.sigmoid()).cast('f32')
      const shift = normal(b, [3]).add(categorical(c, x, -1, [3]).cast('f32'))
      return x.mul(kept).add(x.mul(shift)).sum()
    })(x)
  const x = [0.3, -0.2, 1.1]
  const [a, b, c] = random.split([4, 4], 3)
  const sigmoid = x.map((x) => 1 / (1 + Math.exp(-x)))
  const kept = random.bernoulli(a!, 3, sigmoid)
  const drawn = random.categorical(c!, [x, x, x], (i, k) => 3 * i + k)
  const expected = random.normal(b!, 3).map((e, i) => kept[i]! + e + drawn[i]!)
  const found = runBody({ seed: key(), x: f32(3) }, body, { seed: [4, 4], x })
  closeTo((found as unknown as number[][]).flat(), expected, 1e-9)
})
