import { f32, program, type Tensor, type Tensors, valueAndGrad } from '../../dsl/index.ts'
import { layerNorm, linear, mse, sequential, silu } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'

type Rows = Tensor<['n', number]>

/**
 * A linear layer, blocks x + linear(silu(linear(x))), of x normalised first where `norm` says so, and a linear layer.
 */
export function residualMlp(dim: number, width: number, depth: number, norm: boolean) {
  const layers = [linear(width, width), silu, linear(width, width)] as const
  const block = norm ? sequential(layerNorm(width), ...layers) : sequential(...layers)
  const [first, last] = [linear(dim, width), linear(width, dim)]
  const blocks: { readonly [index: `${number}`]: typeof block.params } = Object.fromEntries(
    Array.from({ length: depth }, (_, i) => [`${i}`, block.params]),
  )
  const params = { first: first.params, blocks, last: last.params }
  return {
    params,
    apply(given: Tensors<typeof params>, x: Rows): Rows {
      let h: Rows = first.apply(given.first, x)
      for (const own of Object.values(given.blocks)) h = h.add(block.apply(own as never, h) as Rows)
      return last.apply(given.last, h)
    },
  }
}

/** One step of Adam on the mean squared error. */
export function residualMlpStep(dim: number, width: number, depth: number, { norm }: { readonly norm: boolean }) {
  const net = residualMlp(dim, width, depth, norm)
  const optimiser = adam({ learningRate: 1e-3 })
  return program(
    { state: { params: net.params, opt: optimiser.state(net.params) }, x: f32('n', dim), y: f32('n', dim) },
    ({ state, x, y }) => {
      const [loss, gradients] = valueAndGrad((params: typeof state.params) => mse(net.apply(params, x), y))(
        state.params,
      )
      return { state: optimiser.update(gradients, state.opt, state.params), loss }
    },
    { name: 'residualMlpStep' },
  )
}
