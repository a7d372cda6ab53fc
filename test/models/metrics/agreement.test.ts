import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, type Device, f32, key, openDevice, program } from '../../../index.ts'
import {
  align,
  alignmentAgreement,
  alignmentLoss,
  exactVelocity,
  fiveGaussians,
  hostRandom,
  logDensity,
  pearson,
  sample,
  spearman,
  weightedAlignment,
} from '../../../models/index.ts'

const target = fiveGaussians()
const n = 200
const data = sample(target, hostRandom(1), n)
const rows = Array.from({ length: n }, (_, i) => data.subarray(2 * i, 2 * i + 2))
const logProb = rows.map((y) => logDensity(target, y))
const rule = { times: 20, spacing: 0.5 }

describe('over samples of the five Gaussians, with the exact velocity', () => {
  const exact = { uniform: [] as number[], likelihood: [] as number[] }
  let device: Device
  beforeAll(async () => {
    device = await openDevice('cpu')
    exact.uniform = rows.map((y) => alignmentLoss(target, y, rule).value)
    exact.likelihood = rows.map((y) => weightedAlignment(target, y, rule).value)
  })
  afterAll(() => device.dispose())

  /** Two estimates of each loss by `align`, from so many draws each. */
  async function drawn(draws: number) {
    const v = exactVelocity(target)
    const losses = program({ y: f32('n', 2), key: key() }, ({ y, key }) => ({
      uniform: align(v, y, key, { draws }),
      likelihood: align(v, y, key, { draws, weight: 'likelihood' }),
    }))
    const run = await compile(losses, device, { n })
    const once = async (second: number) => {
      const found = run({ y: data, key: Uint32Array.of(1, second) })
      return { uniform: await found.uniform.read(), likelihood: await found.likelihood.read() }
    }
    return [await once(2), await once(3)] as const
  }

  test('without noise: about 0.5 in ranks for uniform weights, and 1 for those of the likelihood', () => {
    const uniform = alignmentAgreement(exact.uniform, logProb)
    expect(uniform.spearman.value).toBeGreaterThan(0.45)
    expect(uniform.spearman.value).toBeLessThan(0.6)
    expect(uniform.spearman.low).toBeLessThan(0.5)
    expect(uniform.spearman.high).toBeGreaterThan(0.5)
    expect(uniform).not.toHaveProperty('pearson.ceiling')
    const likelihood = alignmentAgreement(exact.likelihood, logProb)
    expect(likelihood.spearman.value).toBeGreaterThan(0.9999)
    expect(likelihood.pearson.value).toBeGreaterThan(0.9999)
  })

  test('with draws: towards those, and the two estimates tell how far the noise is in the way', async () => {
    const [few, again] = await drawn(64)
    const [many, more] = await drawn(2048)
    for (const weight of ['uniform', 'likelihood'] as const) {
      const without = alignmentAgreement(exact[weight], logProb)
      const noisy = alignmentAgreement(few[weight], logProb, { again: again[weight] })
      const near = alignmentAgreement(many[weight], logProb, { again: more[weight] })
      expect(noisy.pearson.ceiling).toBeLessThan(0.9)
      expect(noisy.spearman.value).toBeLessThan(without.spearman.value - 0.05)
      for (const of of ['pearson', 'spearman'] as const) {
        expect(near[of].ceiling).toBeGreaterThan(0.97)
        expect(Math.abs(near[of].value - without[of].value)).toBeLessThan(0.04)
      }
      // What is left of the correlation is what it would be, times the ceiling.
      expect(Math.abs(noisy.pearson.value / noisy.pearson.ceiling! - without.pearson.value)).toBeLessThan(0.1)
    }
  })
})

test('over a grid, most of which is far from the data, agreement comes easily', () => {
  const ticks = Array.from({ length: 9 }, (_, i) => -4 + i)
  const grid = ticks.flatMap((a) => ticks.map((b) => [a, b]))
  const { spearman, pearson } = alignmentAgreement(
    grid.map((y) => alignmentLoss(target, y, rule).value),
    grid.map((y) => logDensity(target, y)),
  )
  expect(spearman.value).toBeGreaterThan(0.95)
  expect(pearson.value).toBeGreaterThan(0.95)
})

test('it is the correlation with -log p, with its options', () => {
  const losses = [3, 1, 2, 5, 4, 7]
  const nlls = [1, 2, 4, 3, 6, 9]
  const options = { interval: 'bootstrap', level: 0.8, seed: 3, resamples: 50 } as const
  const found = alignmentAgreement(
    losses,
    nlls.map((nll) => -nll),
    options,
  )
  expect(found).toEqual({ pearson: pearson(losses, nlls, options), spearman: spearman(losses, nlls, options) })
})

test('the ceiling is 1 for equal estimates and 0 for unlike ones, and the mean of the two is correlated', () => {
  const [losses, logProb] = [
    [1, 2, 3, 4],
    [-1, -2, -3, -4],
  ]
  expect(alignmentAgreement(losses, logProb, { again: losses }).pearson.ceiling).toBeCloseTo(1, 12)
  const against = alignmentAgreement([1, 9, 3, 4], logProb, { again: [4, 1, 3, 6] })
  expect(against.pearson.ceiling).toBe(0)
  expect(against.pearson.value).toBeCloseTo(pearson([5, 10, 6, 10], [1, 2, 3, 4]).value, 12)
})

test('what is not of the same latents is refused', () => {
  expect(() => alignmentAgreement([1, 2, 3, 4], [1, 2, 3])).toThrow(
    'expected a second number for each first; got 4 and 3',
  )
  expect(() => alignmentAgreement([1, 2, 3, 4], [1, 2, 3, 5], { again: [1] })).toThrow(
    'expected two estimates of the same losses; got 4 and 1',
  )
})
