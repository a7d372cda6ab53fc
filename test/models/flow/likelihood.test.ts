import { describe, expect, test } from 'vitest'
import { compile, f32, grad, key, openDevice, program, type Tensor } from '../../../index.ts'
import { velocityAndDivergence } from '../../../models/flow/divergence.ts'
import { logProb } from '../../../models/flow/likelihood.ts'
import { dopri5, euler, heun, midpoint, rk4, type Solver, solverName } from '../../../models/flow/solvers.ts'
import { fiveGaussians, hostRandom, logDensity as mixtureLogDensity, sample } from '../../../models/index.ts'
import { exactVelocity } from '../../../models/targets/exact-velocity.ts'
import { array, checkGradient, evaluateProgram, matchers } from '../../../testing/index.ts'
import { gaussian, logDensity } from './gaussian.ts'

expect.extend(matchers)

const rows: [number, number][] = [
  [0, 0.1],
  [0.7, 0.7],
  [1.5, -1],
  [3, 3],
]
const exact = rows.map(logDensity)
const solved = (solver: Solver) => program({ y: f32('n', 2) }, ({ y }) => logProb(gaussian, y, { solver }))

describe('of a Gaussian, whose likelihood is known', () => {
  test.each([euler(40), midpoint(20), heun(20), rk4(8)])(
    'twice the steps of $method divide the error by 2^order, and it is told',
    (solver) => {
      const order = { euler: 1, midpoint: 2, heun: 2, rk4: 4 }[solver.method]
      const errorsWith = (steps: number) => {
        const { value, error } = evaluateProgram(solved({ ...solver, steps }), { y: rows })
        return exact.map((truth, i) => ({ made: Math.abs(value.data[i]! - truth), told: error.data[i]! }))
      }
      const [coarse, fine] = [errorsWith(solver.steps), errorsWith(2 * solver.steps)]
      const worst = (errors: readonly { made: number }[]) => Math.max(...errors.map(({ made }) => made))
      expect(Math.log2(worst(coarse) / worst(fine))).toBeGreaterThan(order - 0.5)
      for (const { made, told } of fine) expect(told).toBeGreaterThan(made / 4)
    },
  )

  test('an adaptive solver keeps what it was told to, and says how much it asked for', async () => {
    const device = await openDevice('cpu')
    for (const tolerance of [1e-3, 1e-5]) {
      const run = await compile(solved(dopri5({ relative: tolerance, absolute: tolerance })), device, { n: 4 })
      const found = run({ y: Float32Array.from(rows.flat()) })
      const [value, error, fallback, evaluations] = await Promise.all([
        found.value.read(),
        found.error.read(),
        found.fallback.read(),
        found.evaluations.read(),
      ])
      for (const [i, truth] of exact.entries()) {
        const made = Math.abs(value[i]! - truth)
        expect(made).toBeLessThan(20 * tolerance)
        // What f32 has of a number of this size is below 1e-5.
        expect(error[i]).toBeGreaterThan(made / 4 - 1e-5)
        expect(error[i]).toBeLessThan(100 * tolerance)
      }
      expect([...fallback].some(Boolean)).toBe(false)
      expect(Math.max(...evaluations)).toBeLessThan(400)
    }
    device.dispose()
  })

  test('what an adaptive solver finds of a row does not depend on the others', () => {
    const run = solved(dopri5())
    const all = evaluateProgram(run, { y: rows })
    for (const [i, row] of rows.entries()) {
      const alone = evaluateProgram(run, { y: [row] })
      expect(alone.value.data[0]).toBe(all.value.data[i])
      expect(alone.evaluations.data[0]).toBe(all.evaluations.data[i])
    }
  })

  test.each([rk4(12), dopri5({ maxSteps: 40 })])('it is differentiated through $method', (solver) => {
    const total = program({ y: f32('n', 2) }, ({ y }) =>
      logProb(gaussian, y, { solver, estimateError: false }).value.sum(),
    )
    const gradient = program({ y: f32('n', 2) }, ({ y }) =>
      grad((y: Tensor<['n', 2]>) => logProb(gaussian, y, { solver, estimateError: false }).value.sum())(y),
    )
    expect(evaluateProgram(gradient, { y: rows })).toBeCloseToTensor(
      array(rows.map((row) => row.map((value) => -(value - 0.7) / 0.25))),
      { relative: 1e-3, absolute: 1e-3 },
    )
    // The steps of an adaptive solver are constants to derivatives, and finite differences change them.
    if (solver.method === 'rk4') checkGradient(total, { y: rows })
  })
})

test('an equation that no step is small enough for ends all the same, and is told of', () => {
  const wild = program({ y: f32('n', 1) }, ({ y }) =>
    logProb((x, t) => x.mul(t.mul(4000).sin().mul(300).expand(1)), y, { solver: dopri5({ maxSteps: 40 }) }),
  )
  const { value, fallback } = evaluateProgram(wild, { y: [[0.1], [-2]] })
  expect([...fallback.data].every(Boolean)).toBe(true)
  expect([...value.data].every(Number.isFinite)).toBe(true)
})

const target = fiveGaussians()
const exactLogProb = (solver: Solver) =>
  program({ y: f32('n', 2) }, ({ y }) => logProb(exactVelocity(target), y, { solver }))

