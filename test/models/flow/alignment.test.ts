import { describe, expect, test } from 'vitest'
import {
  compile,
  type Dim,
  f32,
  grad,
  type Key,
  key,
  openDevice,
  program,
  split,
  stack,
  type Tensor,
  vmap,
} from '../../../index.ts'
import { align, alignAt, alignTokens } from '../../../models/flow/alignment.ts'
import { elbo, negativeLogLikelihoodBound } from '../../../models/flow/likelihood-bound.ts'
import { logitNormalTimes, logSnrTimes } from '../../../models/flow/times.ts'
import type { MonteCarloEstimate } from '../../../models/index.ts'
import {
  array,
  checkGradient,
  evaluateProgram,
  matchers,
  permutation,
  rotation,
  tensors,
} from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { alignmentOf, gaussian, logDensity, mean, std } from './gaussian.ts'

expect.extend(matchers)

/**
 * A velocity that turns with its matrix: v(x, t) = A x cos t + x |x|^2 / 9, A a symmetric matrix in the program's
 * inputs.
 */
const wild =
  (a: Tensor<[2, 2]>) =>
  <N extends Dim>(x: Tensor<[N, 2]>, t: Tensor<[N]>): Tensor<[N, 2]> => {
    const rows = x as unknown as Tensor<['n', 2]>
    const time = t as unknown as Tensor<['n']>
    const size = rows.square().sum(1).expand(1)
    return rows.matmul(a).mul(time.cos().expand(1)).add(rows.mul(size).div(9)) as unknown as Tensor<[N, 2]>
  }

const at = program({ a: f32(2, 2), y: f32('n', 2), x0: f32('n', 2), t: f32('n') }, ({ a, y, x0, t }) =>
  alignAt(wild(a), y, x0, t),
)
const loss = program({ a: f32(2, 2), y: f32('n', 2), x0: f32('n', 2), t: f32('n') }, ({ a, y, x0, t }) =>
  alignAt(wild(a), y, x0, t).mean(),
)
const inputs = tensors(loss, { dims: { n: { min: 1 } }, values: { t: { min: 0, max: 1 } } })

