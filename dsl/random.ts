import { sizeOf, type Value } from '../compiler/ir/graph.ts'
import * as p from '../compiler/ir/primitives/index.ts'
import * as elementwise from './operations/elementwise.ts'
import type { Extents, Shape } from './shape/dim.ts'
import type { AnyTensor, Key, Tensor } from './tensor.ts'
import { type Held, hold } from './trace/held.ts'
import { bindDims, check, enter, fail, type Trace } from './trace/trace.ts'
import { heldTensor, isTensor, traced } from './traced-tensor.ts'

// Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon et al. 2011) over the keys and counters of JAX with
// jax_threefry_partitionable, its default since 0.5, bit for bit. Element i of a tensor has the 64-bit counter i, so it does not depend on the
// tensor's size, and a kernel can make it where it is used.

type Keys<N extends number, Done extends Key[] = []> = number extends N
  ? Key[]
  : Done['length'] extends N
    ? Done
    : Keys<N, [...Done, Key]>

/** The two words of the key that a seed makes: what to feed for an input key(). Seeds are whole numbers below 2^53. */
export const keyWords = (seed: number): readonly [number, number] => [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0]

/** `count` independent keys; the given one should not be used again. */
export function split<const N extends number>(key: Key, count: N): Keys<N> {
  check(
    Number.isInteger(count) && count > 0
      ? undefined
      : `type error: split: ${count} is not a number of keys; write 1 or more`,
  )
  const { trace, words } = enterKey('split', key)
  const b = trace.builder
  const { high, low } = hash(trace, words, b.emit(p.iota, [], { shape: [count], axis: 0, dtype: 'u32' }, 'counter'))
  const columns = [high, low].map((word) => b.emit(p.reshape, [word], { shape: [count, 1] }, 'split'))
  const table = b.emit(p.concat, columns, { axis: 1 }, 'split')
  return Array.from({ length: count }, (_, i) => {
    const row = b.emit(p.slice, [table], { start: [i, 0], stop: [i + 1, 2], step: [1, 1] }, 'split')
    return heldKey(trace, b.emit(p.reshape, [row], { shape: [2] }, 'key'))
  }) as unknown as Keys<N>
}

/** The key of a number, such as a step or a layer, under a key. */
export function foldIn(key: Key, data: number | Tensor<[], 'i32'> | Tensor<[], 'u32'>): Key {
  const { trace, words } = enterKey('foldIn', key)
  const b = trace.builder
  const counter = isTensor(data)
    ? b.emit(p.reshape, [b.emit(p.bitcast, [heldTensor('foldIn', data).value], { dtype: 'u32' })], { shape: [1] })
    : b.emit(p.constant, [], { value: word('foldIn', data as number), shape: [1], dtype: 'u32' })
  const { high, low } = hash(trace, words, counter)
  return heldKey(trace, b.emit(p.concat, [high, low], { axis: 0 }, 'key'))
}
function word(op: string, n: number): number {
  if (!Number.isInteger(n)) throw fail(`type error: ${op}: ${n} is not a whole number`)
  return n >>> 0
}

/** 32 random bits an element. */
export function bits<const S extends Shape>(key: Key, shape: [...S]): Tensor<S, 'u32'> {
  const { trace, words } = enterKey('bits', key)
  const extents = bindDims('bits', shape)
  return traced(hold(trace, bitsOf(trace, words, extents), extents, 'u32')) as unknown as Tensor<S, 'u32'>
}

/** Uniform on [min, max): every multiple of 2^-23 of the range is equally likely. */
export function uniform<const S extends Shape>(
  key: Key,
  shape: [...S],
  { min = 0, max = 1 }: { readonly min?: number; readonly max?: number } = {},
): Tensor<S> {
  const { trace, words } = enterKey('uniform', key)
  return traced(uniformOf(trace, words, bindDims('uniform', shape), min, max)) as unknown as Tensor<S>
}

/** The f32 next to -1 towards 0: where erfInv is finite. */
const aboveMinusOne = -1 + 2 ** -24

/** Standard normal: sqrt(2) erfInv(u), u uniform on (-1, 1). */
export function normal<const S extends Shape>(key: Key, shape: [...S]): Tensor<S> {
  const { trace, words } = enterKey('normal', key)
  const u = uniformOf(trace, words, bindDims('normal', shape), aboveMinusOne, 1)
  return traced(elementwise.mul(elementwise.erfInv(u), Math.fround(Math.SQRT2), 'normal')) as unknown as Tensor<S>
}

interface Words {
  readonly high: Value
  readonly low: Value
}

function enterKey(op: string, key: AnyTensor): { trace: Trace; words: Words } {
  const held = heldTensor(op, key)
  check(
    held.dtype === 'key' ? undefined : `dtype error: ${op}: ${held.dtype} is not a key; a program takes one as key()`,
  )
  const trace = enter(op, [held])
  const half = (i: number, name: string) =>
    trace.builder.emit(p.slice, [held.value], { start: [i], stop: [i + 1], step: [1] }, name)
  return { trace, words: { high: half(0, 'key0'), low: half(1, 'key1') } }
}

const heldKey = (trace: Trace, value: Value): Key => traced(hold(trace, value, [], 'key')) as unknown as Key

/** The two words that Threefry makes of a list of counters below 2^32. */
function hash(trace: Trace, words: Words, counter: Value): Words {
  const b = trace.builder
  const { shape } = counter.type
  const spread = (value: Value) => b.emit(p.broadcast, [value], { shape, axes: [0] }, value.name)
  const zero = b.emit(p.constant, [], { value: 0, shape, dtype: 'u32' }, 'counterHigh')
  const [high, low] = b.emitAll(p.threefry, [spread(words.high), spread(words.low), zero, counter], {})
  return { high: high!, low: low! }
}

function bitsOf(trace: Trace, words: Words, shape: Extents): Value {
  const b = trace.builder
  const sizes = shape.map((at) => at.size)
  const count = sizeOf(sizes)
  const counter = b.emit(p.iota, [], { shape: [count], axis: 0, dtype: 'u32' }, 'counter')
  const { high, low } = hash(trace, words, counter)
  const flat = b.emit(p.bitXor, [high, low], {}, 'bits')
  return sizes.length === 1 ? flat : b.emit(p.reshape, [flat], { shape: sizes }, 'bits')
}

/** 23 random bits as the mantissa of a float in [1, 2), shifted to [0, 1) and scaled, in the order of operations of JAX. */
function uniformOf(trace: Trace, words: Words, shape: Extents, min: number, max: number): Held {
  if (!(min <= max)) throw fail(`type error: uniform: min ${min} is above max ${max}`)
  const b = trace.builder
  const random = bitsOf(trace, words, shape)
  const splat = (value: number) => b.emit(p.constant, [], { value, shape: random.type.shape, dtype: 'u32' })
  const mantissa = b.emit(p.shiftRight, [random, splat(9)], {}, 'mantissa')
  const oneToTwo = b.emit(p.bitcast, [b.emit(p.bitOr, [mantissa, splat(0x3f800000)], {}, 'oneToTwo')], { dtype: 'f32' })
  const unit = elementwise.sub(hold(trace, oneToTwo, shape, 'f32'), 1, 'uniform')
  if (min === 0 && max === 1) return unit
  const [low, high] = [Math.fround(min), Math.fround(max)]
  const scaled = elementwise.add(elementwise.mul(unit, Math.fround(high - low)), low)
  // Rounding may take the product below the least value.
  return elementwise.maximum(scaled, low, 'uniform')
}
