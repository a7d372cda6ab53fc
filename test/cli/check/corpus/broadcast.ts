// expects: FX1001 at 5
import { f32, program } from 'fluxion'

export const sum = program({ x: f32('n', 3), y: f32('n', 4) }, ({ x, y }) =>
  x.add(y))
