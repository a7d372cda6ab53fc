// expects: FX2001 at 4; FX2001 at 4
import { type Tensor } from 'fluxion'

export const chosen = (a: Tensor<[], 'bool'>, b: Tensor<[], 'bool'>, x: Tensor<[]>) => (a && b ? x : x.neg())
