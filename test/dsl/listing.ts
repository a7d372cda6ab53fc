import { concat, f32, key, normal, program, split, type Tensor, uniform, valueAndGrad, vmap } from '../../dsl/index.ts'
import { linear, sequential, silu } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'

// The listings of the language, at a width that the float64 evaluator runs in no time.

export const field = sequential(linear(3, 8), silu, linear(8, 8), silu, linear(8, 2))

/** Flow-matching loss (sum over d, mean over n). */
export const flowMatching = program(
  { params: field.params, x1: f32('n', 2), x0: f32('n', 2), t: f32('n') },
  ({ params, x1, x0, t }) => {
    const xt = x0.lerp(x1, t.expand(1))
    const v = vmap((x: Tensor<[2]>, t: Tensor<[]>) => field.apply(params, concat([x, t.expand(0)])))(xt, t)
    return v.sub(x1.sub(x0)).square().sum(1).mean()
  },
  { name: 'flowMatching' },
)

export const batched = program(
  { params: field.params, x1: f32('n', 2), x0: f32('n', 2), t: f32('n') },
  ({ params, x1, x0, t }) => {
    const v = field.apply(params, concat([x0.lerp(x1, t.expand(1)), t.expand(1)], 1))
    return v.sub(x1.sub(x0)).square().sum(1).mean()
  },
)

const optimiser = adam({ learningRate: 1e-3 })
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
