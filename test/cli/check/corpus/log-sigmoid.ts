// expects: FX3002 at 5; FX3002 at 6
import { type Tensor } from 'fluxion'
import { sigmoid } from 'fluxion/nn'

export const method = (x: Tensor<['n', 3]>) => x.sigmoid().log()
export const layer = (x: Tensor<['n', 3]>) => sigmoid(x).log()
