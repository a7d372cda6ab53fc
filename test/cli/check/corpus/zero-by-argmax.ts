// expects: FX2005 at 4
import { f32, initialised, normal, program } from 'fluxion'
const w = initialised(f32(3), (key, shape) => normal(key, shape))
export const loss = program({ w, x: f32('n', 3) }, ({ w, x }) => x.mul(w.argmax(0).cast('f32')).square().mean())
