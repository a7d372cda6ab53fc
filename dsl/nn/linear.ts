import { checkSize } from '../given.ts'
import { add } from '../operations/elementwise.ts'
import { matmul } from '../operations/matmul.ts'
import { f32, type Initialiser, initialised, type Spec } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { type Layer, layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'

export type LinearParams<I extends number, O extends number, B extends boolean = true> = B extends true
  ? { weight: Spec<[I, O]>; bias: Spec<[O]> }
  : { weight: Spec<[I, O]> }

export interface LinearOptions<B extends boolean = boolean> {
  /** Whether something is added; true unless given. */
  readonly bias?: B
  /** Makes the weight, beside which the bias starts at 0. */
  readonly initialiser?: Initialiser
}

/**
 * x W + b over the last axis. Both start uniform on (-1/sqrt(in), 1/sqrt(in)), as in PyTorch's nn.Linear, unless an
 * initialiser is given; the weight is [in, out].
 */
export function linear<const I extends number, const O extends number, const B extends boolean = true>(
  size: I,
  output: O,
  options?: LinearOptions<B>,
): Layer<Tensor<[I]>, Tensor<[O]>, LinearParams<I, O, B>>
export function linear(size: number, output: number, options: LinearOptions = {}): unknown {
  const { bias = true, initialiser } = layerOptions('linear', options, ['bias', 'initialiser'])
  checkSize('linear', size)
  checkSize('linear', output)
  const standard = initialisers.uniform(size > 0 ? 1 / Math.sqrt(size) : 0)
  const weight = initialised(f32(size, output), (initialiser ?? standard) as typeof standard)
  const params = bias ? { weight, bias: initialiser ? f32(output) : initialised(f32(output), standard) } : { weight }
  return layerOf(params, {
    takes: { shape: [size], dtype: 'f32' },
    gives: { shape: [output], dtype: 'f32' },
    apply: (given: { weight: AnyTensor; bias?: AnyTensor }, x) => {
      const product = matmul(heldTensor('linear', x), heldTensor('linear', given.weight))
      return traced(bias ? add(product, heldTensor('linear', given.bias), 'linear') : product)
    },
  })
}
