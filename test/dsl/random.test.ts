import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bits, foldIn, i32, key, keyWords, normal, split, uniform } from '../../dsl/index.ts'
import { closeTo, runBody } from './run.ts'

type Pair = readonly [number, number]

/** Threefry-2x32, 20 rounds, as in Salmon et al. 2011, written for this test alone with BigInt. */
function threefry([k0, k1]: Pair, [c0, c1]: Pair): Pair {
  const word = (x: bigint) => x & 0xffffffffn
  const rotate = (x: bigint, by: bigint) => word((x << by) | (x >> (32n - by)))
  const keys = [BigInt(k0), BigInt(k1), 0x1bd11bdan ^ BigInt(k0) ^ BigInt(k1)]
  const turns = [
    [13n, 15n, 26n, 6n],
    [17n, 29n, 16n, 24n],
  ]
  let [a, b] = [word(BigInt(c0) + keys[0]!), word(BigInt(c1) + keys[1]!)]
  for (let group = 0; group < 5; group++) {
    for (const turn of turns[group % 2]!) {
      a = word(a + b)
      b = a ^ rotate(b, turn)
    }
    a = word(a + keys[(group + 1) % 3]!)
    b = word(b + keys[(group + 2) % 3]! + BigInt(group + 1))
  }
  return [Number(a), Number(b)]
}
const bitsAt = (key: Pair, i: number): number => {
  const [high, low] = threefry(key, [0, i])
  return (high ^ low) >>> 0
}
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const keys = fc.tuple(word, word)
const specs = { seed: key() }

describe('the independent Threefry', () => {
  test('has the answers of its authors', () => {
    expect(threefry([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe])
    expect(threefry([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([0x1cb996fc, 0xbb002be7])
    expect(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0])
  })
})

describe('laws', () => {
  test('element i of bits is the hash of the counter i, in any shape', () => {
    fc.assert(
      fc.property(keys, fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), (seed, shape) => {
        const count = shape.reduce((a, b) => a * b, 1)
        const expected = Array.from({ length: count }, (_, i) => bitsAt(seed, i))
        expect(runBody(specs, ({ seed }) => bits(seed, shape), { seed })).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  test('split gives the hashes of 0, 1, ... and foldIn that of a number', () => {
    fc.assert(
      fc.property(keys, word, fc.integer({ min: 1, max: 5 }), (seed, data, count) => {
        const expected = Array.from({ length: count }, (_, i) => [...threefry(seed, [0, i])])
        expect(runBody(specs, ({ seed }) => split(seed, count), { seed })).toEqual(expected)
        expect(runBody(specs, ({ seed }) => foldIn(seed, data), { seed })).toEqual([...threefry(seed, [0, data])])
      }),
      { numRuns: 40 },
    )
  })

  test('foldIn takes a tensor as it takes a number', () => {
    const body = ({ seed, step }: { seed: never; step: never }) => [foldIn(seed, step), foldIn(seed, 7)]
    const [a, b] = runBody({ ...specs, step: i32() }, body as never, { seed: [3, 4], step: 7 }) as number[][]
    expect(a).toEqual(b)
  })

  test('uniform lies in its range and has the bits of JAX', () => {
    fc.assert(
      fc.property(keys, (seed) => {
        const unit = Array.from({ length: 9 }, (_, i) => {
          const [float, word] = [new Float32Array(1), new Uint32Array(1)]
          word[0] = (bitsAt(seed, i) >>> 9) | 0x3f800000
          float.set(new Float32Array(word.buffer))
          return float[0]! - 1
        })
        expect(runBody(specs, ({ seed }) => uniform(seed, [9]), { seed })).toEqual(unit)
        const scaled = runBody(specs, ({ seed }) => uniform(seed, [9], { min: -3, max: 5 }), { seed })
        expect(scaled).toEqual(unit.map((u) => u * 8 - 3))
      }),
      { numRuns: 40 },
    )
  })

  test('normal has mean 0, deviation 1 and kurtosis 3', () => {
    const draws = runBody(specs, ({ seed }) => normal(seed, [20000]), { seed: [0, 1] }) as number[]
    const moment = (k: number) => draws.reduce((sum, x) => sum + x ** k, 0) / draws.length
    // Five standard errors.
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(20000))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 20000))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / 20000))
  })
})

describe('published values of JAX 0.5 and later', () => {
  const of = <T>(seed: number, body: (seed: never) => T) =>
    runBody(specs, ({ seed }) => body(seed as never), { seed: [...keyWords(seed)] })

  test('of its documentation of jax.random, from key(0)', () => {
    closeTo(
      of(0, (seed) => uniform(seed, [])),
      0.947667,
      1e-6,
    )
    closeTo(
      of(0, (seed) => uniform(split(seed, 2)[1], [])),
      0.00729382,
      1e-8,
    )
  })

  test('of split(PRNGKey(42))', () => {
    expect(of(42, (seed) => split(seed, 2))).toEqual([
      [1832780943, 270669613],
      [64467757, 2916123636],
    ])
  })

  test('of normal(PRNGKey(42), (2, 3))', () => {
    const values = [-0.02830462, 0.46713185, 0.29570296, 0.15354592, -0.12403282, 0.21692315]
    closeTo(
      of(42, (seed) => normal(seed, [2, 3])),
      values,
      2e-7,
    )
  })

  test('a seed of more than 32 bits fills both words', () => {
    expect(keyWords(42)).toEqual([0, 42])
    expect(keyWords(2 ** 32 * 5 + 6)).toEqual([5, 6])
  })
})
