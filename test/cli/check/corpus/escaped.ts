// expects: FX1004 at 6
import { f32, program, type Tensor } from 'fluxion'

let kept: Tensor<[3]> | undefined
export const first = program({ x: f32(3) }, ({ x }) => {
  kept = kept?.add(x) ?? x
  return x
})
export const second = program({ y: f32(3) }, ({ y }) => y.add(first({ x: y })))
