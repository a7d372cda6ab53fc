// expects: FX1006 at 6
import { f32, program, scalar } from 'fluxion'

const swish = scalar((x: number) => x / (1 + Math.exp(-x)))
const power = scalar((x: number) => {
  for (let i = 0; i < 3; i++) x *= x
  return x
})
export const both = program({ x: f32('n') }, ({ x }) => swish(power(x)))
