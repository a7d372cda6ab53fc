import { expect, test } from 'vitest'
import { adam } from '../../../dsl/optim/index.ts'
import { compile, fit, openDevice, type Specs } from '../../../index.ts'
import {
  alignTokens,
  autoencoderStep,
  fitGaussian,
  hostRandom,
  latentsOf,
  matchDistribution,
  mlpAutoencoder,
  simpleMlpAdaLN,
  type VelocityField,
} from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'
import { bars, model, weightOf } from './bars.ts'

const small = { width: 16, blocks: 1, timeScale: 10 }
const prior = simpleMlpAdaLN(4, small)

/** Draws latents to N(0, I), whose velocity along the path is (2 t - 1) x / (t^2 + (1 - t)^2), against a student's. */
const withStudent = <P extends Specs>(weight: number, field: VelocityField<4, P>) =>
  autoencoderStep(model, {
    optimiser: adam({ learningRate: 3e-3 }),
    regulariser: {
      weight,
      inputs: {},
      student: { field, learningRate: 3e-3 },
      loss: (y, key, { student }) =>
        matchDistribution(
          (x, t) => {
            const slope = t
              .mul(2)
              .sub(1)
              .div(t.square().add(t.neg().add(1).square()))
            return x.mul(slope.expand(1))
          },
          y,
          key,
          { latents: (x, t) => field.apply(student as never, x, t) },
        ),
    },
  })

/** Images that are linear in 4 normal numbers. */
const random = hostRandom(1)
const basis = Array.from({ length: 4 }, () => Array.from({ length: 36 }, () => random.normal()))
const images = dataset({
  image: {
    shape: [6, 6],
    data: Float32Array.from(
      Array.from({ length: 1024 }, () => {
        const z = basis.map(() => random.normal())
        return Array.from({ length: 36 }, (_, p) => basis.reduce((sum, row, i) => sum + 0.3 * z[i]! * row[p]!, 0))
      }).flat(),
    ),
  },
})

test('with a student, latents of normal data become N(0, I), and the student has its velocity', {
  timeout: 120_000,
}, async () => {
  const device = await openDevice('cpu')
  const step = withStudent(1, prior)
  using fitted = await fit(step, device, { n: 64 }, { data: images, steps: 1200, seed: 1, log: { every: 200 } })
  const last = fitted.entries.at(-1)!.values as { student: number; reconstruction: number }
  // The mean of 1 / (t^2 + (1 - t)^2) over t is pi / 2, the Bayes floor of a dim.
  expect(Math.abs(last.student - 2 * Math.PI)).toBeLessThan(0.35)
  expect(last.reconstruction).toBeLessThan(1.5)
  const { data } = await latentsOf(model, fitted.state.params, images, device)
  const { mean, covariance } = fitGaussian({ data, dimension: 4 })
  for (let i = 0; i < 4; i++) {
    expect(Math.abs(mean[i]!)).toBeLessThan(0.2)
    for (let j = 0; j < 4; j++) expect(Math.abs(covariance[4 * i + j]! - (i === j ? 1 : 0))).toBeLessThan(0.25)
  }
  device.dispose()
})

test('encoder and student do not hear of each other but through the loss', async () => {
  const device = await openDevice('cpu')
  const { image } = await bars.rows([0, 1, 2, 6, 7, 8])
  const steps = {
    with: withStudent(0, prior),
    without: autoencoderStep(model, { optimiser: adam({ learningRate: 3e-3 }) }),
  }
  const weights: number[][] = []
  for (const step of [steps.with, steps.without]) {
    using run = await compile(step as typeof steps.without, device, { n: 6 })
    const init = await run.init({ seed: 1 })
    const { state, ...terms } = run({ state: init, image })
    weights.push([...(await weightOf(state.params).read())])
    expect('student' in state).toBe(step === (steps.with as unknown))
    expect('student' in terms).toBe(step === (steps.with as unknown))
  }
  expect(weights[0]).toEqual(weights[1])
  device.dispose()
})

test('of tokens a student learns each, one field for all', { timeout: 60_000 }, async () => {
  const device = await openDevice('cpu')
  const tokens = mlpAutoencoder({ shape: [6, 6], latent: [3, 4], widths: [16] })
  const step = autoencoderStep(tokens, {
    regulariser: {
      weight: 0.1,
      inputs: { prior: prior.params },
      student: { field: prior },
      loss: (y, key, given) => alignTokens((x, t) => prior.apply(given.student, x, t), y, key),
    },
  })
  using run = await compile(step, device, { n: 6 })
  const { image } = await bars.rows([0, 1, 2, 6, 7, 8])
  const state = await run.init({ seed: 2 })
  const extra = { prior: (await run.init({ seed: 3 })).student.params }
  const { student } = run.steps(1, { state, image, extra })
  // The first field tells 0: of 3 tokens of about 4 dims it has E||y - x0||^2, with y small.
  expect(await student.item()).toBeGreaterThan(6)
  expect(await student.item()).toBeLessThan(30)
  device.dispose()
})

test('a student of another width, or that does not learn, is refused', () => {
  expect(() => withStudent(1, simpleMlpAdaLN(3, small) as never)).toThrow(
    'regulariser.student.field is of 3 dims, needs 4, those of a latent',
  )
  expect(() =>
    autoencoderStep(model, {
      regulariser: {
        weight: 1,
        inputs: {},
        student: { field: prior, learningRate: 0 },
        loss: (y) => y.square().sum(1),
      },
    }),
  ).toThrow('regulariser.student.learningRate is 0, needs a number above 0')
})
