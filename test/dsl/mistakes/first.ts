import {
  type Compile,
  concat,
  f32,
  grad,
  i32,
  jvp,
  map,
  program,
  type Tensor,
  traceProgram,
  valueAndGrad,
  vmap,
  where,
  zeros,
} from '../../../dsl/index.ts'
import { linear, sequential, silu } from '../../../dsl/nn/index.ts'
import { adam } from '../../../dsl/optim/index.ts'
import { field, flowMatching } from '../listing.ts'
import type { Mistakes } from './mistake.ts'

/** Only its type is on trial. */
const compile: Compile<string> = () => Promise.reject(new Error('there is no device'))
const optimiser = adam({ learningRate: 1 })

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: add: [n, 2] with [3]: 2 and 3 differ and neither is 1',
    // @ts-expect-error
    run: ({ x }) => x.add(zeros([3])),
  },
  {
    says: 'shape error: sub: [n, 2] with [m, 2]: n and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x, y }) => x.sub(y),
  },
  {
    says: 'dtype error: mul: i32 with f32; cast one of them',
    // @ts-expect-error
    run: ({ ids, t }) => ids.mul(t),
  },
  {
    says: 'dtype error: add: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.add(flag),
  },
  {
    says: 'dtype error: maximum: key is not a number',
    // @ts-expect-error
    run: ({ seed }) => seed.maximum(seed),
  },
  {
    says: "dtype error: exp: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.exp(),
  },
  {
    says: "dtype error: mean: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.mean(),
  },
  {
    says: "dtype error: matmul: i32 is not a float; cast('f32') first",
    // @ts-expect-error
    run: ({ w }) => w.cast('i32').matmul(zeros([4, 2], 'i32')),
  },
  {
    says: "dtype error: neg: u32 has no sign; cast('i32') first",
    // @ts-expect-error
    run: ({ ids }) => ids.cast('u32').neg(),
  },
  {
    says: 'dtype error: neg: bool is not a number',
    // @ts-expect-error
    run: ({ flag }) => flag.neg(),
  },
  {
    says: 'shape error: lerp: [n, 2] with [m, 2]: n and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x, y }) => x.lerp(y, 0.5),
  },
  {
    says: 'shape error: lerp: [n, 2] with [n]: 2 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ x, t }) => x.lerp(x, t),
  },
  {
    says: 'shape error: matmul: [n, 2] with [3, 4]: inner dimensions 2 and 3 differ',
    // @ts-expect-error
    run: ({ x, w }) => x.matmul(w),
  },
  {
    says: 'shape error: matmul: [n, 2] with [n]: inner dimensions 2 and n differ',
    // @ts-expect-error
    run: ({ x, t }) => x.matmul(t),
  },
  {
    says: 'shape error: matmul: [n, 2] with []: needs [..., k] with [..., k, n] or [k]',
    // @ts-expect-error
    run: ({ x, t }) => x.matmul(t.sum()),
  },
  {
    says: 'shape error: matmul: [5] with [m]: 5 and m differ and neither is 1',
    // @ts-expect-error
    run: ({ x }) => zeros([5, 1, 2]).add(x).matmul(zeros(['m', 2, 3])),
  },
  {
    says: 'shape error: sum: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.sum(2),
  },
  {
    says: 'shape error: max: axis -3 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.max(-3),
  },
  {
    says: 'shape error: size: axis 1 is out of range for [n]',
    // @ts-expect-error
    run: ({ t }) => t.size(1),
  },
  {
    says: 'shape error: expand: axis 4 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => x.expand(4),
  },
  {
    says: 'shape error: reshape: [n, 2] to [n, 3] changes the number of elements',
    // @ts-expect-error
    run: ({ x }) => x.reshape(['n', 3]),
  },
  {
    says: 'shape error: concat: [n, 2] with [n] differ beside axis 0',
    // @ts-expect-error
    run: ({ x, t }) => concat([x, t]),
  },
  {
    says: 'shape error: concat: axis 1 is out of range for [n] with [n]',
    // @ts-expect-error
    run: ({ t }) => concat([t, t], 1),
  },
  {
    says: 'dtype error: concat: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ t, ids }) => concat([t, ids]),
  },
  {
    says: 'dtype error: where: f32 with i32; cast one of them',
    // @ts-expect-error
    run: ({ flag, t, ids }) => where(flag, t, ids),
  },
  {
    says: 'shape error: where: [n, 2] with [n]: 2 and n differ and neither is 1',
    // @ts-expect-error
    run: ({ flag, x }) => where(flag, x, 0),
  },
  {
    says: 'shape error: layer 2 takes [128] and is given [256]',
    // @ts-expect-error
    run: () => sequential(linear(3, 256), silu, linear(128, 2)),
  },
  {
    says: 'shape error: the layer takes [3] and is given [n, 2]',
    // @ts-expect-error
    run: ({ params, x }) => field.apply(params, x),
  },
  {
    says: 'dtype error: the layer takes f32 and is given i32',
    // @ts-expect-error
    run: ({ params }) => field.apply(params, zeros([3], 'i32')),
  },
  {
    says: 'shape error: t is [n, 2], needs [n]',
    // @ts-expect-error
    run: ({ params, x }) => flowMatching({ params, x1: x, x0: x, t: x }),
  },
  {
    says: 'dtype error: t is i32, needs f32',
    // @ts-expect-error
    run: ({ params, x, ids }) => flowMatching({ params, x1: x, x0: x, t: ids }),
  },
  {
    says: 'shape error: n is 5 in t and n elsewhere',
    // @ts-expect-error
    run: ({ params, x }) => flowMatching({ params, x1: x, x0: x, t: zeros([5]) }),
  },
  {
    says: 'type error: input t is missing',
    // @ts-expect-error
    run: ({ params, x }) => flowMatching({ params, x1: x, x0: x }),
  },
  {
    says: 'type error: there is no input label',
    // @ts-expect-error
    run: ({ params, x, t, ids }) => flowMatching({ params, x1: x, x0: x, t, label: ids }),
  },
  {
    says: 'type error: x0 is not a tensor [n, 2] of f32',
    // @ts-expect-error
    run: ({ params, x, t }) => flowMatching({ params, x1: x, x0: 3, t }),
  },
  {
    says: 'shape error: n is 5 in t and n elsewhere',
    // @ts-expect-error
    run: ({ params, x }) => valueAndGrad(flowMatching, 'params')({ params, x1: x, x0: x, t: zeros([5]) }),
  },
  {
    says: 'shape error: the mapped axis is n in argument 0 and 3 elsewhere',
    // @ts-expect-error
    run: ({ x }) => vmap((x: Tensor<[2]>, t: Tensor<[]>) => x.mul(t))(x, zeros([3])),
  },
  {
    says: 'shape error: the mapped axis is n in argument 0 and m elsewhere',
    // @ts-expect-error
    run: ({ x, y }) => map((x, y) => x.add(y), x, y),
  },
  {
    says: 'shape error: grad: the result is [2], needs []',
    // @ts-expect-error
    run: () => grad((x: Tensor<[2]>) => x.square())(zeros([2])),
  },
  {
    says: 'dtype error: grad: the result is i32, needs a float',
    // @ts-expect-error
    run: () => grad((x: Tensor<[]>) => x.cast('i32'))(zeros([])),
  },
  {
    says: 'type error: grad: the result is a record, needs one scalar',
    // @ts-expect-error
    run: () => grad((x: Tensor<[]>) => ({ loss: x }))(zeros([])),
  },
  {
    says: 'shape error: tangent.0 is [m, 2], needs [n, 2]',
    // @ts-expect-error
    run: ({ x, y }) => jvp((x: Tensor<['n', 2]>) => x.square(), [x], [y]),
  },
  {
    says: 'dtype error: the new state.count is f32, needs i32',
    // @ts-expect-error
    run: () => inProgram(program({ state: { count: i32() } }, ({ state }) => ({ state: { count: state.count.cast('f32') } }))),
  },
  {
    says: 'shape error: the new state.mean is [], needs [2]',
    // @ts-expect-error
    run: () => inProgram(program({ state: { mean: f32(2) } }, ({ state }) => ({ state: { mean: state.mean.sum() } }))),
  },
  {
    says: 'shape error: the new state is [], needs [2]',
    // @ts-expect-error
    run: () => inProgram(program({ state: f32(2) }, ({ state }) => ({ state: state.sum() }))),
  },
  {
    says: 'type error: the new state.count is missing',
    // @ts-expect-error
    run: () => inProgram(program({ state: { count: i32() } }, () => ({ state: {} }))),
  },
  {
    says: 'type error: program: state goes in and does not come out',
    // @ts-expect-error
    run: () => inProgram(program({ state: { count: i32() } }, ({ state }) => state.count)),
  },
  {
    says: 'type error: program: the result is not a tensor',
    // @ts-expect-error
    run: () => inProgram(program({ x: f32(2) }, ({ x }) => { x.sum() })),
  },
  {
    says: 'type error: program: the result.name is not a tensor',
    // @ts-expect-error
    run: () => inProgram(program({ x: f32(2) }, ({ x }) => ({ x, name: 'loss' }))),
  },
  {
    says: 'type error: grads.0 is missing',
    // @ts-expect-error
    run: ({ params }) => optimiser.update(params[0], { m: params, v: params, count: zeros([], 'i32') }, params),
  },
  {
    says: 'dtype error: the optimiser state.count is f32, needs i32',
    // @ts-expect-error
    run: ({ params }) => optimiser.update(params, { m: params, v: params, count: zeros([]) }, params),
  },
  {
    says: 'type error: the program has no dim k',
    // @ts-expect-error
    run: () => [compile(flowMatching, 'device', { n: 3, k: 4 }).catch(String), traceProgram(flowMatching, { n: 3, k: 4 })],
  },
]

/** Traces a program without dims, given as a value whose type is of no interest. */
const inProgram = (of: unknown): unknown => traceProgram(of as Parameters<typeof traceProgram>[0])
