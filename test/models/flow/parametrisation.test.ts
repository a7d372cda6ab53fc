import { describe, expect, test } from 'vitest'
import { type Dim, f32, program, type Tensor } from '../../../index.ts'
import {
  alongPath,
  converted,
  type Parametrisation,
  velocityOf,
  velocityOfDenoiser,
} from '../../../models/flow/parametrisation.ts'
import { cosinePath, linearPath, type Path } from '../../../models/flow/path.ts'
import { reversed } from '../../../models/flow/velocity.ts'
import { evaluateProgram, matchers } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { gaussian, gaussianScore } from './gaussian.ts'

expect.extend(matchers)

const kinds = ['velocity', 'noise', 'data', 'score'] as const
const paths = { linear: linearPath, cosine: cosinePath }
const points = fc.record({
  x: fc.array(fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: -3, max: 3, noNaN: true })), {
    minLength: 1,
    maxLength: 4,
  }),
  t: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
})
const spread = ({ x, t }: { x: [number, number][]; t: number }) => ({ x, t: x.map(() => t) })

describe.each(Object.entries(paths))('on the %s path', (_, path) => {
  test('what is converted to another parametrisation and back is what it was', () => {
    fc.assert(
      fc.property(points, fc.constantFrom(...kinds), fc.constantFrom(...kinds), (given, from, to) => {
        const there = program({ x: f32('n', 2), t: f32('n') }, ({ x, t }) => {
          const value = x.sin()
          return converted(converted(value, from, to, x, t, { path }), to, from, x, t, { path }).sub(value)
        })
        const inputs = spread(given)
        expect(evaluateProgram(there, inputs)).toBeCloseToTensor(
          inputs.x.map(() => [0, 0]),
          { absolute: 1e-9 },
        )
      }),
    )
  })

  test('the share of noise and data, their rates, and what follows from them fit together', () => {
    const parts = program({ t: f32('n') }, ({ t }) => ({
      wronskian: path
        .dataRate(t)
        .mul(path.noise(t))
        .sub(path.data(t).mul(path.noiseRate(t))),
      rate: path
        .data(t.add(1e-6))
        .sub(path.data(t.sub(1e-6)))
        .div(2e-6)
        .sub(path.dataRate(t)),
      noiseRate: path
        .noise(t.add(1e-6))
        .sub(path.noise(t.sub(1e-6)))
        .div(2e-6)
        .sub(path.noiseRate(t)),
      time: path.timeAt(path.data(t).div(path.noise(t))),
    }))
    const t = [0.1, 0.5, 0.9]
    const { wronskian, rate, noiseRate, time } = evaluateProgram(parts, { t })
    expect(wronskian).toBeCloseToTensor(
      t.map(() => path.wronskian),
      { relative: 1e-12 },
    )
    expect([...rate.data, ...noiseRate.data].every((gap) => Math.abs(gap) < 1e-8)).toBe(true)
    expect(time).toBeCloseToTensor(t, { relative: 1e-12 })
  })
})

test('the score of an exact velocity is the gradient of the log density of x_t', () => {
  fc.assert(
    fc.property(points, (given) => {
      const score = program({ x: f32('n', 2), t: f32('n') }, ({ x, t }) =>
        converted(gaussian(x, t), 'velocity', 'score', x, t).sub(gaussianScore(x, t)),
      )
      const inputs = spread(given)
      expect(evaluateProgram(score, inputs)).toBeCloseToTensor(
        inputs.x.map(() => [0, 0]),
        { absolute: 1e-9 },
      )
    }),
  )
})

/** The exact velocity of the same Gaussian on any path, from its mean of data and noise. */
const onPath =
  (path: Path) =>
  <N extends Dim, D extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>): Tensor<[N, D]> => {
    const [a, s] = [path.data(t).expand(1), path.noise(t).expand(1)]
    const variance = s.square().add(a.square().mul(0.25))
    const off = x.sub(a.mul(0.7)).div(variance)
    const data = off.mul(a.mul(0.25)).add(0.7)
    const noise = off.mul(s)
    return data.mul(path.dataRate(t).expand(1)).add(noise.mul(path.noiseRate(t).expand(1)))
  }

test('a velocity along another path is the exact one there, also at both ends', () => {
  const gap = program({ x: f32('n', 2), t: f32('n') }, ({ x, t }) => ({
    there: alongPath(gaussian, linearPath, cosinePath)(x, t).sub(onPath(cosinePath)(x, t)),
    back: alongPath(onPath(cosinePath), cosinePath, linearPath)(x, t).sub(gaussian(x, t)),
  }))
  const { there, back } = evaluateProgram(gap, {
    x: [
      [1, -2],
      [0.3, 0.1],
      [2, 2],
      [-1, 0],
    ],
    t: [0, 0.3, 0.8, 1],
  })
  for (const found of [there, back])
    expect(found).toBeCloseToTensor(
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      { absolute: 1e-7 },
    )
})

test('networks that tell noise, data, score or a denoised point give the velocity of the flow', () => {
  const told =
    (to: Parametrisation) =>
    <N extends Dim, D extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>) =>
      converted(gaussian(x, t), 'velocity', to, x, t)
  // E[y | y + sigma x0 = z] of N(0.7, 0.25).
  const denoiser = <N extends Dim, D extends Dim>(z: Tensor<[N, D]>, sigma: Tensor<[N]>): Tensor<[N, D]> =>
    z.sub(0.7).div(sigma.square().add(0.25).expand(1)).mul(0.25).add(0.7)
  const gap = program({ x: f32('n', 2), t: f32('n') }, ({ x, t }) => {
    const v = gaussian(x, t)
    const gaps = (['noise', 'data', 'score'] as const).map((kind) => velocityOf(told(kind), kind)(x, t).sub(v))
    return [
      ...gaps,
      velocityOfDenoiser(denoiser)(x, t).sub(v),
      reversed(reversed(gaussian))(x, t).sub(v),
      reversed(gaussian)(x, t.neg().add(1)).add(v),
    ]
  })
  for (const found of evaluateProgram(gap, {
    x: [
      [1, -2],
      [0.3, 0.1],
    ],
    t: [0.2, 0.9],
  }))
    expect(found).toBeCloseToTensor(
      [
        [0, 0],
        [0, 0],
      ],
      { absolute: 1e-9 },
    )
})
