import {
  type Compile,
  type DeviceTensor,
  f32,
  grad,
  program,
  type Resident,
  type Tensor,
  type Tensors,
  times,
} from '../../dsl/index.ts'
import { linear, sequential, silu } from '../../dsl/nn/index.ts'
import { is } from './is.ts'
import { type field, flowMatching, step } from './listing.ts'

// Laws of types, which `tsc` checks. Nothing here runs.

/** Code that is generic in its sizes needs no casts. */
export function regression<D extends number, W extends number>(d: D, width: W) {
  const net = sequential(linear(d, width), silu, linear(width, times(4, d)), linear(times(4, d), d))
  const loss = program({ params: net.params, x: f32('n', d) }, ({ params, x }) => {
    const y = x
      .sub(x.mean(1, { keepdims: true }))
      .mul(2)
      .exp()
    return net.apply(params, y).sub(x).square().sum(1).mean()
  })
  return program({ params: net.params, x: f32('n', d) }, (inputs) => grad(loss, 'params')(inputs))
}

/** And where the sizes are known, so are the types. */
export const small = regression(3, 16)
export const gradients = (inputs: { params: Parameters<(typeof small)['~fn']>[0]['params']; x: Tensor<['n', 3]> }) =>
  is<Tensor<[3, 16]>>()(small(inputs)[0].weight)

/** Compiled programs take and give what the program's types say, with numbers for its dims. */
export async function train(compile: Compile<string>, batches: readonly Float32Array[], other: DeviceTensor<[3, 2]>) {
  const run = await compile(step, 'device', { n: 256 })
  let state = await run.init({ seed: 0 })
  is<Resident<Tensors<typeof field.params>>>()(state.params)
  for (const x1 of batches) ({ state } = run({ state, x1 }))
  is<DeviceTensor<[8, 2]>>()(state.params[4].weight)
  is<Promise<Uint32Array>>()(state.key.read())
  is<Promise<Int32Array>>()(state.opt.count.read())

  const loss = await compile(flowMatching, 'device', { n: 4 })
  const feed = { params: state.params, x0: new Float32Array(8), t: new Float32Array(4) }
  is<DeviceTensor<[]>>()(loss({ ...feed, x1: new Float32Array(8) }))
  // @ts-expect-error "type error: x1 is not a tensor [4, 2] of f32"
  loss({ ...feed, x1: new Int32Array(8) })
  // @ts-expect-error "shape error: x1 is [3, 2], needs [4, 2]"
  loss({ ...feed, x1: other })
  // @ts-expect-error "type error: input x1 is missing"
  loss(feed)
  // @ts-expect-error Property 'n' is missing
  await compile(flowMatching, 'device', {})
  // @ts-expect-error "type error: the program has no dim m"
  await compile(flowMatching, 'device', { n: 4, m: 4 })
  // @ts-expect-error "type error: dim n has no size"
  await compile(flowMatching, 'device')
  return is<Promise<Float32Array>>()(state.params[0].bias.read())
}

/** A program that is written into the call keeps its types. */
export async function inline(compile: Compile<string>, other: DeviceTensor<[3, 2]>) {
  const run = await compile(
    program({ y: f32('n', 2) }, ({ y }) => ({ sums: y.sum(1) })),
    'device',
    { n: 16 },
  )
  await compile(
    // @ts-expect-error "type error: the program has no dim m"
    program({ y: f32('n', 2) }, ({ y }) => y.sum(1)),
    'device',
    { n: 16, m: 2 },
  )
  const sized = await compile(
    program({ y: f32(8, 2) }, ({ y }) => y.sum(1)),
    'device',
  )
  is<DeviceTensor<[8]>>()(sized({ y: new Float32Array(16) }))
  // @ts-expect-error "shape error: y is [3, 2], needs [8, 2]"
  sized({ y: other })
  return is<DeviceTensor<[16]>>()(run({ y: new Float32Array(32) }).sums)
}
