// expects: FX3001 at 4; FX3001 at 6; FX3001 at 7
import { type Tensor } from 'fluxion'

export const direct = (x: Tensor<['n', 3]>) => x.softmax(1).log()
export const named = (x: Tensor<['n', 3]>) => {
  const p = x.softmax(1); const y = p.log()
  return y.add(p.add(1e-9).log())
}
