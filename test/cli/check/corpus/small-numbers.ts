// expects: FX3003 at 4; FX3004 at 5; FX3008 at 6
import { type Tensor } from 'fluxion'

export const logarithm = (x: Tensor<['n']>) => x.add(1).log()
export const power = (x: Tensor<['n']>) => x.exp().sub(1)
export const softplus = (x: Tensor<['n']>) => x.exp().add(1).log()
