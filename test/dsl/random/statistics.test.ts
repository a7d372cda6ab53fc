import { describe, expect, test } from 'vitest'
import {
  bernoulli,
  bits,
  categorical,
  choice,
  exponential,
  f32,
  gumbel,
  type Key,
  key,
  normal,
  permutation,
  rademacher,
  randint,
  split,
  truncatedNormal,
  uniform,
  vmap,
} from '../../../dsl/index.ts'
import { runBody } from '../run.ts'
import { erf } from './reference.ts'

// Draws against their laws, at fixed seeds. Each test rejects a right generator once in a million seeds.

const n = 20_000
const sample = (draw: (seed: Key) => unknown, seed = [0, 2024]): number[] =>
  (runBody({ seed: key() }, ({ seed }) => draw(seed), { seed }) as unknown as number[][]).flat()

/** The values that a chi-square variable of so many degrees of freedom exceeds once in a million times. */
const millionth: { readonly [degrees: number]: number } = {
  1: 23.928,
  3: 30.665,
  10: 46.863,
  11: 48.866,
  23: 70.55,
  99: 180.792,
  255: 377.078,
}

/** Pearson's chi-square of counts. */
const chiSquare = (counts: readonly number[], chances: readonly number[]): number => {
  const all = counts.reduce((a, b) => a + b, 0)
  return counts.reduce((sum, count, i) => sum + (count - all * chances[i]!) ** 2 / (all * chances[i]!), 0)
}
function isDrawnFrom(places: readonly number[], chances: readonly number[]): void {
  const counts = chances.map((_, i) => places.filter((place) => place === i).length)
  expect(counts.reduce((a, b) => a + b, 0)).toBe(places.length)
  expect(chiSquare(counts, chances)).toBeLessThan(millionth[chances.length - 1]!)
}
const equal = (count: number): number[] => Array.from({ length: count }, () => 1 / count)

describe('whole numbers', () => {
  test('each byte of bits', () => {
    const words = sample((seed) => bits(seed, [n]))
    for (const shift of [0, 8, 16, 24])
      isDrawnFrom(
        words.map((word) => (word >>> shift) & 255),
        equal(256),
      )
  })

  test('randint, in a span that is no power of 2', () => {
    isDrawnFrom(
      sample((seed) => randint(seed, [n], -3, 8)).map((x) => x + 3),
      equal(11),
    )
  })

  test('bernoulli and rademacher', () => {
    isDrawnFrom(
      sample((seed) => bernoulli(seed, 0.3, [n])),
      [0.7, 0.3],
    )
    isDrawnFrom(
      sample((seed) => rademacher(seed, [n])).map((x) => (x + 1) / 2),
      equal(2),
    )
  })

  test('categorical', () => {
    const chances = [0.5, 0.3, 0.15, 0.05]
    const drawn = runBody({ seed: key(), x: f32(4) }, ({ seed, x }) => categorical(seed, x, -1, [n]), {
      seed: [0, 5],
      x: chances.map((p) => Math.log(p) + 3),
    })
    isDrawnFrom(drawn as number[], chances)
  })

  test('permutation: all 24 orders of four', () => {
    const orders = sample((seed) => vmap((key: Key) => permutation(key, 4))(split(seed, [4000])))
    const places = Array.from({ length: 4000 }, (_, i) => {
      const order = orders.slice(4 * i, 4 * i + 4)
      // The number of the order in Lehmer's code.
      return order.reduce((sum, x, j) => sum * (4 - j) + order.slice(j + 1).filter((y) => y < x).length, 0)
    })
    isDrawnFrom(places, equal(24))
  })

  test('choice with weights, and the pairs of choice without replacement', () => {
    const chances = [0.1, 0.2, 0.3, 0.4]
    const weighted = runBody({ seed: key(), p: f32(4) }, ({ seed, p }) => choice(seed, 4, [n], { p }), {
      seed: [0, 6],
      p: chances,
    })
    isDrawnFrom(weighted as number[], chances)
    const pairs = runBody(
      { seed: key(), p: f32(4) },
      ({ seed, p }) => vmap((key: Key) => choice(key, 4, [2], { p, replace: false }))(split(seed, [4000])),
      { seed: [0, 7], p: chances },
    ) as number[]
    // The second is drawn from what the first has left.
    const ordered = chances.flatMap((a, i) => chances.flatMap((b, j) => (i === j ? [] : [(a * b) / (1 - a)])))
    const places = Array.from({ length: 4000 }, (_, k) => {
      const [i, j] = [pairs[2 * k]!, pairs[2 * k + 1]!]
      return 3 * i + (j > i ? j - 1 : j)
    })
    isDrawnFrom(places, ordered)
  })
})

describe('floats fall equally often between the quantiles of their laws', () => {
  const phi = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2
  const [lower, upper] = [-1, 2.5]
  const laws: readonly (readonly [string, (seed: Key) => unknown, (x: number) => number])[] = [
    ['uniform', (seed) => uniform(seed, [n]), (x) => x],
    ['uniform on [-3, 5)', (seed) => uniform(seed, [n], { min: -3, max: 5 }), (x) => (x + 3) / 8],
    ['normal', (seed) => normal(seed, [n]), phi],
    [
      'truncatedNormal',
      (seed) => truncatedNormal(seed, lower, upper, [n]),
      (x) => (phi(x) - phi(lower)) / (phi(upper) - phi(lower)),
    ],
    ['exponential', (seed) => exponential(seed, [n]), (x) => -Math.expm1(-x)],
    ['gumbel', (seed) => gumbel(seed, [n]), (x) => Math.exp(-Math.exp(-x))],
  ]
  test.each(laws)('%s', (_, draw, distribution) => {
    const ranks = sample(draw).map((x) => Math.floor(100 * distribution(x)))
    isDrawnFrom(ranks, equal(100))
  })

  test('what two keys of one split give is not correlated', () => {
    const draws = sample((seed) => split(seed, 2).map((key) => normal(key, [n])))
    const correlation = draws.slice(0, n).reduce((sum, x, i) => sum + x * draws[n + i]!, 0) / n
    expect(Math.abs(correlation)).toBeLessThan(4.9 / Math.sqrt(n))
  })
})
