import { checkSize } from '../given.ts'
import { add, lerp, mul, reciprocal, sqrt, square, stopGradient, sub } from '../operations/elementwise.ts'
import { mean, terms } from '../operations/reduce.ts'
import { checkDecay, checkNotNegative, optionsOf } from '../option.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import { f32, initialised, type Spec, type Tensors } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { checkSpecs, type Pass, specsIn, takesOrFails } from './layer.ts'

export type BatchNormParams<C extends number> = { weight: Spec<[C]>; bias: Spec<[C]> }
/** Running means over the batches of training. */
export type BatchNormState<C extends number> = { mean: Spec<[C]>; variance: Spec<[C]> }

type Result<C extends number, X> = Pass<Tensor<[C]>, Tensor<[C]>, X>
/** A normalisation with a memory: it is no layer, since that comes out of training as a new one. */
export interface BatchNorm<C extends number> {
  readonly params: BatchNormParams<C>
  readonly state: BatchNormState<C>
  /** By the mean and variance of this batch; the state moves towards them. */
  train<Q, T, X extends AnyTensor>(
    params: Needs<Misfit<Tensors<BatchNormParams<C>>, Q, 'params'>, Q>,
    state: Needs<Misfit<Tensors<BatchNormState<C>>, T, 'state'>, T>,
    x: Needs<Result<C, X>, X>,
  ): { readonly y: Makes<Result<C, X>>; readonly state: Tensors<BatchNormState<C>> }
  /** By the mean and variance of the state. */
  apply<Q, T, X extends AnyTensor>(
    params: Needs<Misfit<Tensors<BatchNormParams<C>>, Q, 'params'>, Q>,
    state: Needs<Misfit<Tensors<BatchNormState<C>>, T, 'state'>, T>,
    x: Needs<Result<C, X>, X>,
  ): Makes<Result<C, X>>
}

export interface BatchNormOptions {
  readonly eps?: number
  /** How much of the state stays at each batch; 0.9 unless given. */
  readonly decay?: number
}

/**
 * (x - mean) / sqrt(variance + eps) weight + bias for each channel of the last axis, over all other axes together
 * (Ioffe and Szegedy 2015). As in PyTorch, a batch is normalised by its variance over n and remembered by that over n -
 * 1. `eps` is 1e-5 unless given. No gradient flows into the state.
 */
export function batchNorm<const C extends number>(channels: C, options: BatchNormOptions = {}): BatchNorm<C> {
  const { eps = 1e-5, decay = 0.9 } = optionsOf('batchNorm', options, ['eps', 'decay'])
  checkSize('batchNorm', channels)
  checkNotNegative('batchNorm', 'eps', eps)
  checkDecay('batchNorm', 'decay', decay)
  const params = { weight: initialised(f32(channels), initialisers.ones), bias: f32(channels) }
  const state = { mean: f32(channels), variance: initialised(f32(channels), initialisers.ones) }
  const [paramSpecs, stateSpecs] = [specsIn(params), specsIn(state)]

  const entered = (given: never, remembered: never, input: unknown) => {
    checkSpecs('params', paramSpecs, given)
    checkSpecs('state', stateSpecs, remembered)
    takesOrFails('the layer', { shape: [channels], dtype: 'f32' }, input)
    const { weight, bias } = heldOf(given)
    const { mean, variance } = heldOf(remembered)
    return { x: heldTensor('batchNorm', input), weight: weight!, bias: bias!, mean: mean!, variance: variance! }
  }
  const affine = (centred: Held, variance: Held, weight: Held, bias: Held) => {
    const scale = mul(reciprocal(sqrt(add(variance, eps, op), op), op), weight, op)
    return traced(add(mul(centred, scale, op), bias, op))
  }
  return {
    params,
    state,
    train(given: never, remembered: never, input: unknown) {
      const { x, weight, bias, ...before } = entered(given, remembered, input)
      const over = extentsOf(x)
        .map((_, axis) => axis)
        .slice(0, -1)
      const centre = mean(x, over)
      const centred = sub(x, centre, op)
      const spread = mean(square(centred, op), over)
      const count = terms(x, over)
      const moved = (from: Held, to: Held) => traced(lerp(from, stopGradient(to, op), 1 - decay))
      return {
        y: affine(centred, spread, weight, bias),
        state: {
          mean: moved(before.mean, centre),
          variance: moved(before.variance, mul(spread, count / Math.max(1, count - 1), op)),
        },
      }
    },
    apply(given: never, remembered: never, input: unknown) {
      const { x, weight, bias, mean, variance } = entered(given, remembered, input)
      return affine(sub(x, mean, op), variance, weight, bias)
    },
  } as unknown as BatchNorm<C>
}

const op = 'batchNorm'

const heldOf = (tree: object): { readonly [name: string]: Held } =>
  Object.fromEntries(Object.entries(tree).map(([name, tensor]) => [name, heldTensor(op, tensor)]))
