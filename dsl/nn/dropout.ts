import { less, mul, where } from '../operations/elementwise.ts'
import { enterKey } from '../random/key.ts'
import { uniformOf } from '../random/uniform.ts'
import { type Floats, floats } from '../shape/dtype.ts'
import { type OneKey, type Probability, probability } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Key } from '../tensor.ts'
import { extentsOf } from '../trace/held.ts'
import { check } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { layerOf } from './layer.ts'
import type { Activation } from './pointwise.ts'

/** A layer that is its function as well: `dropout(0.1)(x, key)`. */
export interface Dropout extends Activation {
  <A extends AnyTensor, K extends AnyTensor = Key>(
    x: Needs<Floats<'dropout', A>, A>,
    key?: Needs<OneKey<'dropout', K>, K>,
  ): A
}

/**
 * Sets each element to 0 with the probability `rate` and divides the others by 1 - rate, so that the mean stays
 * (Srivastava et al. 2014, inverted). It does so where it is given a key, as in training: `net.apply(params, x, key)`.
 * Without one it is the identity. Rate 0 keeps everything, rate 1 nothing.
 */
export function dropout<const R extends number>(rate: Needs<Probability<'dropout', R>, R>): Dropout
export function dropout(rate: number): Dropout {
  check(probability('dropout', rate))
  const apply = (input: unknown, key: Key | undefined) => {
    const x = heldTensor('dropout', input)
    check(floats('dropout', x.dtype))
    if (key === undefined || rate === 0) return traced(x)
    const { trace, words } = enterKey('dropout', key, [x])
    const kept = less(uniformOf(trace, words, extentsOf(x)), Math.fround(1 - rate), 'kept')
    return traced(where(kept, rate < 1 ? mul(x, 1 / (1 - rate), 'dropout') : x, 0, 'dropout'))
  }
  const run = {
    takes: 'float',
    gives: 'same',
    draws: true,
    apply: (_params: never, x: AnyTensor, key: Key | undefined) => apply(x, key),
  } as const
  return Object.assign(apply, layerOf({}, run)) as unknown as Dropout
}
