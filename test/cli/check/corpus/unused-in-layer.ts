// expects: FX2004 at 5
import { f32, type Tensor } from 'fluxion'
import { layer } from 'fluxion/nn'

export const scale = layer({ weight: f32(3), bias: f32(3) }, ({ weight }, x: Tensor<[3]>) => x.mul(weight))