describe('laws of the alignment loss, for any velocity, latents, noise and times', () => {
  test('its gradient is that of its values', () => {
    fc.assert(
      fc.property(inputs, (given) => checkGradient(loss, given)),
      { numRuns: 25 * times },
    )
  })

  test('it is the same when latents, noise and prior are turned together', () => {
    fc.assert(
      fc.property(inputs, rotation(2), (given, turn) => {
        const { a, y, x0, t } = given as { a: never; y: never; x0: never; t: never }
        // R A R' for rows: the rows of A turned, and then those of its transpose.
        const transposed = (m: { data: ArrayLike<number> }) =>
          array([
            [m.data[0]!, m.data[2]!],
            [m.data[1]!, m.data[3]!],
          ])
        const turned = turn(transposed(turn(a)))
        const both = [
          evaluateProgram(at, { a, y, x0, t }),
          evaluateProgram(at, { a: transposed(turned) as never, y: turn(y), x0: turn(x0), t }),
        ]
        expect(both[1]).toBeCloseToTensor(both[0]!, { relative: 1e-9, absolute: 1e-9 })
      }),
    )
  })

  test('it is the same when latents are moved by a, and the prior moves with them: v(x - t a, t) + a', () => {
    const moved = program(
      { a: f32(2, 2), y: f32('n', 2), x0: f32('n', 2), t: f32('n'), by: f32(2) },
      ({ a, y, x0, t, by }) => {
        const v = wild(a)
        const there = <N extends Dim>(x: Tensor<[N, 2]>, t: Tensor<[N]>): Tensor<[N, 2]> => {
          const rows = x as unknown as Tensor<['n', 2]>
          return v(rows.sub((t as unknown as Tensor<['n']>).expand(1).mul(by)), t as never).add(
            by,
          ) as unknown as Tensor<[N, 2]>
        }
        return alignAt(there, y.add(by), x0, t).sub(alignAt(v, y, x0, t))
      },
    )
    fc.assert(
      fc.property(tensors(moved, { values: { t: { min: 0, max: 1 } } }), (given) => {
        expect([...evaluateProgram(moved, given).data].every((gap) => Math.abs(gap) < 1e-8)).toBe(true)
      }),
    )
  })

  test('its mean does not depend on the order of the batch', () => {
    fc.assert(
      fc.property(inputs, fc.nat(1000), (given, seed) => {
        const order = fc.sample(permutation(), { numRuns: 1, seed })[0]!
        const { a, ...batch } = given as unknown as Record<string, never>
        const shuffled = Object.fromEntries(Object.entries(batch).map(([name, x]) => [name, order(x)]))
        expect(evaluateProgram(loss, { a, ...shuffled } as never)).toBeCloseToTensor(evaluateProgram(loss, given), {
          relative: 1e-9,
        })
      }),
    )
  })

  test('it is never negative, and the mean over dims is a d-th of the sum', () => {
    const both = program({ a: f32(2, 2), y: f32('n', 2), x0: f32('n', 2), t: f32('n') }, ({ a, y, x0, t }) => ({
      sum: alignAt(wild(a), y, x0, t),
      mean: alignAt(wild(a), y, x0, t, { reduction: 'mean' }),
    }))
    fc.assert(
      fc.property(inputs, (given) => {
        const { sum, mean } = evaluateProgram(both, given as never)
        expect([...sum.data].every((value) => value >= 0)).toBe(true)
        expect(mean).toBeCloseToTensor(array([...sum.data].map((value) => value / 2)), { relative: 1e-12 })
      }),
    )
  })

  test('it is 0 at the point that all of a prior is at', () => {
    // All paths to b: v(x, t) = (b - x) / (1 - t), and x_t = (1 - t) x0 + t b.
    const point = program({ b: f32(2), x0: f32('n', 2), t: f32('n') }, ({ b, x0, t }) => {
      const rest = t.neg().add(1).expand(1)
      const y = x0.mul(0).add(b)
      return alignAt((x) => x.sub(b).neg().div(rest), y, x0, t)
    })
    fc.assert(
      fc.property(tensors(point, { values: { t: { min: 0, max: 0.9 } } }), (given) => {
        expect([...evaluateProgram(point, given).data].every((value) => value < 1e-20)).toBe(true)
      }),
    )
  })

  test('target-only leaves out the part of the gradient that goes through the velocity', () => {
    const gradients = program({ a: f32(2, 2), y: f32('n', 2), x0: f32('n', 2), t: f32('n') }, ({ a, y, x0, t }) => {
      const v = wild(a)
      const found = grad((y: Tensor<['n', 2]>) => alignAt(v, y, x0, t, { gradient: 'target-only' }).sum())(y)
      // d/dy ||v - (y - x0)||^2 with v fixed.
      const expected = v(x0.lerp(y, t.expand(1)), t)
        .sub(y.sub(x0))
        .mul(-2)
      return found.sub(expected)
    })
    fc.assert(
      fc.property(inputs, (given) => {
        expect([...evaluateProgram(gradients, given as never).data].every((gap) => Math.abs(gap) < 1e-10)).toBe(true)
      }),
    )
  })
})

/**
 * The mean over many draws on the CPU of what a program of latents and a key gives for each latent, and its standard
 * error.
 */
