// expects: FX2005 at 8
import { f32, foriLoop, initialised, normal, program, type Tensor, valueAndGrad } from 'fluxion'
import { adamW } from 'fluxion/optim'

const w = initialised(f32(3), (key, shape) => normal(key, shape))
const params = { scale: w, shift: w }
const optimiser = adamW({ learningRate: 0.01 })
export const steps = program({ state: { params, opt: optimiser.state(params) }, x: f32('n', 3) }, ({ state, x }) => {
  const loss = (p: { scale: Tensor<[3]>; shift: Tensor<[3]> }) => x.mul(p.scale).add(p.shift.floor()).square().mean()
  return { state: foriLoop(0, 4, (_, now) => {
    const [, gradient] = valueAndGrad(loss)(now.params)
    return optimiser.update(gradient, now.opt, now.params)
  }, state) }
})
