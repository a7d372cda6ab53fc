// expects: FX1001 at 3
import { type Tensor, zeros } from 'fluxion'
export const shifted = (x: Tensor<['n', 3]>) => x.add(zeros([4]))
