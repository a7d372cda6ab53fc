import { mlp } from '../../../dsl/nn/index.ts'
import { adam } from '../../../dsl/optim/index.ts'
import { f32, key, normal, program, split, valueAndGrad } from '../../../index.ts'
import { hostRandom } from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'

/** A small regression with noise on its inputs: a state with parameters, moments, a counter and a key. */
export const net = mlp([2, 8, 1])
const optimiser = adam({ learningRate: 1e-2 })

export const loss = program({ params: net.params, x: f32('n', 2), y: f32('n') }, ({ params, x, y }) =>
  net.apply(params, x).reshape(['n']).sub(y).square().mean(),
)

export const step = program(
  {
    state: { params: net.params, opt: optimiser.state(net.params), key: key() },
    x: f32('n', 2),
    y: f32('n'),
    noise: f32(),
  },
  ({ state, x, y, noise }) => {
    const [next, k] = split(state.key, 2)
    const noisy = x.add(normal(k, x.shape).mul(noise))
    const [value, gradient] = valueAndGrad(loss, 'params')({ params: state.params, x: noisy, y })
    const { params, opt } = optimiser.update(gradient, state.opt, state.params)
    return { state: { params, opt, key: next }, loss: value, size: noisy.square().mean(), predictions: y }
  },
  { name: 'step' },
)

export function points(size: number) {
  const random = hostRandom(3)
  const x = Float32Array.from({ length: 2 * size }, () => random.normal())
  const y = Float32Array.from({ length: size }, (_, i) => Math.sin(x[2 * i]!) + x[2 * i + 1]! ** 2)
  return { x, y, set: dataset({ x: { shape: [2], data: x }, y: { data: y }, unused: { data: y } }) }
}
