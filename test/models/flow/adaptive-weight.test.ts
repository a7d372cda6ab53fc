import { describe, expect, test } from 'vitest'
import { mlp } from '../../../dsl/nn/index.ts'
import { adam, linearWarmup } from '../../../dsl/optim/index.ts'
import {
  compile,
  f32,
  fit,
  grad,
  initialised,
  key,
  normal,
  openDevice,
  program,
  split,
  type Tensor,
  valueAndGrad,
} from '../../../index.ts'
import { type AdaptiveWeightOptions, adaptiveWeight, gradientNormRatio } from '../../../models/flow/adaptive-weight.ts'
import { align } from '../../../models/flow/alignment.ts'
import { mlpField } from '../../../models/flow/fields/mlp-field.ts'
import { evaluateProgram, matchers, tensors } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { gaussian } from './gaussian.ts'

expect.extend(matchers)

type Latents = Tensor<['n', 2]>

/** Two losses of latents: distances to what is to be said, and an uneven one. */
const inputs = { y: f32('n', 2), x: f32('n', 2), a: f32(), b: f32() }
const losses = ({ x, a, b }: { x: Latents; a: Tensor<[]>; b: Tensor<[]> }) => ({
  main: (y: Latents) => y.sub(x).square().sum().mul(a),
  alignment: (y: Latents) => y.sin().mul(y).mean().mul(b),
})
const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values))

/** Next to nothing added, and next to no limit. */
const bare: AdaptiveWeightOptions = { delta: 1e-30, clip: 1e30 }
const weighed = program(inputs, ({ y, ...given }) => {
  const { main, alignment } = losses(given)
  return {
    bare: adaptiveWeight(main, alignment, y, bare),
    standard: adaptiveWeight(main, alignment, y),
    main: grad(main)(y),
    alignment: grad(alignment)(y),
  }
})
const some = tensors(weighed, {
  dims: { n: { min: 1, max: 5 } },
  values: { y: { min: 0.5, max: 1.5 }, x: { min: 2, max: 3 }, a: { min: 0.1, max: 3 }, b: { min: 0.1, max: 3 } },
})

describe('laws of the adaptive weight, for any latents', () => {
  test('it is the ratio of the norms of gradients, so that the weighted ones are as long as each other', () => {
    fc.assert(
      fc.property(some, (given) => {
        const found = evaluateProgram(weighed, given)
        const [main, alignment] = [norm(found.main.data), norm(found.alignment.data)]
        expect(Math.abs((found.bare.data[0]! * alignment) / main - 1)).toBeLessThan(1e-12)
        expect(Math.abs(found.standard.data[0]! - main / (alignment + 1e-6))).toBeLessThan(1e-12 * main)
      }),
    )
  })

  test('scaling the own loss by c scales it by c, and scaling the alignment by 1 / c', () => {
    fc.assert(
      fc.property(some, fc.double({ min: 0.01, max: 100, noNaN: true }), (given, c) => {
        const weight = (change: { a?: number; b?: number }) => {
          const { a, b, ...others } = given as unknown as Record<'a' | 'b', { data: number[] }>
          const scaled = { ...others, a: a.data[0]! * (change.a ?? 1), b: b.data[0]! * (change.b ?? 1) }
          return evaluateProgram(weighed, scaled as never).bare.data[0]!
        }
        expect(Math.abs(weight({ a: c }) / (c * weight({})) - 1)).toBeLessThan(1e-12)
        expect(Math.abs((c * weight({ b: c })) / weight({}) - 1)).toBeLessThan(1e-12)
      }),
      { numRuns: 25 * times },
    )
  })

  test('its own gradient is zero, in the latents and in all that the losses depend on', () => {
    const slopes = program(inputs, ({ y, x, a, b }) =>
      grad(
        (all: { y: Latents; x: Latents; a: Tensor<[]>; b: Tensor<[]> }) => {
          const { main, alignment } = losses(all)
          return adaptiveWeight(main, alignment, all.y)
        },
        ['y', 'x', 'a', 'b'],
      )({ y, x, a, b }),
    )
    fc.assert(
      fc.property(some, (given) => {
        for (const slope of evaluateProgram(slopes, given as never)) {
          expect([...slope.data].every((value) => value === 0)).toBe(true)
        }
      }),
    )
  })

  test('it is no more than the clip', () => {
    const clipped = program(inputs, ({ y, ...given }) => {
      const { main, alignment } = losses(given)
      return adaptiveWeight(main, alignment, y, { clip: 0.01 })
    })
    fc.assert(
      fc.property(some, (given) => {
        expect(evaluateProgram(clipped, given as never).data[0]).toBe(0.01)
      }),
    )
  })
})

