import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, type Device, type Dim, f32, key, openDevice, program, type Tensor } from '../../../index.ts'
import { align } from '../../../models/flow/alignment.ts'
import { logProb } from '../../../models/flow/likelihood.ts'
import { linearPath } from '../../../models/flow/path.ts'
import { pathPoint } from '../../../models/flow/path-point.ts'
import { type PrintedBoundOptions, printedBoundTerms, printedBoundTermsAt } from '../../../models/flow/printed-bound.ts'
import { logitNormalTimes } from '../../../models/flow/times.ts'
import type { Velocity } from '../../../models/flow/velocity.ts'
import { type DiagonalGaussian, diagonalGaussian, printedBound } from '../../../models/index.ts'
import { gaussLegendre } from '../../../models/targets/quadrature.ts'
import { evaluateProgram, matchers } from '../../../testing/index.ts'
import { alignmentOf, gaussian, mean, std } from './gaussian.ts'

expect.extend(matchers)

/** The velocity of a Gaussian in a program, its mean and its stds being inputs: m + kappa (x - t m). */
const diagonal =
  (m: Tensor<['d']>, s: Tensor<['d']>): Velocity<'n', 'd'> =>
  (x, t) => {
    const rest = t.neg().add(1).expand(1)
    const time = t.expand(1)
    const variance = time.mul(s).square().add(rest.square())
    const kappa = time.mul(s.square()).sub(rest).div(variance)
    return kappa.mul(x.sub(time.mul(m))).add(m)
  }

const terms = program(
  { m: f32('d'), s: f32('d'), y: f32('n', 'd'), x0: f32('n', 'd'), t: f32('n') },
  ({ m, s, y, x0, t }) => printedBoundTermsAt(diagonal(m, s), pathPoint(y, x0, t, linearPath)),
)

/**
 * Both terms at y. Their integrand is quadratic in x0, so noise of which each number is 1 or -1, all combinations of
 * them, has its exact mean.
 */
function termsAt(target: DiagonalGaussian, y: readonly number[]): { constant: number; alignment: number } {
  const { points, weights } = gaussLegendre(96)
  const signs = Array.from({ length: 2 ** y.length }, (_, bits) => y.map((_, i) => ((bits >> i) & 1 ? 1 : -1)))
  const x0 = points.flatMap(() => signs)
  const found = evaluateProgram(terms, {
    m: target.mean,
    s: target.stds,
    y: x0.map(() => y),
    x0,
    t: points.flatMap(([t]) => signs.map(() => t!)),
  })
  const integral = (values: ArrayLike<number>) =>
    x0.reduce((sum, _, i) => sum + (weights[Math.floor(i / signs.length)]! / signs.length) * values[i]!, 0)
  return { constant: integral(found.constant.data), alignment: integral(found.alignment.data) }
}

const relative = (found: number, exact: number): number => Math.abs(found - exact) / Math.abs(exact)

describe('against closed forms, by quadrature', () => {
  test.each([
    ['in 1-D', [0.4], [0.3], [[0.4], [1], [-2]]],
    [
      'in 2-D',
      [1, -1],
      [0.1, 2],
      [
        [1, -1],
        [1.1, 1],
      ],
    ],
    [
      'in 6-D, where one dim is followed after the other',
      [0, 1, 0, 1, 0, 1],
      [0.2, 0.4, 0.6, 0.8, 1, 1.2],
      [[1, 1, 1, 1, 1, 1]],
    ],
  ])('of an axis-aligned Gaussian: C = -sum log s and L = (pi / 4) sum (s + delta^2 / s), %s', (_, m, s, latents) => {
    const target = diagonalGaussian(m, s)
    for (const y of latents) {
      const { constant, alignment } = termsAt(target, y)
      expect(relative(constant, target.meanContraction)).toBeLessThan(1e-3)
      expect(relative(alignment, target.alignmentLoss(y))).toBeLessThan(1e-3)
    }
  })

  test('the exact velocity of N(0, s^2) needs lambda >= 1.17 / s at its mean', () => {
    for (const s of [0.05, 0.3, 1, 4]) {
      const target = diagonalGaussian([0], [s])
      const { constant, alignment } = termsAt(target, [0])
      const logProb = target.logDensity([0])
      const rows = { constant: [constant, constant], alignment: [alignment, alignment], logProb: [logProb, logProb] }
      const { leastLambda } = printedBound(rows, { lambda: 1.16 / s })
      expect(relative(leastLambda * s, (2 * Math.log(2 * Math.PI)) / Math.PI)).toBeLessThan(1e-4)
      expect(printedBound(rows, { lambda: 1.16 / s }).violations.count).toBe(2)
      expect(printedBound(rows, { lambda: 1.18 / s }).violations.count).toBe(0)
    }
  })
})

