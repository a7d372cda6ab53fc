// expects: FX9006 at 5
import { f32, program } from 'fluxion'

export const twice = program({ x: f32() }, ({ x }) => {
  const [first] = JSON.parse('[]') as { scale: number }[]; return x.mul(first!.scale)
})
