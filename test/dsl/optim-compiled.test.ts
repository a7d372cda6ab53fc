import { expect, test } from 'vitest'
import { type AnyProgram, f32, grad, program, type Tensors, traceProgram } from '../../dsl/index.ts'
import { linear, sequential, silu } from '../../dsl/nn/index.ts'
import {
  accumulate,
  adamW,
  chain,
  clipByGlobalNorm,
  ema,
  exponentialDecay,
  globalNorm,
  lion,
  matricesOnly,
  rmsProp,
  sgd,
  warmupCosine,
} from '../../dsl/optim/index.ts'
import { compile, openDevice } from '../../index.ts'
import type { AnyOptimiser } from './optim-run.ts'
import { flattened, readAll } from './results.ts'
import { closeTo, evaluated, type Numbers, numbers } from './run.ts'

// Steps compiled for the CPU, each against the float64 evaluator on the numbers that the device held before it.

const net = sequential(linear(3, 8), silu, linear(8, 2))
const average = ema(0.9)

const training = (optimiser: AnyOptimiser) =>
  program(
    {
      state: {
        params: net.params,
        opt: optimiser.state(net.params as never) as Record<never, never>,
        average: average.state(net.params),
      },
      x: f32('n', 3),
      y: f32('n', 2),
    },
    ({ state, x, y }) => {
      const loss = (params: Tensors<typeof net.params>) => net.apply(params, x).sub(y).square().sum(1).mean()
      const g = grad(loss)(state.params)
      const after = optimiser.update(g as never, state.opt as never, state.params as never)
      const { params, opt } = after as { params: typeof state.params; opt: typeof state.opt }
      const averaged = average.update(params, state.average)
      return { state: { params, opt, average: averaged }, norm: globalNorm(g), read: average.read(averaged) }
    },
  )

const n = 12
const cases: { readonly [name: string]: AnyOptimiser } = {
  'clipped AdamW with a schedule and a mask': chain(
    clipByGlobalNorm(0.5),
    adamW({
      learningRate: warmupCosine({ peak: 0.1, warmupSteps: 2, steps: 8 }),
      eps: 1e-3,
      weightDecay: 0.1,
      mask: matricesOnly,
    }),
  ),
  'accumulated gradients': accumulate(
    chain(
      clipByGlobalNorm(0.5),
      sgd({
        learningRate: exponentialDecay({ start: 0.2, rate: 0.5, steps: 2, staircase: true }),
        momentum: 0.9,
        nesterov: true,
      }),
    ),
    3,
  ),
  'dampened momentum': sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5 }),
  rmsProp: rmsProp({ learningRate: 0.01, eps: 1e-3 }),
  lion: lion({ learningRate: 0.01, weightDecay: 0.1 }),
}

for (const [name, optimiser] of Object.entries(cases)) {
  test(`compiled for the CPU: ${name}`, async () => {
    const step = training(optimiser)
    const traced = traceProgram(step as unknown as AnyProgram, { n })
    const device = await openDevice('cpu')
    const run = await compile(step, device, { n })
    let state = await run.init({ seed: 3 })
    for (let t = 0; t < 7; t++) {
      const [x, y] = [Float32Array.from(numbers(3 * n, 2 * t + 1)), Float32Array.from(numbers(2 * n, 2 * t + 2))]
      const before = await readAll(state)
      const result = run({ state, x, y })
      const exact = evaluated(traced, { state: before, x, y } as unknown as Numbers)
      const found = flattened(await readAll(result))
      expect(Object.keys(found)).toEqual(Object.keys(exact))
      for (const [path, { data }] of Object.entries(exact)) closeTo(found[path], [...data], 2e-5, `${t}: ${path}`)
      state = result.state
    }
    device.dispose()
  })
}
