import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { compile, type Device, f32, openDevice, program } from '../../../index.ts'
import {
  alignmentLoss,
  cosinePath,
  dopri5,
  euler,
  exactField,
  exactVelocity,
  fiveGaussians,
  hostRandom,
  logDensity,
  logProb,
  type MonteCarloEstimates,
  midpoint,
  mlpField,
  type Prior,
  planarSets,
  priorOn,
  sample,
  straightness,
} from '../../../models/index.ts'

const target = fiveGaussians()

let device: Device
let prior: Prior
beforeAll(async () => {
  device = await openDevice('cpu')
  const { field, params } = exactField(target)
  prior = priorOn(device, field, params) as Prior
})
afterAll(() => device.dispose())

const rowsOf = (y: Float32Array, d = 2) =>
  Array.from({ length: y.length / d }, (_, i) => [...y.subarray(i * d, i * d + d)])

describe('a prior of an exact field', () => {
  test('has the log density of the mixture, whatever its size, and says how it was found', async () => {
    const y = sample(target, hostRandom(1), 50)
    const found = await prior.logProb(y)
    for (const [i, row] of rowsOf(y).entries())
      expect(Math.abs(found.value[i]! - logDensity(target, row))).toBeLessThan(0.011)
    expect(found).toMatchObject({ solver: 'rk4(50)' })
    expect(found.error.length).toBe(50)
    expect(Math.max(...found.error)).toBeLessThan(0.011)
    // 128 components, more than can be written into a program.
    const moons = planarSets.twoMoons()
    const { field, params } = exactField(moons.mixture)
    const z = moons.sample(hostRandom(2), 20)
    const { value } = await priorOn(device, field, params).logProb(z, { solver: dopri5() })
    for (const [i, row] of rowsOf(z).entries()) expect(Math.abs(value[i]! - moons.logDensity(row))).toBeLessThan(0.02)
  })

  test('says the same of a row however many there are, to the bit', async () => {
    const y = sample(target, hostRandom(2), 1100)
    const options = { solver: midpoint(8) }
    const all = await prior.logProb(y, { ...options, warnAbove: 10 })
    const few = await prior.logProb(y.subarray(2 * 1020, 2 * 1060), { ...options, warnAbove: 10 })
    expect([...few.value]).toEqual([...all.value.subarray(1020, 1060)])
    expect([...few.noise]).toEqual([...all.noise.subarray(2040, 2120)])
    const many = await prior.sample(1030, { seed: 4, ...options })
    expect([...(await prior.sample(9, { seed: 4, ...options }))]).toEqual([...many.subarray(0, 18)])
    expect([...(await prior.sample(9, { seed: 5, ...options }))]).not.toEqual([...many.subarray(0, 18)])
    // A call has 1,024 rows, and the next has noise of its own.
    expect([...many.subarray(2048)]).not.toEqual([...many.subarray(0, 12)])
  })

  test('is what the functions for programs are', async () => {
    const y = sample(target, hostRandom(3), 16)
    const inside = program({ y: f32('n', 2) }, ({ y }) => ({ p: logProb(exactVelocity(target), y).value }))
    const run = await compile(inside, device, { n: 16 })
    const outside = await prior.logProb(y)
    for (const [i, value] of (await run({ y }).p.read()).entries())
      expect(Math.abs(outside.value[i]! - value)).toBeLessThan(1e-4)
  })

  test('has a bound on the log density, with its standard error', async () => {
    const y = sample(target, hostRandom(4), 1100)
    const { value, standardError }: MonteCarloEstimates = await prior.elbo(y, { draws: 256, seed: 3 })
    expect([value.length, standardError.length]).toEqual([1100, 1100])
    const off = rowsOf(y).map((row, i) => (value[i]! - logDensity(target, row)) / standardError[i]!)
    // Of 1,100 normal deviations one of 6 is not to be seen; the decoder at the end is off by less than that.
    expect(Math.max(...off.map(Math.abs))).toBeLessThan(7)
    expect(Math.abs(off.reduce((sum, one) => sum + one, 0) / 1100)).toBeLessThan(0.3)
    expect(Math.max(...standardError)).toBeLessThan(1)
    const { field, params } = exactField(target)
    await expect(priorOn(device, field, params, { path: cosinePath }).elbo([0, 0])).rejects.toThrow(
      'prior.elbo: the bound is that of the linear path, and this prior has another; use logProb',
    )
  })

  test('has the alignment loss that quadrature has, within the noise of its draws', async () => {
    const y = Float32Array.of(1.4, 0, 0.5, 0.5, -2, 1)
    const [few, many] = [
      await prior.alignment(y, { draws: 64, seed: 1 }),
      await prior.alignment(y, { draws: 4096, seed: 2 }),
    ]
    for (const [i, row] of rowsOf(y).entries()) {
      const exact = alignmentLoss(target, row).value
      expect(Math.abs(many[i]! / exact - 1)).toBeLessThan(0.06)
      expect(few[i]).not.toBe(many[i])
    }
  })

  test('warns where steps are too coarse, and not where they are fine', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const y = sample(target, hostRandom(1), 20)
    await prior.logProb(y)
    expect(warn).not.toHaveBeenCalled()
    const { error } = await prior.logProb(y, { solver: euler(10) })
    expect(Math.max(...error)).toBeGreaterThan(0.05)
    expect(warn.mock.calls[0]![0]).toMatch(
      /^prior\.logProb: euler\(10\) is too coarse here: \d+ of 20 rows are off by more than 0\.05 nats, the worst by about [\d.]+; take more steps, or dopri5\(\)$/,
    )
    warn.mockRestore()
  })

  test('warns of rows without a finite log p', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { value } = await prior.logProb([1e30, -1e30, 1.4, 0])
    expect([...value].map(Number.isFinite)).toEqual([false, true])
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      expect.stringMatching(/^prior\.logProb: rk4\(50\) found no finite log p for 1 of 2 rows: /),
    ])
    warn.mockRestore()
  })

  test('its paths lead to its samples', async () => {
    const paths = await prior.paths(40, { steps: 50, seed: 4 })
    const ends = await prior.sample(40, { seed: 4, solver: midpoint(50) })
    for (const [i, value] of ends.entries()) expect(Math.abs(paths.data[50 * 80 + i]! - value)).toBeLessThan(1e-4)
    const { curvature, arcOverChord } = straightness(paths)
    expect(curvature.value).toBeGreaterThan(0)
    expect(arcOverChord).toBeGreaterThan(1)
  })
})

