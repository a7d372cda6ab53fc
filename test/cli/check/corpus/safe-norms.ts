// expects: nothing
import { type Tensor } from 'fluxion'

export const bounded = (x: Tensor<['n', 3]>) => x.div(x.norm(1, { keepdims: true }).maximum(1e-8))
export const root = (x: Tensor<['n', 3]>) => x.div(x.square().sum(1).add(1e-12).sqrt().expand(1))
export const inverse = (x: Tensor<['n', 3]>) => x.mul(x.square().mean(1, { keepdims: true }).add(1e-5).rsqrt())
