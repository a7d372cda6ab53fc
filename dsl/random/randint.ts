import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import * as elementwise from '../operations/elementwise.ts'
import type { Extents, Shape } from '../shape/dim.ts'
import { type InOrder, inOrder, type OneKey, type WholeNumber } from '../shape/random.ts'
import type { Needs, Or } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { type Held, hold } from '../trace/held.ts'
import { bindDims, check, type Trace } from '../trace/trace.ts'
import { traced } from '../traced-tensor.ts'
import { enterKey, splitWords } from './key.ts'
import { bitsOf, type Words } from './threefry.ts'

type Integer = 'i32' | 'u32'

/**
 * Whole numbers from `min` up to and without `max`. As in JAX they are 64 random bits modulo the number of values where
 * there are fewer than 2^16 of these, and 32 bits else: the likeliest value is more likely than another by (max - min)
 * / 2^64 of its chance, or by (max - min) / 2^32.
 */
export function randint<
  K extends AnyTensor,
  const S extends Shape,
  const Min extends number,
  const Max extends number,
  const D extends Integer = 'i32',
>(
  key: Needs<OneKey<'randint', K>, K>,
  shape: [...S],
  min: Needs<WholeNumber<'randint', Min>, Min>,
  max: Needs<Or<WholeNumber<'randint', Max>, InOrder<'randint', Min, Max>>, Max>,
  dtype?: D,
): Tensor<S, D>
export function randint(key: AnyTensor, shape: Shape, min: number, max: number, dtype: Integer = 'i32'): AnyTensor {
  check(bounds(min, max, dtype))
  const { trace, words } = enterKey('randint', key)
  return traced(randintOf(trace, words, bindDims('randint', shape), min, max, dtype))
}

/** What is wrong with bounds; `max` may be the first number that the dtype does not hold. */
function bounds(min: number, max: number, dtype: Integer): string | undefined {
  if (dtype !== 'i32' && dtype !== 'u32') return `dtype error: randint: ${described(dtype)} is not i32 or u32`
  for (const bound of [min, max])
    if (!Number.isInteger(bound)) return `type error: randint: ${described(bound)} is not a whole number`
  const [least, most] = dtype === 'i32' ? [-(2 ** 31), 2 ** 31] : [0, 2 ** 32]
  for (const bound of [min, max])
    if (bound < least || bound > most) return `dtype error: randint: ${bound} is not of ${dtype}`
  return inOrder('randint', min, max)
}

export function randintOf(
  trace: Trace,
  words: Words,
  shape: Extents,
  min: number,
  max: number,
  dtype: Integer = 'i32',
): Held {
  const span = max - min
  const [first, second] = splitWords(trace, words, 2)
  // A span of 2^32 needs no remainder.
  const within = (x: Held) => (span === 2 ** 32 ? x : elementwise.rem(x, span, 'randint'))
  const random = (words: Words) => within(hold(trace, bitsOf(trace, words, shape), shape, 'u32'))
  // 2^32 modulo the span. Where the square of 2^16 modulo the span does not fit in 32 bits, JAX has 0, and so nothing
  // of the first word.
  const multiplier = span < 2 ** 16 ? (2 ** 16 % span) ** 2 % span : 0
  const low = random(second!)
  const offset =
    multiplier === 0 ? low : within(elementwise.add(elementwise.mul(random(first!), multiplier), low, 'randint'))
  const signed = hold(trace, trace.builder.emit(p.bitcast, [offset.value], { dtype }, 'randint'), shape, dtype)
  return min === 0 ? signed : elementwise.add(signed, min, 'randint')
}
