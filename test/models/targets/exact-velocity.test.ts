import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Compiled,
  compile,
  type Device,
  f32,
  grad,
  openDevice,
  program,
  stack,
  type Tensor,
  tensor,
} from '../../../index.ts'
import {
  divergence,
  empirical,
  empiricalVelocity,
  exactField,
  exactVelocity,
  fiveGaussians,
  gaussianMixture,
  hostRandom,
  type Mixture,
  marginal,
  planarSets,
  sample,
  twoMoons,
  velocities,
  velocity,
} from '../../../models/index.ts'
import { checkGradient, evaluateProgram } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { mixtureAndPoint, time } from './mixtures.ts'

const inputs = { x: f32('n', 2), t: f32('n') }
const points = f32('m', 2)

/** The i-th coordinate of each point. */
const coordinate = (x: Tensor<['n', 2]>, i: number): Tensor<['n']> => x.mul(tensor(i === 0 ? [1, 0] : [0, 1])).sum(1)

/** log p_t at each x, in nats, of densities that do not underflow. */
const logDensityAt = (target: Mixture, x: Tensor<['n', 2]>, t: number): Tensor<['n']> => {
  const { means, weights, std } = marginal(target, t)
  const logs = means.map((mean, k) => {
    const square = mean
      .map((m, i) => coordinate(x, i).sub(m).square())
      .reduce((sum, term): Tensor<['n']> => sum.add(term))
    return square.div(-2 * std * std).add(Math.log(weights[k]!) - Math.log(2 * Math.PI * std * std))
  })
  return stack(logs, 0).logSumExp(0).as(['n'])
}

describe('in float64', () => {
  test('the velocity of a mixture is that of the host, at every time', () => {
    fc.assert(
      fc.property(mixtureAndPoint(2), time, ({ target, x }, t) => {
        const field = program(inputs, ({ x, t }) => exactVelocity(target)(x, t))
        const at = [0, t, 1]
        const { shape, data } = evaluateProgram(field, { x: at.map(() => x), t: at })
        expect(shape).toEqual([3, 2])
        const host = velocities(target, Float64Array.from(at.flatMap(() => x)), Float64Array.from(at))
        for (const [i, v] of host.entries()) expect(Math.abs(data[i]! - v) / (1 + Math.abs(v))).toBeLessThan(1e-9)
      }),
      { numRuns: 25 * times },
    )
  })

  test('of points, and of points with a width and weights, it is that of the host', () => {
    fc.assert(
      fc.property(mixtureAndPoint(2), time, ({ target, x }, t) => {
        const { means, weights, std } = target
        const field = program({ ...inputs, points, logs: f32('m') }, ({ x, t, points, logs }) => ({
          bare: empiricalVelocity(points)(x, t),
          wide: empiricalVelocity(points, { std, logWeights: logs.add(3) })(x, t),
        }))
        const found = evaluateProgram(field, { x: [x], t: [t], points: means, logs: weights.map(Math.log) })
        const [bare, wide] = [empirical(means).velocity(x, t), velocity(target, x, t)]
        for (const i of [0, 1]) {
          expect(Math.abs(found.bare.data[i]! - bare[i]!) / (1 + Math.abs(bare[i]!))).toBeLessThan(1e-9)
          expect(Math.abs(found.wide.data[i]! - wide[i]!) / (1 + Math.abs(wide[i]!))).toBeLessThan(1e-9)
        }
      }),
      { numRuns: 25 * times },
    )
  })

  test('the velocity is x + (1 - t) s, over t, of the score that autodiff gives, and its derivative is the divergence', () => {
    fc.assert(
      fc.property(mixtureAndPoint(2), time, ({ target, x }, t) => {
        const field = program(inputs, ({ x, t: clock }) => ({
          score: grad((x: Tensor<['n', 2]>) => logDensityAt(target, x, t).sum())(x),
          slopes: [0, 1].map((i) =>
            grad((x: Tensor<['n', 2]>) => coordinate(exactVelocity(target)(x, clock), i).sum())(x),
          ),
        }))
        const { score, slopes } = evaluateProgram(field, { x: [x], t: [t] })
        const v = velocity(target, x, t)
        for (const i of [0, 1]) {
          const exact = (t * v[i]! - x[i]!) / (1 - t)
          expect(Math.abs(score.data[i]! - exact) / (1 + Math.abs(exact))).toBeLessThan(1e-9)
        }
        const trace = slopes[0]!.data[0]! + slopes[1]!.data[1]!
        const exact = divergence(target, x, t)
        expect(Math.abs(trace - exact) / (1 + Math.abs(exact))).toBeLessThan(1e-9)
      }),
      { numRuns: 25 * times },
    )
  })

  test('gradients flow to the points', () => {
    const loss = program({ ...inputs, points }, ({ x, t, points }) =>
      empiricalVelocity(points, { std: 0.5 })(x, t).square().sum(),
    )
    checkGradient(loss, {
      x: [
        [0.5, -1],
        [0, 0.25],
      ],
      t: [0.3, 0.8],
      points: [
        [1, 0],
        [-1, 0.5],
        [0, -1],
      ],
    })
  })
})

