import { expect, test } from 'vitest'
import { adam } from '../../../dsl/optim/index.ts'
import { openDevice, toHost } from '../../../index.ts'
import {
  excessAt,
  fiveGaussians,
  flowPoints,
  hostRandom,
  type Prior,
  sample,
  simpleMlpAdaLN,
  trainPrior,
} from '../../../models/index.ts'
import { priorSchedule } from '../../../models/prior/schedule.ts'
import { dataset } from '../../../runtime/data/index.ts'
import { liveOn } from '../../live.ts'

const target = fiveGaussians()
const data = dataset({ y: { shape: [2], data: sample(target, hostRandom(0), 4096) } })

test('a prior is trained in one call, is that of the averaged parameters, and its density integrates to 1', async () => {
  const device = await openDevice('cpu')
  const field = simpleMlpAdaLN(2, { width: 32, blocks: 1, timeScale: 10 })
  const points = flowPoints(target, { points: 1024 })
  const seen: number[] = []
  const prior = await trainPrior(field, data, device, {
    steps: 400,
    batch: 64,
    averaging: 0.98,
    optimiser: adam({ learningRate: 5e-3 }),
    seed: 1,
    evaluate: {
      every: 200,
      async run(prior, step) {
        seen.push(step)
        return { excess: excessAt(points, await prior.velocity(points.x, points.t), target).value }
      },
    },
  })
  expect(seen).toEqual([0, 200, 400])
  const excess = prior.entries.filter(({ kind }) => kind === 'evaluation').map(({ values }) => values.excess!)
  // The field starts at 0, whose excess is E||v*||^2.
  expect(excess[0]).toBeGreaterThan(1.4)
  expect(excess[2]).toBeLessThan(0.4)
  expect(excessAt(points, await prior.velocity(points.x, points.t), target).value).toBe(excess[2])
  expect(prior).toMatchObject({ step: 400, status: 'done' })

  const [side, reach] = [64, 3]
  const cell = (2 * reach) / side
  const centre = (i: number) => (i + 0.5) * cell - reach
  const grid = Float32Array.from({ length: 2 * side * side }, (_, k) =>
    centre(k % 2 === 0 ? Math.floor(k / 2 / side) : Math.floor(k / 2) % side),
  )
  const { value } = await prior.logProb(grid)
  expect(Math.abs(value.reduce((sum, log) => sum + Math.exp(log) * cell * cell, 0) - 1)).toBeLessThan(0.01)
  device.dispose()
})

test('what training and evaluating need is freed with them, also where there is no prior at the end', async () => {
  const device = await openDevice('cpu')
  const live = liveOn(device)
  const field = simpleMlpAdaLN(2, { width: 8, blocks: 1 })
  const evaluated: Prior[] = []
  const run = async (prior: Prior) => {
    evaluated.push(prior)
    return { mean: (await prior.sample(1))[0]! }
  }
  const prior = await trainPrior(field, data, device, { steps: 2, batch: 8, evaluate: { every: 2, run } })
  expect(evaluated).toHaveLength(2)
  expect(live.size).toBe(0)
  for (const { params } of evaluated) await expect(toHost(params)).rejects.toThrow('disposed')

  await prior.sample(1)
  expect(live.size).toBeGreaterThan(0)
  prior.dispose()
  // Programs are disposed of when they have been loaded.
  await Promise.resolve()
  expect(live.size).toBe(0)
  await expect(toHost(prior.params)).rejects.toThrow('disposed')

  live.refuse('averagedParams')
  await expect(trainPrior(field, data, device, { steps: 2, batch: 8 })).rejects.toThrow('out of memory')
  expect(live.size).toBe(0)
  device.dispose()
})

test.each([0, 1, 7, 2000])('learning rates of %i steps are made', (steps) => {
  expect(() => priorSchedule(1e-3, steps)).not.toThrow()
})
