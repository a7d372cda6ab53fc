import { mul, sigmoid } from '../operations/elementwise.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { layerOf, type Pointwise } from './layer.ts'

/** x sigmoid(x), also called swish (Elfwing et al. 2017). */
export const silu: Pointwise = layerOf(
  {},
  {
    takes: undefined,
    gives: 'same',
    apply: (_params, x) => {
      const held = heldTensor('silu', x)
      return traced(mul(held, sigmoid(held), 'silu'))
    },
  },
)