async function meansOf(
  each: (y: Tensor<['n', 2]>, key: Key) => Tensor<['n']>,
  rows: readonly (readonly number[])[],
  draws = 20_000,
): Promise<readonly { readonly value: number; readonly error: number }[]> {
  const device = await openDevice('cpu')
  const losses = program({ y: f32('n', 2), key: key() }, ({ y, key }) => each(y, key))
  const run = await compile(losses, device, { n: draws })
  const found = []
  for (const row of rows) {
    const values = await run({
      y: Float32Array.from({ length: 2 * draws }, (_, i) => row[i % 2]!),
      key: Uint32Array.of(0, 7),
    }).read()
    const value = values.reduce((sum, one) => sum + one, 0) / draws
    const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / draws
    found.push({ value, error: Math.sqrt(variance / draws) })
  }
  device.dispose()
  return found
}

const rows = [
  [mean, mean],
  [0.2, 1],
  [2, -0.5],
]

describe('against closed forms', () => {
  test.each([
    ['uniform times', {}],
    ['other times', { times: logitNormalTimes() }],
    ['several draws', { draws: 3 }],
    ['a weight of one', { weight: <N extends Dim>(t: Tensor<[N]>) => t.mul(0).add(1) }],
  ])('its mean is that of a Gaussian prior, with %s', async (_, options) => {
    const found = await meansOf((y, key) => align(gaussian, y, key, { spread: 'independent', ...options }), rows)
    for (const [i, { value, error }] of found.entries())
      expect(Math.abs(value - alignmentOf(rows[i]!))).toBeLessThan(5 * error)
  })

  test('with the weight of the likelihood it is -log p, for any times and last time', async () => {
    for (const options of [{}, { times: logSnrTimes({ mean: 3, scale: 3 }), last: 0.97 }, { draws: 2, last: 0.999 }]) {
      const found = await meansOf(
        (y, key) => negativeLogLikelihoodBound(gaussian, y, key, { spread: 'independent', ...options }),
        rows,
      )
      // The decoder is that of a flat prior: it is off by less than 1 / (1 + snr std^2) for each dim.
      const { last = 0.99 } = options
      const slack = 2 / (1 + (last / (1 - last)) ** 2 * std ** 2)
      for (const [i, { value, error }] of found.entries()) {
        expect(error).toBeLessThan(0.2)
        expect(Math.abs(value + logDensity(rows[i]!))).toBeLessThan(5 * error + slack)
      }
    }
  })

  test('its mean does not depend on how many latents there are', async () => {
    const mine = rows[1]!
    for (const others of [0, 1, 6]) {
      const found = await meansOf(
        (y, key) => {
          // Beside each row others, of which it is the first.
          const beside = Array.from({ length: others }, (_, i) => y.add(i + 1))
          const each = (vmap as unknown as (f: unknown) => (y: unknown, keys: unknown) => Tensor<['n', number]>)(
            (row: Tensor<[number, 2]>, key: Key) => align(gaussian, row, key),
          )(stack([y, ...beside], 1), split(key, [y.shape[0]]))
          return each.slice([null, 0]) as Tensor<['n']>
        },
        [mine],
        4000,
      )
      expect(Math.abs(found[0]!.value - alignmentOf(mine))).toBeLessThan(5 * found[0]!.error)
    }
  })

  test('the ELBO is below log p by as much as the decoder is off, and says how far it may be', () => {
    const bounds = program(
      { y: f32('n', 2), key: key() },
      ({ y, key }): MonteCarloEstimate<'n'> => elbo(gaussian, y, key, { draws: 4000 }),
    )
    const { value, standardError } = evaluateProgram(bounds, { y: rows, key: [0, 3] })
    const slack = 2 / (1 + 99 ** 2 * std ** 2)
    for (const [i, row] of rows.entries()) {
      expect(standardError.data[i]).toBeLessThan(0.2)
      expect(Math.abs(value.data[i]! - logDensity(row))).toBeLessThan(5 * standardError.data[i]! + slack)
    }
    // How far apart estimates are is what they say: a ratio of variances, F distributed.
    const few = program({ y: f32('n', 2), key: key() }, ({ y, key }) => elbo(gaussian, y, key, { draws: 8 }))
    const many = Array.from({ length: 200 }, (_, i) => evaluateProgram(few, { y: [rows[1]!], key: [1, i] }))
    const values = many.map(({ value }) => value.data[0]!)
    const mean = values.reduce((sum, one) => sum + one, 0) / 200
    const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 199
    const told = many.reduce((sum, { standardError }) => sum + standardError.data[0]! ** 2, 0) / 200
    expect(variance / told).toBeGreaterThan(0.5)
    expect(variance / told).toBeLessThan(2)
    expect(() =>
      evaluateProgram(
        program({ y: f32('n', 2), key: key() }, ({ y, key }) => elbo(gaussian, y, key, { draws: 1 })),
        { y: rows, key: [0, 1] },
      ),
    ).toThrow('type error: elbo: draws is 1, needs a whole number of at least 2')
  })

  test('align with the weight of the likelihood is that bound', () => {
    const both = program({ y: f32('n', 2), key: key() }, ({ y, key }) =>
      align(gaussian, y, key, { weight: 'likelihood' }).sub(negativeLogLikelihoodBound(gaussian, y, key)),
    )
    expect(evaluateProgram(both, { y: rows, key: [0, 1] })).toBeCloseToTensor([0, 0, 0], { absolute: 1e-12 })
  })
})

