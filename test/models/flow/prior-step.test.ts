import { expect, test } from 'vitest'
import { adam, ema } from '../../../dsl/optim/index.ts'
import { compile, f32, fit, openDevice, program } from '../../../index.ts'
import { mlpField } from '../../../models/flow/fields/mlp-field.ts'
import { simpleMlpAdaLN } from '../../../models/flow/fields/simple-mlp-ada-ln.ts'
import { cosinePath } from '../../../models/flow/path.ts'
import { type PriorStepOptions, priorStep } from '../../../models/flow/prior-step.ts'
import { excessOverFloor, fiveGaussians, hostRandom, sample } from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'

const target = fiveGaussians()
const data = dataset({ y: { shape: [2], data: sample(target, hostRandom(0), 4096) } })

test('a prior learns: the averaged parameters come nearer to the exact velocity than the floor is high', async () => {
  const device = await openDevice('cpu')
  const field = simpleMlpAdaLN(2, { width: 32, blocks: 1, timeScale: 10 })
  const step = priorStep(field, { optimiser: adam({ learningRate: 5e-3 }), averaging: 0.98 })
  using fitted = await fit(step, device, { n: 64 }, { data, steps: 400, seed: 1 })
  const velocity = program(
    { average: ema(0.98).state(field.params), x: f32('n', 2), t: f32('n') },
    ({ average, x, t }) => field.apply(ema(0.98).read(average), x, t),
  )
  const run = await compile(velocity, device, { n: 1024 })
  const at = async (x: Float64Array, t: Float64Array) =>
    run({ average: fitted.state.average, x: Float32Array.from(x), t: Float32Array.from(t) }).read()
  const points: { x?: Float64Array; t?: Float64Array } = {}
  excessOverFloor(
    (x, t) => {
      Object.assign(points, { x, t })
      return x
    },
    target,
    { points: 1024 },
  )
  const found = await at(points.x!, points.t!)
  // At the start, where the field is 0, the excess is 1.46; the floor is 2.55.
  expect(excessOverFloor(() => found, target, { points: 1024 }).value).toBeLessThan(0.4)
  device.dispose()
})

const variants: readonly (readonly [string, PriorStepOptions<never>])[] = [
  ['noise on a cosine path', { predicts: 'noise', path: cosinePath }],
  ['data', { predicts: 'data' }],
  ['score', { predicts: 'score' }],
  ['coupled noise', { coupling: { method: 'optimalTransport', turns: 5 } }],
  ['a weight', { weight: (t) => t.square() }],
]
test.each(variants)('trains with %s', async (_, options) => {
  const device = await openDevice('cpu')
  const step = priorStep(mlpField(2, { widths: [8] }), options as object)
  using fitted = await fit(step, device, { n: 16 }, { data, steps: 3, seed: 1 })
  expect(
    fitted.entries.every(({ values }) => Object.values(values as Record<string, number>).every(Number.isFinite)),
  ).toBe(true)
  device.dispose()
})

test('conditions are dropped at their share: never at 0, always at 1', async () => {
  const device = await openDevice('cpu')
  const field = mlpField(2, { widths: [8], condition: { classes: 3 } })
  const labelled = dataset({
    y: { shape: [2], data: sample(target, hostRandom(0), 64) },
    condition: { shape: [], data: Int32Array.from({ length: 64 }, (_, i) => i % 3) },
  })
  const table = async (drop: number) => {
    const step = priorStep(field, { drop })
    const before = (await compile(step, device, { n: 64 })).init({ seed: 3 })
    const first = await (await before).params.cond_embed.weight.read()
    using fitted = await fit(step, device, { n: 64 }, { data: labelled, steps: 2, seed: 3 })
    const last = await fitted.state.params.cond_embed.weight.read()
    return last.some((value, i) => value !== first[i])
  }
  expect(await table(0)).toBe(true)
  expect(await table(1)).toBe(false)
  expect(() => priorStep(field, { drop: 2 })).toThrow('type error: priorStep: drop is 2, needs a share from 0 to 1')
  device.dispose()
})
