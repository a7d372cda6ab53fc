// expects: FX2006 at 7
import { f32, program, type Tensor } from 'fluxion'

const taps = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i))
export const response = program({ x: f32() }, ({ x }) => {
  let sum: Tensor<[]> = x
  for (const tap of taps) sum = sum.mul(x).add(tap)
  return sum
})
