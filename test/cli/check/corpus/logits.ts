// expects: FX2007 at 6; FX2007 at 8; FX2007 at 10
import { type Tensor } from 'fluxion'
import { bce, crossEntropy } from 'fluxion/nn'

export const direct = (x: Tensor<['n', 3]>, label: Tensor<['n'], 'i32'>) =>
  crossEntropy(x.softmax(1), label)
export const binary = (x: Tensor<['n']>, y: Tensor<['n']>) => {
  const p = x.sigmoid(); const loss = bce(p, y)
  const [a, b] = [x.expand(1), y.cast('i32')]
  return loss.add(crossEntropy(a.logSoftmax(), b))
}
export const right = (x: Tensor<['n', 3]>, label: Tensor<['n'], 'i32'>) => crossEntropy(x.mul(2), label)
