import { sizeOf, type Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Extents } from '../shape/dim.ts'
import type { Trace } from '../trace/trace.ts'

// Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon et al. 2011) over the keys and counters of JAX
// with jax_threefry_partitionable, its default since 0.5, bit for bit. Element i of a tensor has the 64-bit counter i,
// so it does not depend on the tensor's size, and a kernel can make it where it is used.

/** A key's two words, or one word of each of several hashes: u32[1] or u32[n]. */
export interface Words {
  readonly high: Value
  readonly low: Value
}

/** 0, 1, ... as u32. */
export const counters = (trace: Trace, count: number): Value =>
  trace.builder.emit(p.iota, [], { shape: [count], axis: 0, dtype: 'u32' }, 'counter')

/** The two words that Threefry makes of each of a list of counters below 2^32. */
export function hash(trace: Trace, words: Words, counter: Value): Words {
  const b = trace.builder
  const { shape } = counter.type
  const spread = (value: Value) => b.emit(p.broadcast, [value], { shape, axes: [0] }, value.name)
  const zero = b.emit(p.constant, [], { value: 0, shape, dtype: 'u32' }, 'counterHigh')
  const [high, low] = b.emitAll(p.threefry, [spread(words.high), spread(words.low), zero, counter], {})
  return { high: high!, low: low! }
}

/** 32 random bits an element. */
export function bitsOf(trace: Trace, words: Words, shape: Extents): Value {
  const b = trace.builder
  const sizes = shape.map((at) => at.size)
  const { high, low } = hash(trace, words, counters(trace, sizeOf(sizes)))
  const flat = b.emit(p.bitXor, [high, low], {}, 'bits')
  return sizes.length === 1 ? flat : b.emit(p.reshape, [flat], { shape: sizes }, 'bits')
}
