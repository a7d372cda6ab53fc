// expects: FX2002 at 4
import { type Tensor } from 'fluxion'

export const larger = (x: Tensor<[]>, y: Tensor<[]>) => (x > y ? 1 : 0)
