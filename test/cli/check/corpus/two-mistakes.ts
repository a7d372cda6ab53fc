// expects: FX1001 at 5; FX1001 at 6
import { f32, program } from 'fluxion'

export const both = program({ x: f32('n', 2), y: f32('n', 3) }, ({ x, y }) => {
  const a = x.add(y)
  const b = x.mul(y)
  return { a, b }
})
