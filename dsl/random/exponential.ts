import * as elementwise from '../operations/elementwise.ts'
import type { Extents, Shape } from '../shape/dim.ts'
import type { OneKey } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Held } from '../trace/held.ts'
import { bindDims, type Trace } from '../trace/trace.ts'
import { traced } from '../traced-tensor.ts'
import { enterKey } from './key.ts'
import type { Words } from './threefry.ts'
import { uniformOf } from './uniform.ts'

/** Exponential with mean 1: -log(1 - u), u uniform on [0, 1). */
export function exponential<K extends AnyTensor, const S extends Shape>(
  key: Needs<OneKey<'exponential', K>, K>,
  shape: [...S],
): Tensor<S>
export function exponential(key: AnyTensor, shape: Shape): AnyTensor {
  const { trace, words } = enterKey('exponential', key)
  const u = uniformOf(trace, words, bindDims('exponential', shape))
  return traced(elementwise.neg(elementwise.log1p(elementwise.neg(u))))
}

/** The least normal f32. */
const tiny = 2 ** -126

/** Gumbel (the law of -log(e), e exponential): -log(-log(u)), u uniform on (0, 1). */
export function gumbel<K extends AnyTensor, const S extends Shape>(
  key: Needs<OneKey<'gumbel', K>, K>,
  shape: [...S],
): Tensor<S>
export function gumbel(key: AnyTensor, shape: Shape): AnyTensor {
  const { trace, words } = enterKey('gumbel', key)
  return traced(gumbelOf(trace, words, bindDims('gumbel', shape)))
}

export function gumbelOf(trace: Trace, words: Words, shape: Extents): Held {
  const u = uniformOf(trace, words, shape, tiny, 1)
  return elementwise.neg(elementwise.log(elementwise.neg(elementwise.log(u))))
}
