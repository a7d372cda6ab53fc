import { expect, test } from 'vitest'
import { hostRandom } from '../../../models/index.ts'
import { streamFor } from '../../../models/metrics/streams.ts'
import { randomFor } from '../../../models/projections/draws.ts'
import { threefry2x32 } from '../../../runtime/threefry.ts'

// kat_vectors of Random123 (Salmon et al.), threefry 2 32 with 20 rounds.
test.each([
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x13198a2e, 0x03707344],
    [0x243f6a88, 0x85a308d3],
    [0xc4923a9c, 0x483df7a0],
  ],
] as const)('threefry of key %j at counter %j is the published %j', (key, counter, bits) => {
  expect(threefry2x32(key, counter)).toEqual(bits)
})

const n = 20_000
const momentsOf = (draw: () => number): number[] => {
  const values = Array.from({ length: n }, draw)
  return [1, 2, 3, 4].map((power) => values.reduce((sum, value) => sum + value ** power, 0) / n)
}

/** Four standard errors of the mean of z^p: E z^2p - (E z^p)^2 over n. */
const close = (measured: readonly number[], exact: readonly number[], variances: readonly number[]): void => {
  for (const [i, value] of measured.entries()) {
    expect(Math.abs(value - exact[i]!)).toBeLessThan(4 * Math.sqrt(variances[i]! / n))
  }
}

test('uniform numbers have uniform moments and stay inside (0, 1)', () => {
  const random = hostRandom(1)
  const exact = [1 / 2, 1 / 3, 1 / 4, 1 / 5]
  close(
    momentsOf(() => random.uniform()),
    exact,
    [1 / 12, 4 / 45, 9 / 112, 16 / 225],
  )
  for (let i = 0; i < 1000; i += 1) {
    const u = random.uniform()
    expect(u > 0 && u < 1).toBe(true)
  }
})

test('normal numbers have normal moments', () => {
  const random = hostRandom(2)
  close(
    momentsOf(() => random.normal()),
    [0, 1, 0, 3],
    [1, 2, 15, 96],
  )
})

test.each([
  ['hostRandom', hostRandom],
  ['those of a metric', (seed: number) => streamFor('floor', seed)],
  ['those of a projection', (seed: number) => randomFor('weights', seed)],
] as const)('seeds that differ give other numbers, however large they are: %s', (_, of) => {
  const seeds = [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 3 * 2 ** 32, 2 ** 53 - 1]
  expect(new Set(seeds.map((seed) => of(seed).uniform())).size).toBe(seeds.length)
})

test.each([-1, 0.5, Number.NaN, 2 ** 53])('%s is refused as a seed', (seed) => {
  expect(() => hostRandom(seed)).toThrow('hostRandom: the seed is ')
})
