// expects: FX1002 at 4
import { f32, i32, program } from 'fluxion'

export const weighted = program({ x: f32('n'), n: i32('n') }, ({ x, n }) => n.mul(x))
