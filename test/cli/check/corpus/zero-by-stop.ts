// expects: FX2005 at 4
import { f32, initialised, normal, program, stopGradient } from 'fluxion'
const w = initialised(f32(3), (key, shape) => normal(key, shape))
export const loss = program({ params: { a: w, b: w }, x: f32('n', 3) }, ({ params, x }) =>
  x.mul(params.a).add(stopGradient(params.b)).square().mean())