describe('on the CPU, in f32', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice('cpu')
  })
  afterAll(() => device.dispose())

  const n = 256
  const random = hostRandom(1)
  /** x_t and t for one time, as f32. */
  const pathAt = (target: Mixture, t: number): { x: Float32Array; t: Float32Array } => {
    const clock = new Float32Array(n).fill(t)
    return { x: sample(target, random, n).map((y) => clock[0]! * y + (1 - clock[0]!) * random.normal()), t: clock }
  }
  const worst = (found: ArrayLike<number>, exact: ArrayLike<number>): number =>
    Math.max(...Array.from(exact, (v, i) => Math.abs(found[i]! - v) / (1 + Math.abs(v))))

  test('the velocity of the five Gaussians is good to 2e-6 from noise to data', async () => {
    const target = fiveGaussians()
    const field = program(inputs, ({ x, t }) => exactVelocity(target)(x, t))
    const run = await compile(field, device, { n })
    for (const t of [0, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999, 1]) {
      const at = pathAt(target, t)
      const exact = velocities(target, Float64Array.from(at.x), Float64Array.from(at.t))
      expect(worst(await run(at).read(), exact)).toBeLessThan(2e-6)
    }
    // Far from all of it nothing overflows.
    const far = { x: new Float32Array(2 * n).fill(1e3), t: new Float32Array(n).fill(0.999) }
    const exact = velocities(target, Float64Array.from(far.x), Float64Array.from(far.t))
    expect(worst(await run(far).read(), exact)).toBeLessThan(2e-6)
  })

  test('a curve of many components is given as an input', async () => {
    const { mixture } = twoMoons()
    const field = program({ ...inputs, points, logWeights: f32('m') }, ({ x, t, points, logWeights }) =>
      empiricalVelocity(points, { std: mixture.std, logWeights })(x, t),
    )
    const run = await compile(field, device, { n, m: mixture.means.length })
    const given = {
      points: Float32Array.from(mixture.means.flat()),
      logWeights: Float32Array.from(mixture.weights, Math.log),
    }
    for (const t of [0, 0.5, 0.9, 1]) {
      const at = pathAt(mixture, t)
      const exact = velocities(mixture, Float64Array.from(at.x), Float64Array.from(at.t))
      expect(worst(await run({ ...at, ...given }).read(), exact)).toBeLessThan(2e-5)
    }
  })

  describe('of a batch of points', () => {
    const batch = sample(fiveGaussians(), random, n)
    const host = empirical(Array.from({ length: n }, (_, k) => batch.subarray(2 * k, 2 * k + 2)))
    const field = program({ ...inputs, points: f32('n', 2) }, ({ x, t, points }) => empiricalVelocity(points)(x, t))

    test.each([
      [0, 1e-6],
      [0.9, 1e-5],
      [0.99, 1e-4],
      [0.999, 1e-3],
    ])('the velocity at t = %f is good to %f', async (t, tolerance) => {
      const run = await compile(field, device, { n })
      const noise = batch.map(() => random.normal())
      const clock = new Float32Array(n).fill(t)
      const x = batch.map((y, i) => clock[0]! * y + (1 - clock[0]!) * noise[i]!)
      const exact = Array.from({ length: n }, (_, k) => [
        ...host.velocity(x.subarray(2 * k, 2 * k + 2), clock[0]!),
      ]).flat()
      expect(worst(await run({ x, t: clock, points: batch }).read(), exact)).toBeLessThan(tolerance)
    })

    test('takes memory for the weights of pairs and not for their differences, also in its gradient', async () => {
      const slopes = program({ ...inputs, points: f32('n', 2) }, ({ x, t, points }) =>
        grad((points: Tensor<['n', 2]>) => empiricalVelocity(points)(x, t).square().sum())(points),
      )
      const most = async (run: Pick<Compiled<never, never>, 'explain'>): Promise<number> =>
        (await run.explain({ format: 'json' })).memory.temporaries
      const pairs = 4 * n * n
      expect(await most(await compile(field, device, { n }))).toBeLessThan(1.2 * pairs)
      expect(await most(await compile(slopes, device, { n }))).toBeLessThan(4.2 * pairs)
    })
  })
})

test('what cannot be written into a program, or has no width, is refused', () => {
  expect(() => exactVelocity(twoMoons().mixture)).toThrow(
    'expected at most 64 numbers in the means, which are written into the program; got 256: make the means an input',
  )
  const field = program({ ...inputs, points }, ({ x, t, points }) => empiricalVelocity(points, { std: -1 })(x, t))
  expect(() => evaluateProgram(field, { x: [[0, 0]], t: [0], points: [[0, 0]] })).toThrow(
    'expected a standard deviation of 0 or more; got -1',
  )
  const wide = program({ x: f32('n', 3), t: f32('n') }, ({ x, t }) => exactVelocity(gaussianMixture([[0, 0]], 1))(x, t))
  expect(() => evaluateProgram(wide, { x: [[0, 0, 0]], t: [0] })).toThrow('shape error')
})

test('as a field it is the same, and its dimension is held against what is said of it', () => {
  const target = planarSets.threeRings().mixture
  const { field, params } = exactField(target, 2)
  const means = Array.from({ length: params.means.length / 2 }, (_, i) => [
    params.means[2 * i]!,
    params.means[2 * i + 1]!,
  ])
  const run = program({ params: field.params, x: f32('n', 2), t: f32('n') }, ({ params, x, t }) =>
    field.apply(params, x, t),
  )
  const x = [[0.3, -0.8]]
  const { data } = evaluateProgram(run, { params: { means, logWeights: [...params.logWeights] }, x, t: [0.6] })
  // Its parameters are in f32.
  for (const [i, value] of velocity(target, x[0]!, 0.6).entries()) expect(Math.abs(data[i]! - value)).toBeLessThan(1e-5)
  expect(() => exactField(target, 3)).toThrow('exactField: expected a mixture of 3 dimensions; got one of 2')
})
