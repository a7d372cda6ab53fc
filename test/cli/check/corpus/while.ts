// expects: FX2001 at 6
import { f32, program, type Tensor } from 'fluxion'

export const root = program({ x: f32() }, ({ x }) => {
  let y: Tensor<[]> = x
  while (y.square().greater(x)) {
    y = y.mul(0.5)
    break
  }
  return y
})
