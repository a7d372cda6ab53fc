import { sizeOf, type Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import type { Shape } from '../shape/dim.ts'
import { type KeyCount, keyCount, type OneKey, oneKey, type WholeNumber, wholeNumber } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Key, Tensor } from '../tensor.ts'
import { type Held, hold } from '../trace/held.ts'
import { bindDims, check, enter, fail, type Trace } from '../trace/trace.ts'
import { heldTensor, isTensor, traced } from '../traced-tensor.ts'
import { counters, hash, type Words } from './threefry.ts'

/** The two words of the key that a seed makes: what to feed for an input key(). Seeds are whole numbers below 2^53. */
export function keyWords(seed: number): readonly [number, number] {
  whole('keyWords', seed)
  return [Math.floor(seed / 2 ** 32) >>> 0, seed >>> 0]
}

/** The key of a seed: a number that is known when the program is traced, or a scalar. */
export function keyOf<const N extends number | AnyTensor>(seed: Needs<WholeNumber<'keyOf', N>, N>): Key
export function keyOf(seed: number | AnyTensor): Key {
  const trace = enter('keyOf', isTensor(seed) ? [seed] : [])
  const word = (value: number) => trace.builder.emit(p.constant, [], { value, shape: [1], dtype: 'u32' }, 'key')
  const [high, low] = isTensor(seed)
    ? [word(0), oneWord('keyOf', trace, seed)]
    : keyWords(seedOf(whole('keyOf', seed as number))).map(word)
  return heldKey(trace, trace.builder.emit(p.concat, [high!, low!], { axis: 0 }, 'key'))
}

function seedOf(n: number): number {
  if (n < 0) throw fail(`type error: keyOf: ${n} is not a seed; write a whole number from 0`)
  return n
}

type Keys<N extends number, Done extends Key[] = []> = number extends N
  ? Key[]
  : `${N}` extends `${string}.${string}` | `-${string}`
    ? Key[]
    : Done['length'] extends N
      ? Done
      : Keys<N, [...Done, Key]>

/**
 * Independent keys, as many as a number says, or a tensor of them with a shape: `const [a, b] = split(key, 2)`,
 * `vmap(sample)(split(key, ['n']))`. The given key should not be used again.
 */
export function split<K extends AnyTensor, const N extends number | Shape>(
  key: Needs<OneKey<'split', K>, K>,
  count: Needs<KeyCount<N>, N>,
): N extends number ? Keys<N> : N extends Shape ? Tensor<[...N], 'key'> : never
export function split(key: unknown, count: number | Shape): unknown {
  const { trace, words } = enterKey('split', key)
  const b = trace.builder
  if (typeof count !== 'number') {
    const extents = bindDims('split', count)
    const sizes = extents.map((at) => at.size)
    const table = tableOf(trace, words, sizeOf(sizes))
    return traced(hold(trace, b.emit(p.reshape, [table], { shape: [...sizes, 2] }, 'split'), extents, 'key'))
  }
  check(keyCount(count))
  if (count > mostKeys)
    throw fail(
      `type error: split: ${count} keys are too many to name; write split(key, [${count}]) for a tensor of them`,
    )
  const table = tableOf(trace, words, count)
  return Array.from({ length: count }, (_, i) => {
    const row = b.emit(p.slice, [table], { start: [i, 0], stop: [i + 1, 2], step: [1, 1] }, 'split')
    return heldKey(trace, b.emit(p.reshape, [row], { shape: [2] }, 'key'))
  })
}

/** Each is an equation or two. */
const mostKeys = 2 ** 16

/** The keys of the counters 0, 1, ..., one a row. */
function tableOf(trace: Trace, words: Words, count: number): Value {
  const b = trace.builder
  const { high, low } = hash(trace, words, counters(trace, count))
  const columns = [high, low].map((word) => b.emit(p.reshape, [word], { shape: [count, 1] }, 'split'))
  return b.emit(p.concat, columns, { axis: 1 }, 'split')
}

/** The key of a number, such as a step or a layer, under a key. */
export function foldIn<K extends AnyTensor, const N extends number | AnyTensor>(
  key: Needs<OneKey<'foldIn', K>, K>,
  data: Needs<WholeNumber<'foldIn', N>, N>,
): Key
export function foldIn(key: AnyTensor, data: number | AnyTensor): Key {
  const { trace, words } = enterKey('foldIn', key, isTensor(data) ? [data] : [])
  const counter = isTensor(data)
    ? oneWord('foldIn', trace, data)
    : trace.builder.emit(p.constant, [], { value: whole('foldIn', data as number) >>> 0, shape: [1], dtype: 'u32' })
  const { high, low } = hash(trace, words, counter)
  return heldKey(trace, trace.builder.emit(p.concat, [high, low], { axis: 0 }, 'key'))
}

function whole(op: string, n: number): number {
  if (!Number.isInteger(n)) throw fail(`type error: ${op}: ${described(n)} is not a whole number`)
  return n
}

/** A scalar's bits, as [1]. */
function oneWord(op: string, trace: Trace, x: Held): Value {
  check(wholeNumber(op, x.dtype, x.shape))
  return trace.builder.emit(p.reshape, [trace.builder.emit(p.bitcast, [x.value], { dtype: 'u32' })], { shape: [1] })
}

/** The trace of an operation with a key, and the key's words. */
export function enterKey(op: string, key: unknown, others: readonly Held[] = []): { trace: Trace; words: Words } {
  const held = heldTensor(op, key)
  check(oneKey(op, held.dtype, held.shape))
  const trace = enter(op, [held, ...others])
  return { trace, words: wordsOf(trace, held.value) }
}

/** The words of a key that the graph has as u32[2]. */
function wordsOf(trace: Trace, key: Value): Words {
  const half = (i: number, name: string) =>
    trace.builder.emit(p.slice, [key], { start: [i], stop: [i + 1], step: [1] }, name)
  return { high: half(0, 'key0'), low: half(1, 'key1') }
}

/** The words of `count` keys split from one, for an operation that draws more than once. */
export function splitWords(trace: Trace, words: Words, count: number): readonly Words[] {
  const { high, low } = hash(trace, words, counters(trace, count))
  const at = (value: Value, i: number, name: string) =>
    trace.builder.emit(p.slice, [value], { start: [i], stop: [i + 1], step: [1] }, name)
  return Array.from({ length: count }, (_, i) => ({ high: at(high, i, 'key0'), low: at(low, i, 'key1') }))
}

const heldKey = (trace: Trace, value: Value): Key => traced(hold(trace, value, [], 'key')) as unknown as Key
