// expects: FX1001 at 5
import { f32, program } from 'fluxion'

const product = program({ x: f32('n', 2), w: f32(3, 4) }, ({ x, w }) => {
  return x.matmul(w)
})
export const doubled = program({ x: f32('n', 2), w: f32(2, 4) }, ({ x, w }) => x.matmul(w).mul(2))
void product
