// expects: nothing
import { f32, initialised, normal, program, type Tensor, valueAndGrad } from 'fluxion'
import { adam } from 'fluxion/optim'

// What is handed on as it is is frozen on purpose.
const w = initialised(f32(3), (key, shape) => normal(key, shape))
const optimiser = adam({ learningRate: 0.01 })
export const step = program({ state: { w, teacher: w, opt: optimiser.state({ w }) }, x: f32('n', 3) }, ({ state, x }) => {
  const loss = ({ w }: { w: Tensor<[3]> }) => x.mul(w).sub(x.mul(state.teacher)).square().mean()
  const [value, gradient] = valueAndGrad(loss)({ w: state.w })
  const { params, opt } = optimiser.update(gradient, state.opt, { w: state.w })
  return { state: { w: params.w, teacher: state.teacher, opt }, loss: value }
})