describe('where gradients are zero', () => {
  const zeros = program({ main: f32(2), alignment: f32(2) }, ({ main, alignment }) => ({
    standard: gradientNormRatio(main, alignment),
    loose: gradientNormRatio(main, alignment, { delta: 1e-3, clip: 1e5 }),
    slope: grad((both: { main: Tensor<[2]>; alignment: Tensor<[2]> }) => gradientNormRatio(both.main, both.alignment))({
      main,
      alignment,
    }),
  }))

  test('that of the alignment: the weight is at its clip, or what delta makes of it', () => {
    const found = evaluateProgram(zeros, { main: [3, 4], alignment: [0, 0] })
    expect(found.standard.data[0]).toBe(1e4)
    expect(found.loose.data[0]).toBeCloseTo(5000, 8)
  })

  test('that of the own loss, and both: the weight is 0, and nothing is NaN', () => {
    for (const alignment of [
      [0, 0],
      [3, 4],
    ]) {
      const { standard, loose, slope } = evaluateProgram(zeros, { main: [0, 0], alignment })
      expect([standard, loose, slope.main, slope.alignment].flatMap(({ data }) => [...data])).toEqual([
        0, 0, 0, 0, 0, 0,
      ])
    }
  })
})

test('it takes a record of tensors, as of the last layer', () => {
  const layer = program({ weight: f32(2, 2), bias: f32(2), x: f32('n', 2) }, ({ weight, bias, x }) => {
    const latents = (last: { weight: Tensor<[2, 2]>; bias: Tensor<[2]> }) => x.matmul(last.weight).add(last.bias)
    const main = (last: { weight: Tensor<[2, 2]>; bias: Tensor<[2]> }) => latents(last).square().sum()
    const alignment = (last: { weight: Tensor<[2, 2]>; bias: Tensor<[2]> }) => latents(last).sum()
    const of = { weight, bias }
    return { weight: adaptiveWeight(main, alignment, of, bare), main: grad(main)(of), alignment: grad(alignment)(of) }
  })
  const found = evaluateProgram(layer, {
    weight: [
      [1, 2],
      [3, -1],
    ],
    bias: [0.5, 0],
    x: [
      [1, 2],
      [0, 1],
      [-1, 1],
    ],
  })
  const all = ({ weight, bias }: { weight: { data: ArrayLike<number> }; bias: { data: ArrayLike<number> } }) =>
    norm([...Array.from(weight.data), ...Array.from(bias.data)])
  expect(found.weight.data[0]).toBeCloseTo(all(found.main) / all(found.alignment), 10)
})

test('what is no option is told', () => {
  const asked = (options: AdaptiveWeightOptions) => () =>
    evaluateProgram(
      program({ g: f32(2) }, ({ g }) => gradientNormRatio(g, g, options)),
      { g: [1, 2] },
    )
  expect(asked({ delta: 0 })).toThrow('adaptiveWeight: delta is 0, needs a number above 0')
  expect(asked({ clip: -1 })).toThrow('adaptiveWeight: clip is -1, needs a number above 0')
})

