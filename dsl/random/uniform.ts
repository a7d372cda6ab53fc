import * as p from '../../compiler/ir/primitives/index.ts'
import * as elementwise from '../operations/elementwise.ts'
import { optionsOf } from '../option.ts'
import type { Extents, Shape } from '../shape/dim.ts'
import { type NotAbove, notAbove, type OneKey } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { type Held, hold } from '../trace/held.ts'
import { bindDims, check, type Trace } from '../trace/trace.ts'
import { traced } from '../traced-tensor.ts'
import { enterKey } from './key.ts'
import { bitsOf, type Words } from './threefry.ts'

/** 32 random bits an element. */
export function bits<K extends AnyTensor, const S extends Shape>(
  key: Needs<OneKey<'bits', K>, K>,
  shape: [...S],
): Tensor<S, 'u32'> {
  const { trace, words } = enterKey('bits', key)
  const extents = bindDims('bits', shape)
  return traced(hold(trace, bitsOf(trace, words, extents), extents, 'u32')) as unknown as Tensor<S, 'u32'>
}

/** Uniform on [min, max): every multiple of 2^-23 of the range is equally likely. */
export function uniform<
  K extends AnyTensor,
  const S extends Shape,
  const Min extends number = 0,
  const Max extends number = 1,
>(
  key: Needs<OneKey<'uniform', K>, K>,
  shape: [...S],
  options?: Needs<NotAbove<'uniform', Min, Max>, { readonly min?: Min; readonly max?: Max }>,
): Tensor<S> {
  const { min = 0, max = 1 } = optionsOf(
    'uniform',
    (options === undefined ? {} : options) as { min?: number; max?: number },
    ['min', 'max'],
  )
  check(notAbove('uniform', min, max))
  const { trace, words } = enterKey('uniform', key)
  return traced(uniformOf(trace, words, bindDims('uniform', shape), min, max)) as unknown as Tensor<S>
}

/**
 * 23 random bits as the mantissa of a float in [1, 2), shifted to [0, 1) and scaled, in the order of operations of JAX.
 */
export function uniformOf(trace: Trace, words: Words, shape: Extents, min = 0, max = 1, name = 'uniform'): Held {
  const b = trace.builder
  const random = bitsOf(trace, words, shape)
  const splat = (value: number) => b.emit(p.constant, [], { value, shape: random.type.shape, dtype: 'u32' })
  const mantissa = b.emit(p.shiftRight, [random, splat(9)], {}, 'mantissa')
  const oneToTwo = b.emit(p.bitcast, [b.emit(p.bitOr, [mantissa, splat(0x3f800000)], {}, 'oneToTwo')], { dtype: 'f32' })
  const unit = elementwise.sub(hold(trace, oneToTwo, shape, 'f32'), 1, name)
  if (min === 0 && max === 1) return unit
  const [low, high] = [Math.fround(min), Math.fround(max)]
  const scaled = elementwise.add(elementwise.mul(unit, Math.fround(high - low)), low)
  // Rounding may take the product below the least value.
  return elementwise.maximum(scaled, low, name)
}
