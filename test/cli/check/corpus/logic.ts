// expects: FX2001 at 4; FX2001 at 5; FX2001 at 6
import { type Tensor, zeros } from 'fluxion'

export const both = (a: Tensor<['n'], 'bool'>, b: Tensor<['n'], 'bool'>) => a && b
export const either = (a: Tensor<['n'], 'bool'>) => a || zeros(['n'], 'bool')
export const none = (a: Tensor<['n'], 'bool'>) => !a
