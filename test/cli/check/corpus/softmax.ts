// expects: FX3006 at 6; FX3007 at 8
import { type Tensor } from 'fluxion'

export const weights = (x: Tensor<['n', 3]>) => {
  const powers = x.exp()
  return powers.div(powers.sum(1, { keepdims: true }))
}
export const evidence = (x: Tensor<['n', 3]>) => x.exp().sum(1).log()