test('a loss of tokens is the sum of those of each, and does not mix them', () => {
  const tokens = program({ y: f32('n', 3, 2), key: key() }, ({ y, key }) => alignTokens(gaussian, y, key, { draws: 2 }))
  const y = [
    [
      [0, 1],
      [1, 2],
      [0.7, 0.7],
    ],
    [
      [5, 5],
      [0, 0],
      [1, 1],
    ],
  ]
  const all = evaluateProgram(tokens, { y, key: [1, 2] }).data
  const one = program({ y: f32('n', 3, 2), key: key() }, ({ y, key }) => {
    const keys = split(key, 3)
    const each = [0, 1, 2].map((k) => align(gaussian, y.slice([null, k]) as Tensor<['n', 2]>, keys[k]!, { draws: 2 }))
    return each.reduce((sum, loss) => sum.add(loss))
  })
  expect(evaluateProgram(tokens, { y, key: [1, 2] })).toBeCloseToTensor(evaluateProgram(one, { y, key: [1, 2] }), {
    relative: 1e-12,
  })
  const changed = evaluateProgram(tokens, {
    y: [
      y[0]!,
      [
        [0, 1],
        [0, 0],
        [1, 1],
      ],
    ],
    key: [1, 2],
  }).data
  expect(changed[0]).toBe(all[0])
  expect(changed[1]).toBeLessThan(all[1]!)
  // 25 times as far in one token: additive, what the others add is the same.
  const gradient = program({ y: f32('n', 3, 2), key: key() }, ({ y, key }) =>
    grad((y: Tensor<['n', 3, 2]>) => alignTokens(gaussian, y, key).sum())(y),
  )
  const [here, there] = [
    y,
    [
      y[0]!,
      [
        [9, 9],
        [0, 0],
        [1, 1],
      ],
    ],
  ].map((y) => [...evaluateProgram(gradient, { y, key: [1, 2] }).data])
  expect(here!.map((value, i) => value === there![i])).toEqual([
    ...Array(6).fill(true),
    false,
    false,
    true,
    true,
    true,
    true,
  ])
})

test('what does not fit is told', () => {
  const asked = (options: object) => () =>
    evaluateProgram(
      program({ y: f32('n', 2), key: key() }, ({ y, key }) => align(gaussian, y, key, options)),
      { y: [[0, 0]], key: [0, 0] },
    )
  expect(asked({ draws: 0 })).toThrow('align: draws is 0, needs a whole number of at least 1')
  expect(asked({ weight: 'exact' })).toThrow(
    "the weight is not 'uniform', 'likelihood', { clip: a number above 0 } or a function of times",
  )
})
