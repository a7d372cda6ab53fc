import { f32, program, valueAndGrad } from '../../dsl/index.ts'
import { mlp, mse, silu } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'

const net = mlp([2, 256, 256, 256, 2], silu)
const optimiser = adam({ learningRate: 1e-3 })

/** One step of Adam of the network 2-256-256-256-2 with SiLU on the mean squared error. */
export const mlpStep = program(
  { state: { params: net.params, opt: optimiser.state(net.params) }, x: f32('n', 2), y: f32('n', 2) },
  ({ state, x, y }) => {
    const [loss, gradients] = valueAndGrad((params: typeof state.params) => mse(net.apply(params, x), y))(state.params)
    return { state: optimiser.update(gradients, state.opt, state.params), loss }
  },
  { name: 'mlpStep' },
)