describe('in a model that is trained', () => {
  const n = 16
  /** Latents 0.1 h of features h that are trained, and what they are to say. */
  const params = { h: initialised(f32('n', 2), (key, shape) => normal(key, shape)) }
  const peak = 0.5
  const warmup = linearWarmup({ peak, steps: 4 })
  const optimiser = adam({ learningRate: 1e-2 })
  const step = program(
    { state: { params, opt: optimiser.state(params), key: key() }, x: f32('n', 2) },
    ({ state, x }) => {
      const [next, now] = split(state.key, 2)
      const lambda = warmup(state.opt.count)
      const [loss, gradient] = valueAndGrad(({ h }: { h: Latents }) => {
        const y = h.mul(0.1)
        const main = (y: Latents) => y.sub(x).square().sum(1).mean()
        const alignment = (y: Latents) => align(gaussian, y, now).mean()
        return main(y).add(alignment(y).mul(lambda.mul(adaptiveWeight(main, alignment, y))))
      })(state.params)
      return { state: { ...optimiser.update(gradient, state.opt, state.params), key: next }, loss, lambda }
    },
  )

  test('the weight of the alignment grows from 0 with a schedule at the count of the optimiser', async () => {
    const device = await openDevice('cpu')
    using fitted = await fit(
      step,
      device,
      { n },
      {
        inputs: { x: new Float32Array(2 * n).fill(1) },
        steps: 6,
        log: { every: 1 },
      },
    )
    expect(fitted.entries.map(({ values }) => values.lambda)).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.5])
    device.dispose()
  })

  test('at lambda 1 both losses pull equally: the sum of two opposite ones stands still', async () => {
    const still = program({ y: f32('n', 2), x: f32('n', 2) }, ({ y, x }) => {
      const main = (y: Latents) => y.sub(x).square().sum()
      const against = (y: Latents) => main(y).mul(-0.01)
      return {
        both: grad((y: Latents) => main(y).add(against(y).mul(adaptiveWeight(main, against, y))))(y),
        one: grad(main)(y),
      }
    })
    const device = await openDevice('cpu')
    const run = await compile(still, device, { n })
    const found = run({
      y: Float32Array.from({ length: 2 * n }, (_, i) => i / n),
      x: new Float32Array(2 * n).fill(3),
    })
    const [both, one] = [await found.both.read(), await found.one.read()]
    expect(norm(both) / norm(one)).toBeLessThan(1e-5)
    expect(norm(one)).toBeGreaterThan(1)
    device.dispose()
  })

  test('it costs a pass back through the prior, and no memory', async () => {
    const device = await openDevice('cpu')
    const [decoder, prior] = [mlp([2, 64, 32]), mlpField(2, { widths: [64, 64] })]
    const costOf = async (weigh: boolean, aligned = true) => {
      const step = program(
        { decoder: decoder.params, prior: prior.params, y: f32('n', 2), x: f32('n', 32), key: key() },
        ({ decoder: d, prior: p, y, x, key }) =>
          valueAndGrad((y: Latents) => {
            const main = (y: Latents) => decoder.apply(d, y).sub(x).square().sum(1).mean()
            const alignment = (y: Latents) => align((x, t) => prior.apply(p, x, t), y, key).mean()
            if (!aligned) return main(y)
            return main(y).add(alignment(y).mul(weigh ? adaptiveWeight(main, alignment, y) : 1))
          })(y),
      )
      const { totals, memory } = await (await compile(step, device, { n: 256 })).explain({ format: 'json' })
      return { flops: totals.flops, memory: memory.temporaries }
    }
    const [without, fixed, adaptive] = [await costOf(false, false), await costOf(false), await costOf(true)]
    // Forward and back in the latents: half of what the alignment takes is its pass back.
    expect(adaptive.flops - fixed.flops).toBeLessThan(0.6 * (fixed.flops - without.flops))
    expect(adaptive.memory).toBeLessThan(1.05 * fixed.memory)
    device.dispose()
  })
})
