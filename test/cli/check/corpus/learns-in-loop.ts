// expects: nothing
import { cond, f32, foriLoop, initialised, normal, program, scan, type Tensor, valueAndGrad } from 'fluxion'
import { adamW } from 'fluxion/optim'

const w = initialised(f32(3), (key, shape) => normal(key, shape))
/** The hidden state starts at zero, and so do the sums of what its gradient is made of. */
export const recurrent = program({ params: { w, b: w }, xs: f32('n', 3) }, ({ params, xs }) => {
  const [last] = scan(
    (h: Tensor<[3]>, x) => [h.mul(params.w).add(x).add(params.b).tanh(), null],
    params.w.mul(0),
    xs,
  )
  return last.square().sum()
})
/** Only one of the branches has a slope. */
export const either = program({ params: { w }, x: f32(3) }, ({ params, x }) =>
  cond(x.sum().greater(0), (a: Tensor<[3]>) => a.floor().mul(x).sum(), (a) => a.square().sum(), params.w))

const optimiser = adamW({ learningRate: 0.01 })
export const steps = program({ state: { params: { w }, opt: optimiser.state({ w }) }, x: f32('n', 3) }, ({ state, x }) => {
  const loss = (p: { w: Tensor<[3]> }) => x.mul(p.w).square().mean()
  return { state: foriLoop(0, 4, (_, now) => {
    const [, gradient] = valueAndGrad(loss)(now.params)
    return optimiser.update(gradient, now.opt, now.params)
  }, state) }
})
