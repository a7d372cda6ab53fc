import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { adam } from '../../../dsl/optim/index.ts'
import {
  type Device,
  f32,
  fit,
  initialised,
  type Key,
  key,
  normal,
  openDevice,
  program,
  type Recorder,
  split,
  type Tensor,
  valueAndGrad,
} from '../../../index.ts'
import {
  align,
  collapseAlarm,
  collapseWatch,
  exactVelocity,
  fiveGaussians,
  hostRandom,
  logDensity,
  matchDistribution,
  type Points,
  samplerOf,
} from '../../../models/index.ts'

const target = fiveGaussians()
const v = exactVelocity(target)

describe('free points in training, from N(0, I), under the exact velocity of five Gaussians', () => {
  const n = 256
  let device: Device
  beforeAll(async () => {
    device = await openDevice('cpu')
  })
  afterAll(() => device.dispose())

  async function train(loss: (y: Tensor<['n', 2]>, key: Key) => Tensor<['n']>) {
    const params = { y: initialised(f32('n', 2), (key, shape) => normal(key, shape)) }
    const optimiser = adam({ learningRate: 0.02 })
    const step = program({ state: { params, opt: optimiser.state(params), key: key() } }, ({ state }) => {
      const [next, now] = split(state.key, 2)
      const [value, gradient] = valueAndGrad(({ y }: { y: Tensor<['n', 2]> }) => loss(y, now).mean())(state.params)
      return { state: { ...optimiser.update(gradient, state.opt, state.params), key: next }, value }
    })
    const warnings: string[] = []
    const record: Recorder = { warn: (message) => warnings.push(message) }
    const watch = collapseWatch({ target, warn: (message) => record.warn?.(message) })
    let last: Points | undefined
    using fitted = await fit(
      step,
      device,
      { n },
      {
        steps: 600,
        seed: 1,
        record,
        evaluate: {
          every: 200,
          run: async ({ state, step }) => {
            last = { data: await state.params.y.read(), dimension: 2 }
            return watch(step, { points: last })
          },
        },
      },
    )
    return { warnings, points: last!, logged: fitted.entries.filter(({ kind }) => kind === 'evaluation') }
  }

  test("with the paper's loss collapse, and are warned of once for each rule, with the step", async () => {
    const { warnings, points, logged } = await train((y, key) => align(v, y, key))
    expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
      "the latents have collapsed at step 200, by the rule 'mode width'",
      "the latents have collapsed at step 400, by the rule 'likelihood'",
    ])
    expect(warnings[0]).toContain('The points have gathered at the middle of modes. Train with the difference')
    expect(logged.map(({ step }) => step)).toEqual([0, 200, 400, 600])
    expect(logged.map(({ values }) => values.collapse)).toEqual([0, 1, 2, 2])
    const { checks } = collapseAlarm({ points, target })
    expect(logged.at(-1)!.values).toEqual({
      collapse: 2,
      ...Object.fromEntries(
        checks.flatMap(({ rule, value, limit }) => {
          const name = `collapse.${rule === 'mode width' ? 'modeWidth' : rule}`
          return [
            [name, value],
            [`${name}.limit`, limit],
          ]
        }),
      ),
    })
    expect(checks).toHaveLength(4)
  })

  test('with the difference of two velocities do not, and nothing is said', async () => {
    const { warnings, logged } = await train((y, key) => matchDistribution(v, y, key))
    expect(warnings).toEqual([])
    expect(logged.map(({ values }) => values.collapse)).toEqual([0, 0, 0, 0])
    // They have come from 17 nats to those of the target.
    expect(logged[0]!.values['collapse.likelihood']).toBeGreaterThan(10)
    expect(logged.at(-1)!.values['collapse.likelihood']).toBeLessThan(0.8)
  })
})

describe('asked again and again', () => {
  const narrow = samplerOf({ ...target, std: target.std / 3 })(hostRandom(1), 300)
  const wide = samplerOf(target)(hostRandom(2), 300)
  const reference = samplerOf(target)(hostRandom(3), 500)

  test('it warns of a rule when it is first broken, and not before it is to', () => {
    const warnings: string[] = []
    const watch = collapseWatch({ reference, from: 20, warn: (message) => warnings.push(message) })
    const broken = [0, 10, 20, 30].map((step) => watch(step, { points: narrow }).collapse)
    expect(broken).toEqual([1, 1, 1, 1])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /^the latents have collapsed at step 20, by the rule 'neighbours': The mean log distance/,
    )
    expect(watch(40, { points: wide }).collapse).toBe(0)
  })

  test('the state before the first step is not warned of unless that is asked for, and console.warn is who is told', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    collapseWatch({ reference })(0, { points: narrow })
    expect(warn).not.toHaveBeenCalled()
    collapseWatch({ reference, from: 0 })(0, { points: narrow })
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })

  test('what does not depend on the latents is computed once for each number of them, and changes no bit', () => {
    let [asked, read] = [0, 0]
    const countedTarget = {
      ...target,
      get weights() {
        asked += 1
        return target.weights
      },
    }
    const countedReference = {
      ...reference,
      get data() {
        read += 1
        return reference.data
      },
    }
    const alone = (points: Points) => {
      const { checks } = collapseAlarm({ points, target, reference })
      return checks.flatMap(({ value, limit }) => [value, limit])
    }
    const watch = collapseWatch({ target: countedTarget, reference: countedReference, warn: () => {} })
    const valuesOf = (step: number, points: Points) => Object.values(watch(step, { points })).slice(1)
    expect(valuesOf(0, narrow)).toEqual(alone(narrow))
    const [askedFirst, readFirst] = [asked, read]
    expect(valuesOf(1, wide)).toEqual(alone(wide))
    // The densities of 300 points, and their modes: no samples of the target, and no modes of those.
    expect(asked - askedFirst).toBe(301)
    expect(read - readFirst).toBeLessThan(readFirst)
    const fewer = { data: Array.from(wide.data).slice(0, 500), dimension: 2 }
    expect(valuesOf(2, fewer)).toEqual(alone(fewer))
    expect(valuesOf(3, narrow)).toEqual(alone(narrow))
  })

  test('it gives the rules that there is something to hold to', () => {
    const data = Float64Array.from(narrow.data)
    const nlls = Array.from({ length: 300 }, (_, i) => -logDensity(target, data.subarray(2 * i, 2 * i + 2)))
    const watch = collapseWatch({ entropy: 0.5155, warn: () => {} })
    const values = watch(1, { nlls })
    expect(Object.keys(values)).toEqual(['collapse', 'collapse.likelihood', 'collapse.likelihood.limit'])
    expect(values.collapse).toBe(1)
    expect(() => watch(2, { points: narrow })).toThrow('expected something to compare')
  })

  test('a step to begin from that is none is refused', () => {
    expect(() => collapseWatch({ reference, from: -1 })).toThrow(
      'expected a whole number of steps to begin from; got -1',
    )
  })
})
