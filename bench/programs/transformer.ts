import { f32, program, type Tensor, valueAndGrad } from '../../dsl/index.ts'
import { mse, transformerBlock } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'

/** One step of Adam for a causal transformer block with rotary positions, on the mean squared error of its rows. */
export function transformerStep<W extends number, H extends number>(width: W, heads: H) {
  const block = transformerBlock(width as number, heads as number, { causal: true, rotary: true })
  const optimiser = adam({ learningRate: 1e-3 })
  return program(
    { state: { params: block.params, opt: optimiser.state(block.params) }, x: f32('n', width), y: f32('n', width) },
    ({ state, x, y }) => {
      const loss = (params: typeof state.params) => mse(block.apply(params, x as never) as Tensor<['n', W]>, y as never)
      const [value, gradients] = valueAndGrad(loss)(state.params)
      return { state: optimiser.update(gradients, state.opt, state.params), loss: value }
    },
    { name: 'transformerStep' },
  )
}
