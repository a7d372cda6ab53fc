// expects: FX2005 at 4
import { f32, initialised, normal, program } from 'fluxion'
const w = initialised(f32(3), (key, shape) => normal(key, shape))
export const loss = program({ params: { w }, x: f32('n', 3) }, ({ params, x }) => x.mul(params.w.round()).sum(1).mean())
