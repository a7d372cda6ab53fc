// expects: FX2002 at 4; FX2002 at 5
import { type Tensor } from 'fluxion'

export const same = (x: Tensor<['n']>, y: Tensor<['n']>) => x === y
export const other = (x: Tensor<['n']>, y: Tensor<['n']>) => x !== y
