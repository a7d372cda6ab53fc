// expects: FX2001 at 4
import { f32, program } from 'fluxion'

export const chosen = program({ x: f32() }, ({ x }) => (x.less(1) ? x : x.mul(2)))
