import { expect, test } from 'vitest'
import { compile, f32, grad, key, normal, openDevice, program, type Tensor } from '../../../index.ts'
import { coupledNoise, transportPlan } from '../../../models/flow/coupling.ts'
import { simpleMlpAdaLN } from '../../../models/flow/fields/simple-mlp-ada-ln.ts'
import { matchDistribution } from '../../../models/flow/match-distribution.ts'
import { alongPath } from '../../../models/flow/parametrisation.ts'
import { cosinePath, linearPath } from '../../../models/flow/path.ts'
import { flow, sampleStochastic, trajectory } from '../../../models/flow/sampling.ts'
import { dopri5, euler, heun, midpoint, rk4, type Solver } from '../../../models/flow/solvers.ts'
import { guided, type Velocity } from '../../../models/flow/velocity.ts'
import { empiricalVelocity } from '../../../models/targets/exact-velocity.ts'
import { evaluateProgram, matchers } from '../../../testing/index.ts'
import { gaussian, mean, std } from './gaussian.ts'

expect.extend(matchers)

const along = (v: Velocity<'n', 2>): Velocity<'n', 2> => alongPath(v, linearPath, cosinePath)

test('noise becomes data by all solvers, and by a stochastic equation with any amount of noise', async () => {
  const device = await openDevice('cpu')
  const n = 20_000
  const all = program({ key: key(), like: f32('n') }, ({ key }) => {
    const x0 = normal(key, ['n', 2])
    return [
      ...[rk4(20), heun(40), midpoint(40), dopri5()].map((solver) => flow(gaussian, x0, { solver })),
      sampleStochastic(gaussian, x0, key, { steps: 100, noise: 0.5 }),
      sampleStochastic(gaussian, x0, key, { steps: 60, method: 'heun' }),
      sampleStochastic(gaussian, x0, key, { steps: 60, method: 'heun', noise: 0 }),
      sampleStochastic(along(gaussian), x0, key, { steps: 100, path: cosinePath }),
      sampleStochastic(along(gaussian), x0, key, { steps: 60, method: 'heun', noise: 2, path: cosinePath }),
    ]
  })
  const run = await compile(all, device, { n })
  for (const drawn of run({ key: Uint32Array.of(0, 1), like: new Float32Array(n) })) {
    const values = await drawn.read()
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length)
    expect(Math.abs(average - mean)).toBeLessThan(5 * (std / Math.sqrt(values.length)) + 2e-3)
    // Euler-Maruyama's own error at 100 steps is below 2%.
    expect(Math.abs(spread / std - 1)).toBeLessThan(0.025)
  }
  device.dispose()
})

test('what is carried to the noise and back is where it was, and a trajectory ends where the flow does', () => {
  const there = program({ x: f32('n', 2) }, ({ x }) => ({
    back: flow(gaussian, flow(gaussian, x, { from: 1, to: 0 })),
    way: trajectory(gaussian, x, 20),
    end: flow(gaussian, x, { solver: midpoint(20) }),
  }))
  const x = [
    [0.3, -1],
    [2, 0.7],
  ]
  const { back, way, end } = evaluateProgram(there, { x })
  expect(back).toBeCloseToTensor(x, { absolute: 1e-5 })
  expect(way.shape).toEqual([21, 2, 2])
  expect([...way.data.slice(0, 4)]).toEqual(x.flat())
  expect([...way.data.slice(-4)].map((value, i) => Math.abs(value - end.data[i]!) < 1e-12)).toEqual([
    true,
    true,
    true,
    true,
  ])
})

test('guidance is what it says at 0, 1 and beyond', () => {
  const gaps = program({ x: f32('n', 2), t: f32('n') }, ({ x, t }) => {
    const free = (x: Tensor<['n', 2]>) => x.neg()
    const at = (scale: number) => guided(gaussian<'n', 2>, free, scale)(x, t)
    return [at(0).sub(x.neg()), at(1).sub(gaussian(x, t)), at(3).sub(gaussian(x, t).mul(3).add(x.mul(2)))]
  })
  for (const gap of evaluateProgram(gaps, { x: [[1, 2]], t: [0.3] }))
    expect(gap).toBeCloseToTensor([[0, 0]], { absolute: 1e-12 })
})

