// expects: FX3005 at 4; FX3005 at 5; FX3005 at 6; FX3005 at 9
import { type Tensor } from 'fluxion'

export const norm = (x: Tensor<['n', 3]>) => x.div(x.norm(1, { keepdims: true }))
export const root = (x: Tensor<['n', 3]>) => x.div(x.square().sum(1).sqrt().expand(1))
export const inverse = (x: Tensor<['n', 3]>) => x.mul(x.square().sum(1, { keepdims: true }).rsqrt())
export const named = (x: Tensor<['n', 3]>) => {
  const length = x.norm(1)
  return x.div(length.expand(1))
}
