import { concat, f32, key, normal, program, split, type Tensor, uniform, valueAndGrad, vmap } from '../../dsl/index.ts'
import { linear, sequential, silu } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'

/** A velocity field in the plane: v(x, t) from [x, t]. */
export const field = sequential(linear(3, 256), silu, linear(256, 256), silu, linear(256, 2))

/**
 * Flow-matching loss (sum over d, mean over n): E ||v(x_t, t) - (x1 - x0)||^2 with x_t = (1 - t) x0 + t x1, noise x0 at
 * t = 0 and data x1 at t = 1. Lipman et al. 2023, arXiv 2210.02747; Liu et al. 2022, arXiv 2209.03003.
 */
export const flowMatching = program(
  { params: field.params, x1: f32('n', 2), x0: f32('n', 2), t: f32('n') },
  ({ params, x1, x0, t }) => {
    const xt = x0.lerp(x1, t.expand(1))
    const v = vmap((x: Tensor<[2]>, t: Tensor<[]>) => field.apply(params, concat([x, t.expand(0)])))(xt, t)
    return v.sub(x1.sub(x0)).square().sum(1).mean()
  },
  { name: 'flowMatching' },
)

const optimiser = adam({ learningRate: 1e-3 })

/** One training step on a batch of data: noise and times are drawn from the key in the state. */
export const step = program(
  { state: { params: field.params, opt: optimiser.state(field.params), key: key() }, x1: f32('n', 2) },
  ({ state, x1 }) => {
    const [key, k0, k1] = split(state.key, 3)
    const [loss, g] = valueAndGrad(
      flowMatching,
      'params',
    )({ params: state.params, x1, x0: normal(k0, x1.shape), t: uniform(k1, ['n']) })
    const { params, opt } = optimiser.update(g, state.opt, state.params)
    return { state: { params, opt, key }, loss }
  },
  { name: 'step' },
)

/** The velocities at points x and times t. */
export const velocity = program(
  { params: field.params, x: f32('n', 2), t: f32('n') },
  ({ params, x, t }) => field.apply(params, concat([x, t.expand(1)], 1)),
  { name: 'velocity' },
)
