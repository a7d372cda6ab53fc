import { add } from '../operations/elementwise.ts'
import { matmul } from '../operations/matmul.ts'
import { uniform } from '../random.ts'
import { f32, initialised, type Spec } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { type Layer, layerOf } from './layer.ts'

export type LinearParams<I extends number, O extends number> = { weight: Spec<[I, O]>; bias: Spec<[O]> }

/**
 * x W + b over the last axis. Both start uniform on (-1/sqrt(in), 1/sqrt(in)), as in PyTorch's nn.Linear; the weight is [in, out].
 */
export function linear<const I extends number, const O extends number>(
  size: I,
  output: O,
): Layer<Tensor<[I]>, Tensor<[O]>, LinearParams<I, O>> {
  const bound = 1 / Math.sqrt(size)
  const params = {
    weight: initialised(f32(size, output), (key, shape) => uniform(key, shape, { min: -bound, max: bound })),
    bias: initialised(f32(output), (key, shape) => uniform(key, shape, { min: -bound, max: bound })),
  }
  return layerOf(params, {
    takes: { shape: [size], dtype: 'f32' },
    gives: { shape: [output], dtype: 'f32' },
    apply: ({ weight, bias }: { weight: AnyTensor; bias: AnyTensor }, x) =>
      traced(add(matmul(heldTensor('linear', x), heldTensor('linear', weight)), heldTensor('linear', bias), 'linear')),
  })
}
