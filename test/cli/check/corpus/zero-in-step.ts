// expects: FX2005 at 8
import { f32, initialised, normal, program, type Tensor, valueAndGrad } from 'fluxion'
import { adamW } from 'fluxion/optim'

const w = initialised(f32(3), (key, shape) => normal(key, shape))
const params = { scale: w, shift: w }
const optimiser = adamW({ learningRate: 0.01 })
export const step = program({ state: { params, opt: optimiser.state(params) }, x: f32('n', 3) }, ({ state, x }) => {
  const loss = (p: { scale: Tensor<[3]>; shift: Tensor<[3]> }) => x.mul(p.scale).add(p.shift.floor()).square().mean()
  const [value, gradient] = valueAndGrad(loss)(state.params)
  return { state: optimiser.update(gradient, state.opt, state.params), loss: value }
})
