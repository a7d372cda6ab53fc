import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFastCpu } from '../../../cli/device.ts'
import type { Device } from '../../../index.ts'
import { planarSets } from '../../../models/index.ts'
import type { ToyResults } from '../../../studies/align/results.ts'
import { toyFigures } from '../../../studies/toy/figures.ts'
import { landscapesOf } from '../../../studies/toy/landscape.ts'
import { leastNear } from '../../../studies/toy/least.ts'

const target = planarSets.fiveGaussians()
const means = target.mixture.means as readonly (readonly [number, number])[]
let device: Device
let toy: ToyResults
const said: string[] = []
beforeAll(async () => {
  device = await openFastCpu()
  toy = await toyFigures({
    device,
    seed: 0,
    steps: 300,
    signal: new AbortController().signal,
    say: (line) => said.push(line),
  })
}, 120_000)
afterAll(() => device.dispose())

test('each objective has the points at first, on the way and at the end, and says what it does', () => {
  expect(toy.objectives.map(({ name }) => name)).toEqual(['uniform', 'likelihood', 'match'])
  for (const { snapshots } of toy.objectives) {
    expect(snapshots.map(({ step }) => step)).toEqual([0, 3, 12, 60, 300])
    expect(snapshots[0]!.points).toEqual(toy.objectives[0]!.snapshots[0]!.points)
    expect(snapshots[0]!.points).not.toEqual(snapshots[4]!.points)
    for (const { points } of snapshots) expect(points).toHaveLength(500)
  }
  expect(said).toHaveLength(4)
  expect(toy.samples).toHaveLength(500)
})

test('what minimises a loss is nearer together than what matches, which is as likely as the target', () => {
  const [uniform, likelihood, match] = toy.objectives.map(({ snapshots }) => snapshots.at(-1)!)
  expect(likelihood!.nll.value).toBeLessThan(toy.entropy)
  for (const { stdRatio } of [uniform!, likelihood!]) expect(stdRatio).toBeLessThan(0.8 * match!.stdRatio)
})

test('the loss with uniform weights is least on the inner side of modes, with those of the likelihood in their middles, as -log p is', () => {
  const [uniform, likelihood, nll] = toy.landscapes.maps
  expect(uniform!.offset).toBeGreaterThan(0.9)
  expect(uniform!.offset).toBeLessThan(1.2)
  expect(uniform!.least).toBeLessThan(toy.floor)
  for (const [k, [x, y]] of uniform!.minimisers.entries())
    expect(Math.hypot(x, y)).toBeLessThan(Math.hypot(...means[k]!))
  for (const map of [likelihood!, nll!]) {
    expect(map.offset).toBeLessThan(0.01)
    expect(map.least).toBeCloseTo(-target.logDensity(means[0]!), 3)
  }
  expect(toy.landscapes.apart).toBeLessThan(0.05)
})

test('a map has its rows from the least y on, and nothing in it is below the least', async () => {
  const { maps } = await landscapesOf(target, { side: 5, reach: 2 })
  const [uniform, , nll] = maps
  const middles = [-1.6, -0.8, 0, 0.8, 1.6]
  for (const [row, y] of middles.entries())
    for (const [column, x] of middles.entries())
      expect(nll!.values[row]![column]).toBeCloseTo(Number((-target.logDensity([x, y])).toPrecision(4)), 9)
  expect(Math.min(...uniform!.values.flat())).toBeGreaterThan(uniform!.least)
})

test('a minimum is found from where the function is not convex, too', () => {
  const bump = (points: Float64Array) =>
    Float64Array.from(
      { length: points.length / 2 },
      (_, i) => -Math.exp(-((points[2 * i]! - 0.3) ** 2) - 2 * (points[2 * i + 1]! + 0.2) ** 2),
    )
  const [x, y] = leastNear(bump, [1.2, 0.9])
  expect(x).toBeCloseTo(0.3, 4)
  expect(y).toBeCloseTo(-0.2, 4)
})

test('it ends when it is told to', async () => {
  const signal = AbortSignal.abort()
  await expect(toyFigures({ device, seed: 0, steps: 10, signal, say: () => {} })).rejects.toThrow(/abort/i)
})