describe('with draws, on the CPU', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice('cpu')
  })
  afterAll(() => device.dispose())

  const n = 4096
  const rowsOf = (row: readonly number[]) => ({
    y: Float32Array.from({ length: n * row.length }, (_, i) => row[i % row.length]!),
    key: Uint32Array.of(3, 1),
  })
  /** Of n rows that are all one latent. */
  const over = (values: Float32Array) => {
    const value = values.reduce((sum, one) => sum + one / n, 0)
    return { value, error: Math.sqrt(values.reduce((sum, one) => sum + (one - value) ** 2, 0)) / n }
  }

  test('of v(x, t) = -x at y = 0 the right side is 2/3 for lambda = 1, and log p 0.081: the inequality is violated', async () => {
    const contraction = <N extends Dim>(x: Tensor<[N, 1]>) => x.neg()
    const asked = program({ y: f32('n', 1), key: key() }, ({ y, key }) => ({
      ...printedBoundTerms(contraction, y, key, { draws: 64 }),
      logProb: logProb(contraction, y).value,
    }))
    const run = await compile(asked, device, { n })
    const found = run(rowsOf([0]))
    const rows = {
      constant: await found.constant.read(),
      alignment: await found.alignment.read(),
      logProb: await found.logProb.read(),
    }
    expect(over(rows.constant)).toEqual({ value: 1, error: 0 })
    const alignment = over(rows.alignment)
    expect(alignment.error).toBeLessThan(2e-3)
    expect(Math.abs(alignment.value - 1 / 3)).toBeLessThan(5 * alignment.error)
    const { gap, violations, worst, leastLambda } = printedBound(rows, { lambda: 1 })
    expect(Math.abs(gap.mean - (0.081 - 0.667))).toBeLessThan(5 * gap.standardError + 1e-3)
    expect(gap.standardError).toBeCloseTo(alignment.error, 4)
    expect(violations.rate).toBe(1)
    expect(worst.violation).toBeLessThan(0.92)
    // 0.919 / (1 / 3), and more where few draws gave less.
    expect(leastLambda).toBeGreaterThan(2.757)
  })

  test.each<[string, PrintedBoundOptions]>([
    ['exact', {}],
    ['other times', { times: logitNormalTimes() }],
    ['several draws', { draws: 4 }],
    ['independent times', { spread: 'independent' }],
    ['along random directions', { divergence: { probes: 2 }, draws: 3 }],
  ])('means are those of the Gaussian: %s', async (_, options) => {
    const row = [0.2, 1]
    const asked = program({ y: f32('n', 2), key: key() }, ({ y, key }) => printedBoundTerms(gaussian, y, key, options))
    const run = await compile(asked, device, { n })
    const found = run(rowsOf(row))
    const [constant, alignment] = [over(await found.constant.read()), over(await found.alignment.read())]
    expect(Math.abs(constant.value + 2 * Math.log(std))).toBeLessThan(5 * constant.error)
    expect(Math.abs(alignment.value - alignmentOf(row))).toBeLessThan(5 * alignment.error)
    expect(constant.error).toBeLessThan(0.1)
    expect(alignment.error).toBeLessThan(0.1)
  })
})

describe('laws', () => {
  const y = [
    [mean, mean],
    [0.2, 1],
    [2, -0.5],
  ]
  /** v(x, t) = t |x|^2 x, in whose Jacobian directions matter. */
  const mixing = <N extends Dim, D extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>): Tensor<[N, D]> => {
    const rows = x as unknown as Tensor<['n', 'd']>
    const all = rows
      .square()
      .sum(1)
      .mul(t as unknown as Tensor<['n']>)
    return rows.mul(all.expand(1)) as unknown as Tensor<[N, D]>
  }

  test.each<[string, PrintedBoundOptions]>([
    ['one draw', {}],
    ['several', { draws: 3, times: logitNormalTimes(), spread: 'stratified' }],
    ['probes', { draws: 2, divergence: { probes: 1 } }],
  ])('the alignment is what align gives for the same key: %s', (_, options) => {
    const { divergence, ...drawn } = options
    const gap = program({ y: f32('n', 2), key: key() }, ({ y, key }) =>
      printedBoundTerms(mixing, y, key, options).alignment.sub(align(mixing, y, key, drawn)),
    )
    expect(evaluateProgram(gap, { y, key: [4, 2] })).toBeCloseToTensor([0, 0, 0], { absolute: 1e-12 })
  })

  test('directions are others for each draw, and not those of the noise', () => {
    const constants = program({ y: f32('n', 2), a: key(), b: key() }, ({ y, a, b }) => ({
      exact: printedBoundTerms(mixing, y, a, { draws: 400 }).constant,
      probed: printedBoundTerms(mixing, y, a, { draws: 400, divergence: { probes: 1 } }).constant,
      other: printedBoundTerms(mixing, y, b, { draws: 400, divergence: { probes: 1 } }).constant,
    }))
    const { exact, probed, other } = evaluateProgram(constants, { y, a: [4, 2], b: [4, 3] })
    expect(probed).not.toBeCloseToTensor(other, { absolute: 1e-6 })
    // The same points are asked at, so that only the directions differ: of signs e, e . J e - tr J = 4 t x_1 x_2 e_1
    // e_2, whose mean square is below 4 for all of these.
    expect(probed).toBeCloseToTensor(exact, { absolute: (5 * 2) / Math.sqrt(400) })
    expect(probed).not.toBeCloseToTensor(exact, { absolute: 1e-6 })
  })
})

test('what does not fit is told', () => {
  const asked = (options: PrintedBoundOptions) => () =>
    evaluateProgram(
      program({ y: f32('n', 2), key: key() }, ({ y, key }) => printedBoundTerms(gaussian, y, key, options)),
      { y: [[0, 0]], key: [0, 0] },
    )
  expect(asked({ draws: 0 })).toThrow('printedBoundTerms: draws is 0, needs a whole number of at least 1')
  expect(asked({ divergence: { probes: 0 } })).toThrow(
    'randomDirections: probes is 0, needs a whole number of at least 1',
  )
})
