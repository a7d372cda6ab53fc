// expects: nothing
import { stopGradient, type Tensor } from 'fluxion'

export const weights = (x: Tensor<['n', 3]>) => {
  const top = stopGradient(x.max(1, { keepdims: true }))
  const powers = x.sub(top).exp()
  return powers.div(powers.sum(1, { keepdims: true }))
}
export const mean = (x: Tensor<['n', 3]>, y: Tensor<['n', 3]>) => x.exp().div(y.exp().sum(1, { keepdims: true }))
