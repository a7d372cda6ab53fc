// expects: FX2005 at 6; FX2005 at 19; FX2005 at 21
import { cond, f32, initialised, normal, program, scan, type Tensor, whileLoop } from 'fluxion'

const w = initialised(f32(3), (key, shape) => normal(key, shape))
/** A recurrent network whose bias is rounded in each turn. */
export const recurrent = program({ params: { w, b: w }, xs: f32('n', 3) }, ({ params, xs }) => {
  const start: Tensor<[3]> = xs.mean(0)
  const [last] = scan(
    (h: Tensor<[3]>, x) => {
      const next = h.mul(params.w).add(x).add(params.b.round()).tanh()
      return [next, null]
    },
    start,
    xs,
  )
  return last.square().sum()
})
const choosing = { scale: w, step: w }
export const branches = program({ params: choosing, x: f32(3) }, ({ params, x }) =>
  cond(x.sum().greater(0), (a: Tensor<[3]>) => a.floor().mul(x).sum(), (a) => a.ceil().sum(), params.step).add(params.scale.sum()))
export const until = program({ params: { w }, x: f32(3) }, ({ params, x }) =>
  whileLoop(
    (h: Tensor<[3]>) => h.square().sum().less(9),
    (h) => h.add(params.w.sign()).add(1),
    x,
    { maxSteps: 4 },
  ).sum())
