// expects: FX1003 at 4
import { f32, program } from 'fluxion'

export const step = program({ state: { w: f32(2) }, x: f32(2) }, ({ state, x }) => state.w.add(x))
