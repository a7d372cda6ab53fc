// expects: FX2001 at 5
import { f32, program } from 'fluxion'

export const chosen = program({ x: f32() }, ({ x }) => {
  if (x.greater(0)) return x
  return x.neg()
})
