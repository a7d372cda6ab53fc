import { checkSize } from '../given.ts'
import { add, mul, reciprocal, sqrt, square, sub } from '../operations/elementwise.ts'
import { mean } from '../operations/reduce.ts'
import { checkFlag, checkNotNegative, optionsOf } from '../option.ts'
import type { Shape } from '../shape/dim.ts'
import { f32, initialised, type Spec } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Held } from '../trace/held.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { type Layer, layerOf } from './layer.ts'

/** The last axes that a norm is over: of one size, or of a list of them. */
export type Axes = number | readonly number[]
type ShapeOf<S extends Axes> = S extends readonly number[] ? [...S] : S extends number ? [S] : never

export type LayerNormParams<S extends Shape, A extends boolean = true> = A extends true
  ? { weight: Spec<S>; bias: Spec<S> }
  : Record<never, never>
export type RmsNormParams<S extends Shape, A extends boolean = true> = A extends true
  ? { weight: Spec<S> }
  : Record<never, never>

export interface NormOptions<A extends boolean = boolean> {
  /** Added to the mean square before the root is taken. */
  readonly eps?: number
  /**
   * Whether the result is scaled, and for `layerNorm` shifted, by parameters; true unless given. They start at 1 and 0.
   */
  readonly affine?: A
}

/**
 * (x - mean) / sqrt(variance + eps) weight + bias over the last axis, or the last axes where a list of sizes is given
 * (Ba et al. 2016). `eps` is 1e-5 unless given.
 */
export function layerNorm<const S extends Axes, const A extends boolean = true>(
  size: S,
  options?: NormOptions<A>,
): Layer<Tensor<ShapeOf<S>>, Tensor<ShapeOf<S>>, LayerNormParams<ShapeOf<S>, A>> {
  const { shape, eps, affine } = settings('layerNorm', size, 1e-5, options)
  const params = affine ? { weight: initialised(f32(...shape), initialisers.ones), bias: f32(...shape) } : {}
  return norm('layerNorm', shape, params, (x, over, { weight, bias }) => {
    const centred = sub(x, mean(x, over, { keepdims: true }), 'layerNorm')
    const scaled = unit('layerNorm', centred, over, eps, weight)
    return bias ? add(scaled, bias, 'layerNorm') : scaled
  })
}

/**
 * x / sqrt(mean x^2 + eps) weight over the last axis, or the last axes where a list of sizes is given (Zhang and
 * Sennrich 2019). `eps` is 1e-6 unless given.
 */
export function rmsNorm<const S extends Axes, const A extends boolean = true>(
  size: S,
  options?: NormOptions<A>,
): Layer<Tensor<ShapeOf<S>>, Tensor<ShapeOf<S>>, RmsNormParams<ShapeOf<S>, A>> {
  const { shape, eps, affine } = settings('rmsNorm', size, 1e-6, options)
  const params = affine ? { weight: initialised(f32(...shape), initialisers.ones) } : {}
  return norm('rmsNorm', shape, params, (x, over, { weight }) => unit('rmsNorm', x, over, eps, weight))
}

function settings(op: string, size: Axes, eps: number, options: NormOptions = {}) {
  const { affine = true } = optionsOf(op, options, ['eps', 'affine'])
  checkFlag(op, 'affine', affine)
  checkNotNegative(op, 'eps', options.eps ?? eps)
  for (const one of Array.isArray(size) ? size : [size]) checkSize(op, one)
  return {
    shape: typeof size === 'number' ? [size] : [...size],
    eps: options.eps ?? eps,
    affine,
  }
}

type Affine = { readonly weight?: Held; readonly bias?: Held }
function norm<In, P extends object>(
  op: string,
  shape: readonly number[],
  params: object,
  apply: (x: Held, over: readonly number[], affine: Affine) => Held,
): Layer<In, In, P> {
  const facts = { shape, dtype: 'f32' } as const
  const over = shape.map((_, i) => i - shape.length)
  return layerOf(params, {
    takes: facts,
    gives: facts,
    apply: (given: { readonly [name: string]: AnyTensor }, x) =>
      traced(
        apply(
          heldTensor(op, x),
          over,
          Object.fromEntries(Object.keys(params).map((name) => [name, heldTensor(op, given[name])])),
        ),
      ),
  })
}

/** x over the root of its mean square. */
export function unit(op: string, x: Held, over: readonly number[], eps: number, weight?: Held): Held {
  const power = add(mean(square(x, op), over, { keepdims: true }), eps, op)
  const scaled = mul(x, reciprocal(sqrt(power, op), op), op)
  return weight ? mul(scaled, weight, op) : scaled
}