describe('of the five Gaussians under their exact velocity', () => {
  test('an adaptive solver tells of errors where points go, not only of those of the integral', () => {
    // Between two of them a small error of where a point comes from is a large one of its density.
    const between = [
      [0.7, 0],
      [1.4, 0.5],
      [3, 3],
    ]
    const loose = exactLogProb(dopri5({ relative: 1e-2, absolute: 1e-2 }))
    const { value, error } = evaluateProgram(loose, { y: between })
    for (const [i, point] of between.entries()) {
      const made = Math.abs(value.data[i]! - mixtureLogDensity(target, point))
      expect(made).toBeGreaterThan(0.01)
      expect(error.data[i]).toBeGreaterThan(made / 4)
    }
  })

  test('it is the log density, and its error is told, where Euler steps are too coarse by some 0.05 nats', async () => {
    const y = sample(target, hostRandom(3), 40)
    const points = Array.from({ length: 40 }, (_, i) => [y[2 * i]!, y[2 * i + 1]!])
    const truth = points.map((point) => mixtureLogDensity(target, point))
    const device = await openDevice('cpu')
    const off = async (solver: Solver) => {
      const run = await compile(exactLogProb(solver), device, { n: 40 })
      const found = run({ y })
      const [value, error] = await Promise.all([found.value.read(), found.error.read()])
      return {
        bias: truth.reduce((sum, log, i) => sum + (value[i]! - log) / 40, 0),
        worst: Math.max(...truth.map((log, i) => Math.abs(value[i]! - log))),
        told: Math.max(...error),
      }
    }
    const [rough, fine] = [await off(euler(100)), await off(rk4(50))]
    device.dispose()
    expect(rough.bias).toBeGreaterThan(0.03)
    expect(rough.told).toBeGreaterThan(0.03)
    expect(fine.worst).toBeLessThan(0.011)
  })

  test('its density integrates to 1', async () => {
    const device = await openDevice('cpu')
    const [side, reach] = [96, 2.2]
    const cell = (2 * reach) / side
    const centre = (i: number) => (i + 0.5) * cell - reach
    const y = Float32Array.from({ length: 2 * side * side }, (_, k) =>
      centre(k % 2 === 0 ? Math.floor(k / 2 / side) : Math.floor(k / 2) % side),
    )
    const run = await compile(exactLogProb(rk4(40)), device, { n: side * side })
    const values = await run({ y }).value.read()
    expect(Math.abs(values.reduce((sum, log) => sum + Math.exp(log) * cell * cell, 0) - 1)).toBeLessThan(0.01)
    device.dispose()
  })
})

describe('the divergence', () => {
  const field = (x: Tensor<['n', 6]>, t: Tensor<['n']>) =>
    x
      .sin()
      .mul(x.roll(1, 1))
      .add(x.square().mul(t.expand(1)))

  test.each([2, 6])('is that of finite differences in %i dims, followed at once or one after the other', (d) => {
    const square = (x: Tensor<['n', number]>) => x.sin().mul(x.sum(1).expand(1)).add(x.square())
    const found = program(
      { x: f32('n', d), t: f32('n') },
      ({ x, t }) => velocityAndDivergence((x: Tensor<['n', number]>) => square(x), x, t, 'exact')[1],
    )
    const x = Array.from({ length: 3 }, (_, i) => Array.from({ length: d }, (_, j) => Math.sin(i + 2 * j)))
    const expected = x.map((row) => {
      const total = row.reduce((sum, value) => sum + value, 0)
      return row.reduce((sum, value) => sum + Math.cos(value) * total + Math.sin(value) + 2 * value, 0)
    })
    expect(evaluateProgram(found, { x, t: [0, 0, 0] })).toBeCloseToTensor(expected, { relative: 1e-9 })
  })

  test('along random directions it is right on average, and the directions of a key are the same ones', () => {
    const x = [[0.1, -0.4, 1, 0.3, 2, -1]]
    const both = program({ x: f32('n', 6), t: f32('n'), seed: key() }, ({ x, t, seed }) => ({
      exact: velocityAndDivergence(field, x, t, 'exact')[1],
      value: logProb(field, x, { solver: rk4(2), divergence: { probes: 2, key: seed } }).value,
      again: logProb(field, x, { solver: rk4(2), divergence: { probes: 2, key: seed } }).value,
      whole: logProb(field, x, { solver: rk4(2) }).value,
      many: logProb(field, x, { solver: rk4(2), divergence: { probes: 256, key: seed }, estimateError: false }).value,
    }))
    const { value, again, whole, many } = evaluateProgram(both, { x, t: [0.4], seed: [0, 5] })
    expect(again.data[0]).toBe(value.data[0])
    expect(Math.abs(many.data[0]! - whole.data[0]!)).toBeLessThan(0.5)
  })
})

test('what is no likelihood is refused, and solvers say what they take', () => {
  expect(() => evaluateProgram(solved(euler(1)), { y: rows })).toThrow('one step of euler is no likelihood')
  expect(() => rk4(0)).toThrow('type error: rk4: steps is 0, needs a whole number of at least 1')
  expect(() => dopri5({ relative: 1e-9 })).toThrow(
    'type error: dopri5: relative is 1e-9, needs a number in [1e-7, 1), as f32 resolves no less',
  )
  expect(() => dopri5({ maxSteps: 10 })).toThrow(
    'type error: dopri5: maxSteps is 10, needs a whole number of at least 33',
  )
  expect(solverName(rk4(50))).toBe('rk4(50)')
})
