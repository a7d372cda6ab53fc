import { describe, expect, test } from 'vitest'
import { f32, initialised, key, program, type Shape, type Spec, type Tensor, traceInit } from '../../../dsl/index.ts'
import { initialisers } from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { is } from '../is.ts'
import { evaluated, runBody } from '../run.ts'

const drawn = (draw: initialisers.Draw, shape: readonly number[], seed = [0, 7]): number[] =>
  runBody({ seed: key() }, ({ seed }) => draw(seed, shape as number[]), { seed }) as number[]
const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const meanOf = (xs: readonly number[]) => sum(xs) / xs.length
const varianceOf = (xs: readonly number[]) => meanOf(xs.map((x) => (x - meanOf(xs)) ** 2))

/**
 * Five standard errors of a mean of n elements, and of a variance, with the fourth central moment m times the square of
 * the variance.
 */
function hasMoments(xs: readonly number[], variance: number, m: number): void {
  expect(Math.abs(meanOf(xs))).toBeLessThan(5 * Math.sqrt(variance / xs.length))
  expect(Math.abs(varianceOf(xs) / variance - 1)).toBeLessThan(5 * Math.sqrt((m - 1) / xs.length))
}
const [ofUniform, ofNormal] = [9 / 5, 3]

test('constants', () => {
  expect(drawn(initialisers.zeros, [2, 2])).toEqual([0, 0, 0, 0])
  expect(drawn(initialisers.ones, [3])).toEqual([1, 1, 1])
  expect(drawn(initialisers.constant(-2.5), [])).toEqual([-2.5])
})

describe('distributions', () => {
  test('uniform within its bound, normal with its deviation', () => {
    const flat = drawn(initialisers.uniform(0.3), [40, 100])
    expect(Math.max(...flat.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.3))
    hasMoments(flat, 0.3 ** 2 / 3, ofUniform)
    hasMoments(drawn(initialisers.normal(0.02), [4000]), 0.02 ** 2, ofNormal)
  })

  test('truncated within two deviations of the normal distribution that is cut', () => {
    const cut = drawn(initialisers.truncatedNormal(0.5), [4000])
    expect(Math.max(...cut.map(Math.abs))).toBeLessThanOrEqual(1)
    // The variance of a standard normal cut at 2: 1 - 4 phi(2) / (2 Phi(2) - 1); its fourth moment is below 3 variances
    // squared.
    hasMoments(cut, 0.25 * 0.7737413035, ofNormal)
    const tail = drawn(initialisers.truncatedNormal(2, 1, 3), [500])
    expect(tail.every((e) => e >= 2 && e <= 6)).toBe(true)
  })
})

/** Fan-in and fan-out of a linear layer and of a convolution. */
const shapes: readonly (readonly [readonly number[], number, number])[] = [
  [[50, 80], 50, 80],
  [[3, 3, 20, 30], 180, 270],
]
const variances: { readonly [name: string]: (fanIn: number, fanOut: number) => number } = {
  lecun: (fanIn) => 1 / fanIn,
  glorot: (fanIn, fanOut) => 2 / (fanIn + fanOut),
  he: (fanIn) => 2 / fanIn,
}
describe.each(Object.entries(variances))('%s', (name, variance) => {
  for (const [shape, fanIn, fanOut] of shapes) {
    const expected = variance(fanIn, fanOut)
    const of = (kind: string) =>
      (initialisers as unknown as { [name: string]: () => initialisers.Draw })[name + kind]!()
    test(`uniform ${shape}`, () => {
      const values = drawn(of('Uniform'), shape)
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.sqrt(3 * expected)))
      hasMoments(values, expected, ofUniform)
    })
    test(`normal ${shape}`, () => hasMoments(drawn(of('Normal'), shape), expected, ofNormal))
  }

  test('of nothing', () => {
    for (const kind of ['Uniform', 'Normal'])
      for (const shape of [
        [0, 3],
        [3, 0],
        [0, 0],
        [2, 0, 4],
      ])
        expect(
          drawn((initialisers as unknown as { [name: string]: () => initialisers.Draw })[name + kind]!(), shape),
        ).toEqual([])
  })
})

describe('orthogonal', () => {
  /** The rows and columns of the matrix that a shape is. */
  const matrices = fc.oneof(
    fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 })),
    fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 7 })),
  )

  test('has orthonormal columns, or rows where these are fewer, times its scale', () => {
    fc.assert(
      fc.property(matrices, fc.nat(99), fc.constantFrom(1, 0.5), (shape, seed, scale) => {
        const values = drawn(initialisers.orthogonal(scale), shape, [0, seed])
        const columns = shape.at(-1)!
        const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1)
        expect(values).toHaveLength(rows * columns)
        const tall = rows >= columns
        const [count, length] = tall ? [columns, rows] : [rows, columns]
        const at = (i: number, k: number) => values[tall ? k * columns + i : i * columns + k]!
        for (let i = 0; i < count; i++)
          for (let j = 0; j < count; j++) {
            let dot = 0
            for (let k = 0; k < length; k++) dot += at(i, k) * at(j, k)
            expect(Math.abs(dot - (i === j ? scale ** 2 : 0))).toBeLessThan(1e-6)
          }
      }),
      { numRuns: 20 },
    )
  })

  test('turns to either side as often', () => {
    const draws = Array.from({ length: 200 }, (_, i) => drawn(initialisers.orthogonal(), [2, 2], [5, i]))
    const determinants = draws.map(([a, b, c, d]) => a! * d! - b! * c!)
    expect(determinants.every((e) => Math.abs(Math.abs(e) - 1) < 1e-6)).toBe(true)
    // Five standard errors of a mean of signs, and of the mean of a first element, of variance 1/2.
    expect(Math.abs(meanOf(determinants))).toBeLessThan(5 / Math.sqrt(200))
    expect(Math.abs(meanOf(draws.map(([a]) => a!)))).toBeLessThan(5 * Math.sqrt(0.5 / 200))
  })
})

test('fans need a weight, and named dims have the sizes they are bound to', () => {
  const spec: Spec<['n', 4]> = initialised(f32('n', 4), initialisers.heNormal())
  const init = traceInit(
    program({ w: spec }, ({ w }) => w),
    'w',
    { n: 500 },
  )
  hasMoments([...evaluated(init, { key: [0, 3] }).w!.data], 2 / 500, ofNormal)
  for (const [name, draw] of [
    ['heNormal', initialisers.heNormal()],
    ['glorotUniform', initialisers.glorotUniform()],
    ['orthogonal', initialisers.orthogonal()],
  ] as const)
    expect(() => drawn(draw, [3])).toThrow(
      `shape error: ${name}: [3] is not a weight; needs [in, out] or [kernel.., in, out]`,
    )
  const typed = (draw: initialisers.Draw) =>
    runBody({ seed: key() }, ({ seed }) => is<Tensor<[2, 3]>>()(draw(seed, [2, 3])), { seed: [0, 1] })
  expect(typed(initialisers.lecunNormal())).toHaveLength(6)
  const wide: Shape = [2, 2]
  expect(drawn(initialisers.ones, wide as number[])).toEqual([1, 1, 1, 1])
})