test('a plan of transport has the marginals of both batches, and brings near what is near', () => {
  const plans = program({ x: f32('n', 2), y: f32('n', 2), key: key() }, ({ x, y, key }) => {
    const plan = transportPlan(x, y, { method: 'optimalTransport', turns: 300 })
    return {
      rows: plan.softmax(1).sum(0),
      cost: y
        .sub(coupledNoise(key, x, y, { method: 'optimalTransport' }))
        .square()
        .sum(1)
        .mean(),
      before: y.sub(x).square().sum(1).mean(),
    }
  })
  const random = (seed: number) =>
    Array.from({ length: 24 }, (_, i) => [Math.sin(seed + 7.3 * i * i), Math.cos(1.7 * seed * i + i * i)])
  const { rows, cost, before } = evaluateProgram(plans, { x: random(1), y: random(2), key: [0, 2] })
  expect([...rows.data].every((sum) => Math.abs(sum - 1) < 0.05)).toBe(true)
  expect(cost.data[0]!).toBeLessThan(before.data[0]! / 4)
})

test('coupled noise is some row of the noise', () => {
  const chosen = program({ x: f32('n', 1), y: f32('n', 1), key: key() }, ({ x, y, key }) =>
    coupledNoise(key, x, y, { method: 'optimalTransport', regularisation: 0.005, turns: 400 }),
  )
  expect(evaluateProgram(chosen, { x: [[3], [-1], [0.1]], y: [[-0.9], [0], [2.8]], key: [0, 0] })).toBeCloseToTensor(
    [[-1], [0.1], [3]],
    { absolute: 0 },
  )
})

test('the gradient of matching is the difference of the velocities, and none where the latents are as the prior', () => {
  const gradient = program({ y: f32('n', 2), key: key() }, ({ y, key }) => ({
    match: grad((y: Tensor<['n', 2]>) => matchDistribution(gaussian, y, key, { latents: (x) => x.mul(2) }).sum())(y),
    value: matchDistribution(gaussian, y, key, { latents: (x) => x.mul(2) }),
    same: grad((y: Tensor<['n', 2]>) => matchDistribution(gaussian, y, key, { latents: gaussian }).sum())(y),
    batch: matchDistribution(empiricalVelocity(y), y, key, { draws: 2 }),
  }))
  const { match, value, same, batch } = evaluateProgram(gradient, {
    y: [
      [1, 2],
      [0, 0.5],
      [3, 3],
    ],
    key: [0, 9],
  })
  expect(same).toBeCloseToTensor(
    [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    { absolute: 0 },
  )
  expect(batch).toBeCloseToTensor([0, 0, 0], { absolute: 0 })
  for (const [i, half] of value.data.entries())
    expect(half).toBeCloseTo((match.data[2 * i]! ** 2 + match.data[2 * i + 1]! ** 2) / 2, 9)
})

test('with equal steps all rows have one time, and the layers of a network that see it alone are those of one row', async () => {
  const device = await openDevice('cpu')
  const [width, blocks, steps, n] = [64, 2, 10, 512]
  const field = simpleMlpAdaLN(2, { width, blocks })
  const flopsOf = async (solver: Solver) => {
    const drawn = program({ params: field.params, x: f32('n', 2) }, ({ params, x }) =>
      flow((x: Tensor<['n', 2]>, t: Tensor<['n']>) => field.apply(params, x, t), x, { solver }),
    )
    const run = await compile(drawn, device, { n })
    return (await run.explain({ format: 'json' })).totals.flops
  }
  // Two square products a block, and the narrow ones at the ends, for each row; what is elementwise is less than half
  // as much again.
  const products = 2 * n * (2 * blocks * width ** 2 + 4 * width)
  expect(await flopsOf(euler(steps))).toBeLessThan(1.5 * steps * products)
  device.dispose()
})
