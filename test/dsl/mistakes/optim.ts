import { f32, i32, zeros } from '../../../dsl/index.ts'
import {
  accumulate,
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  ema,
  globalNorm,
  momentum,
  scaleByAdam,
  sgd,
} from '../../../dsl/optim/index.ts'
import type { Mistakes } from './mistake.ts'

const plain = sgd({ learningRate: 1 })
const heavy = sgd({ learningRate: 1, momentum: 0.9 })
const clipped = chain(clipByGlobalNorm(1), adam({ learningRate: 1 }))
const fourth = accumulate(heavy, 4)
const average = ema(0.99)
const count = { count: i32() }
const start = () => zeros([], 'i32')

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: grads.bias is [3], needs [4]',
    // @ts-expect-error
    run: ({ w }) => plain.update({ w, bias: zeros([3]) }, { count: start() }, { w, bias: zeros([4]) }),
  },
  {
    says: 'type error: the optimiser state.velocity is missing',
    // @ts-expect-error
    run: ({ params }) => heavy.update(params, { count: start() }, params),
  },
  {
    says: 'shape error: the optimiser state.velocity.w is [3], needs [3, 4]',
    // @ts-expect-error
    run: ({ w }) => heavy.update({ w }, { velocity: { w: zeros([3]) }, count: start() }, { w }),
  },
  {
    says: 'type error: the optimiser state.1 is missing',
    // @ts-expect-error
    run: ({ params }) => clipped.update(params, { m: params, v: params, count: start() }, params),
  },
  {
    says: 'type error: the optimiser state.1.v.w is missing',
    // @ts-expect-error
    run: ({ w }) => clipped.update({ w }, { '1': { m: { w }, v: {}, count: start() } }, { w }),
  },
  {
    says: 'type error: the optimiser state.opt.velocity is missing',
    // @ts-expect-error
    run: ({ params }) => fourth.update(params, { sum: params, count: start(), opt: { count: start() } }, params),
  },
  {
    says: 'dtype error: params.ids is i32, needs f32; leave out what is not trained',
    // @ts-expect-error
    run: ({ w, ids }) => plain.update({ w, ids }, { count: start() }, { w, ids }),
  },
  {
    says: 'dtype error: params.steps.count is i32, needs f32; leave out what is not trained',
    // @ts-expect-error
    run: () => clipped.state({ w: f32(3), steps: count }),
  },
  {
    says: 'dtype error: params.steps.count is i32, needs f32; leave out what is not trained',
    // @ts-expect-error
    run: () => average.state({ w: f32(3), steps: count }),
  },
  {
    says: 'shape error: updates is [n, 2], needs [3, 4]',
    // @ts-expect-error
    run: ({ x, w }) => momentum(0.9).update(x, { velocity: w }, w),
  },
  {
    says: 'shape error: the state.velocity is [n, 2], needs [3, 4]',
    // @ts-expect-error
    run: ({ x, w }) => momentum(0.9).update(w, { velocity: x }, w),
  },
  {
    says: 'type error: chain: there are two optimisers; chain one with transformations such as scaleByAdam()',
    // @ts-expect-error
    run: () => chain(clipByGlobalNorm(1), adam({ learningRate: 1 }), scaleByAdam(), adamW({ learningRate: 1 })),
  },
  {
    says: 'shape error: the average.mean.w is [n, 2], needs [3, 4]',
    // @ts-expect-error
    run: ({ w, x }) => average.update({ w }, { mean: { w: x }, count: start() }),
  },
  {
    says: 'type error: the average.count is missing',
    // @ts-expect-error
    run: ({ w }) => average.read({ mean: { w } }),
  },
  {
    says: 'type error: the average.mean is missing',
    // @ts-expect-error
    run: () => average.read({ count: start() }),
  },
  {
    says: 'dtype error: grads.ids is i32, needs f32; leave out what is not trained',
    // @ts-expect-error
    run: ({ w, ids }) => globalNorm({ w, ids }),
  },
]
