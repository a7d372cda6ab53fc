// expects: FX2005 at 7; FX2003 at 14
import { f32, grad, initialised, normal, program } from 'fluxion'

const w = initialised(f32(3), (key, shape) => normal(key, shape))
const good = program({ params: { w }, x: f32('n', 3) }, ({ params, x }) => x.mul(params.w).square().mean())
/** For this module alone. */
const rounded = program({ params: { w }, x: f32('n', 3) }, ({ params, x }) =>
  x.mul(params.w.round()).sum(1).mean()) satisfies unknown
export const derivative = program({ params: { w }, x: f32('n', 3) }, ({ params, x }) => grad(good)({ params, x }))
export const losses = () => [good, rounded, made()]

/** What a function makes that nobody calls is looked at in its source alone. */
function made() {
  const hidden = program({ params: { w }, x: f32('n', 3), mask: f32('n') }, ({ params, x }) => x.mul(params.w.round()).sum(1).mean())
  return hidden
}