test('a conditional prior is told of each row, guided, and asked without', async () => {
  const field = mlpField(2, { widths: [8], condition: { classes: 3 } })
  const random = hostRandom(5)
  const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal())
  const spec = field.params as unknown as Record<string, unknown>
  const fill = (tree: unknown): unknown =>
    typeof tree === 'object' && tree !== null && 'shape' in tree
      ? numbers((tree as { shape: number[] }).shape.reduce((a, b) => a * b, 1))
      : Object.fromEntries(Object.entries(tree as object).map(([name, part]) => [name, fill(part)]))
  const conditional = priorOn(device, field, fill(spec) as object)
  const [x, t] = [numbers(6), Float32Array.of(0.1, 0.5, 0.9)]
  const [told, other, free] = [
    await conditional.velocity(x, t, { condition: [0, 1, 2] }),
    await conditional.velocity(x, t, { condition: [0, 2, 2] }),
    await conditional.velocity(x, t),
  ]
  expect([...told.subarray(0, 2), ...told.subarray(4)]).toEqual([...other.subarray(0, 2), ...other.subarray(4)])
  expect([...told.subarray(2, 4)]).not.toEqual([...other.subarray(2, 4)])
  const guided = await conditional.velocity(x, t, { condition: [0, 1, 2], guidance: 3 })
  for (const [i, value] of guided.entries()) expect(value).toBeCloseTo(free[i]! + 3 * (told[i]! - free[i]!), 4)
  await expect(conditional.velocity(x, t, { condition: [0, 1] })).rejects.toThrow(
    'prior.velocity: expected conditions of 3 rows, 3 numbers; got 2',
  )
  for (const none of [3, -2, 1.7, Number.NaN])
    await expect(conditional.velocity(x, t, { condition: [0, none, -1] })).rejects.toThrow(
      `prior.velocity: expected classes from 0 to 2, or -1 for none; got ${none} for row 1`,
    )
})

test('what is no question is refused in words', async () => {
  await expect(prior.logProb([1, 2, 3])).rejects.toThrow('prior.logProb: expected a multiple of 2 numbers in y')
  await expect(prior.logProb([1, Number.NaN])).rejects.toThrow('prior.logProb: expected finite numbers in y; got NaN')
  await expect(prior.velocity([1, 2], [0.1, 0.2])).rejects.toThrow(
    'prior.velocity: expected 1 times, one for each point; got 2',
  )
  await expect(prior.sample(0)).rejects.toThrow('prior.sample: expected a whole number of rows above 0; got 0')
  await expect(prior.sample(3, { condition: [1, 1, 1] })).rejects.toThrow('this field takes no condition')
  await expect(prior.sample(3, { guidance: 2 })).rejects.toThrow('expected a condition, to be guided to')
})
