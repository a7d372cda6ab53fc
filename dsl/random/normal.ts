import { erfReference } from '../../compiler/ir/primitives/erf-reference.ts'
import * as elementwise from '../operations/elementwise.ts'
import type { Shape } from '../shape/dim.ts'
import { type InOrder, inOrder, type OneKey } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { bindDims, check } from '../trace/trace.ts'
import { traced } from '../traced-tensor.ts'
import { enterKey } from './key.ts'
import { uniformOf } from './uniform.ts'

/** The f32 next to -1 towards 0: where erfInv is finite. */
const aboveMinusOne = -1 + 2 ** -24
/** As an f32. */
const sqrt2 = Math.fround(Math.SQRT2)

/** Standard normal: sqrt(2) erfInv(u), u uniform on (-1, 1). */
export function normal<K extends AnyTensor, const S extends Shape>(
  key: Needs<OneKey<'normal', K>, K>,
  shape: [...S],
): Tensor<S> {
  const { trace, words } = enterKey('normal', key)
  const u = uniformOf(trace, words, bindDims('normal', shape), aboveMinusOne, 1)
  return traced(elementwise.mul(elementwise.erfInv(u), sqrt2, 'normal')) as unknown as Tensor<S>
}

/**
 * Standard normal between two bounds: sqrt(2) erfInv(u), u uniform on (erf(lower / sqrt(2)), erf(upper / sqrt(2))),
 * kept inside of the bounds. As in JAX a tail is only as fine as f32 is near erf = 1: some ten values lie beyond 5, and
 * between bounds beyond 5.5 one.
 */
export function truncatedNormal<
  K extends AnyTensor,
  const Lower extends number,
  const Upper extends number,
  const S extends Shape,
>(
  key: Needs<OneKey<'truncatedNormal', K>, K>,
  lower: Lower,
  upper: Needs<InOrder<'truncatedNormal', Lower, Upper>, Upper>,
  shape: [...S],
): Tensor<S>
export function truncatedNormal(key: AnyTensor, lower: number, upper: number, shape: Shape): AnyTensor {
  check(inOrder('truncatedNormal', lower, upper))
  const { trace, words } = enterKey('truncatedNormal', key)
  const [low, high] = [lower, upper].map(Math.fround) as [number, number]
  const [a, b] = [low, high].map((bound) => erfReference(Math.fround(bound / sqrt2)))
  let u = uniformOf(trace, words, bindDims('truncatedNormal', shape), a, b)
  // JAX gives the greatest f32 where u rounds to 1: what has no bound stays as near as `normal` does.
  if (low === Number.NEGATIVE_INFINITY) u = elementwise.maximum(u, aboveMinusOne)
  if (high === Number.POSITIVE_INFINITY) u = elementwise.minimum(u, -aboveMinusOne)
  const x = elementwise.mul(elementwise.erfInv(u), sqrt2)
  return traced(elementwise.minimum(elementwise.maximum(x, nextTo(low, high)), nextTo(high, low), 'truncatedNormal'))
}

/** The f32 that follows another one towards `to`, among 0 and the normal ones: not all devices have those between. */
function nextTo(from: number, to: number): number {
  const least = 2 ** -126
  const up = to > from
  if (Math.abs(from) < least) return up ? least : -least
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, from)
  // The bits of floats of one sign are in the order of their sizes.
  view.setInt32(0, view.getInt32(0) + (from > 0 === up ? 1 : -1))
  const next = view.getFloat32(0)
  return Math.abs(next) < least ? 0 : next
}
