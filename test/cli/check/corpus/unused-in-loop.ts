// expects: FX2003 at 6; FX2004 at 5
import { f32, initialised, normal, program, scan, type Tensor } from 'fluxion'

const w = initialised(f32(3), (key, shape) => normal(key, shape))
export const running = program({ params: { w, b: w }, xs: f32('n', 3),
  decay: f32(3) }, ({ params, xs, decay }) => {
  // What comes of b and of decay is carried on and read by themselves alone.
  const [{ h }] = scan(
    ({ h, trace, bias }: { h: Tensor<[3]>; trace: Tensor<[3]>; bias: Tensor<[3]> }, x) => [
      { h: h.mul(params.w).add(x).tanh(), trace: trace.mul(decay).add(h), bias: bias.add(params.b) },
      null,
    ],
    { h: xs.mean(0), trace: decay, bias: params.b },
    xs,
  )
  return h.square().sum()
})
