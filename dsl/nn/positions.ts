import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { anglesOf, type Pairing, turned } from '../operations/rotation.ts'
import { stretch } from '../operations/stretch.ts'
import { optionsOf } from '../option.ts'
import { type Even, evenCheck, type Pairs, pairsCheck } from '../shape/attention.ts'
import { type BroadcastTo, broadcastToCheck } from '../shape/broadcast-to.ts'
import type { Dim, Shape } from '../shape/dim.ts'
import { type Floats, floats } from '../shape/dtype.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, hold } from '../trace/held.ts'
import { bindDims, check, enter, fail } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'

export interface RotaryOptions {
  /** The slowest frequency is about 1 / base: 10,000 unless given. */
  readonly base?: number
  /**
   * Which channels are turned together: k with k + d / 2 ('half', as in GPT-NeoX and Llama) unless given, or 2 k with 2
   * k + 1 ('interleaved', as in the paper).
   */
  readonly pairing?: Pairing
}

/** Check: positions are numbers for each row of X, [..., n], or stretch to that. */
type Positions<X extends AnyTensor, P extends AnyTensor> = [P['dtype']] extends ['bool' | 'key']
  ? `dtype error: rotary: positions are ${P['dtype']}, needs numbers`
  : X['shape'] extends readonly [...infer Rows extends Shape, Dim]
    ? number extends Rows['length'] | P['shape']['length']
      ? never
      : BroadcastTo<P, Rows> extends `shape error: broadcastTo: ${infer Why}`
        ? `shape error: rotary: positions ${Why}`
        : never
    : never

/**
 * Rotary position embedding of queries or keys x [..., n, d] (Su et al. 2021): the k-th pair of channels at position p
 * turns by the angle p base^(-2 k / d), so that a product of two of them depends on how far apart they are alone.
 * Positions [..., n] are 0, 1, ... unless given.
 */
export function rotary<X extends AnyTensor, P extends AnyTensor = Tensor<[], 'i32'>>(
  x: Needs<Pairs<'rotary', X>, X>,
  positions?: Needs<Positions<X, P>, P>,
  options?: RotaryOptions,
): X
export function rotary(x: unknown, positions?: unknown, options: RotaryOptions = {}): unknown {
  const op = 'rotary'
  const { base = 10_000, pairing = 'half' } = optionsOf(op, options, ['base', 'pairing'])
  const held = heldTensor(op, x)
  const shape = extentsOf(held)
  check(pairsCheck(op, { shape, dtype: held.dtype }))
  checkBase(op, base)
  if (pairing !== 'half' && pairing !== 'interleaved')
    throw fail(`type error: rotary: pairing is ${described(pairing)}, needs 'half' or 'interleaved'`)
  const given = positions === undefined ? undefined : heldTensor(op, positions)
  if (given) {
    if (given.dtype === 'bool' || given.dtype === 'key')
      throw fail(`dtype error: rotary: positions are ${given.dtype}, needs numbers`)
    check(
      broadcastToCheck(extentsOf(given), shape.slice(0, -1))?.replace(
        'shape error: broadcastTo: ',
        'shape error: rotary: positions ',
      ),
    )
  }
  const trace = enter(op, given ? [held, given] : [held])
  const b = trace.builder
  const { dtype } = held.value.type
  const rows = shape.slice(0, -1)
  const row = rows.length - 1
  const at = given
    ? b.emit(p.cast, [stretch(b, given.value, extentsOf(given), rows)], { dtype }, op)
    : b.emit(p.iota, [], { shape: [shape.at(-2)!.size], axis: 0, dtype }, op)
  const angles = anglesOf(trace, at, shape.at(-1)!.size / 2, base)
  const turn = {
    cos: b.emit(p.cos, [angles], {}, op),
    sin: b.emit(p.sin, [angles], {}, op),
    axes: given ? [...rows.keys()] : [row],
  }
  return traced(hold(trace, turned(trace, held.value, turn, pairing, op), shape, held.dtype))
}

/**
 * The fixed position embedding of Vaswani et al. 2017, [n, width]: channel 2 k of position p is sin(p base^(-2 k /
 * width)), and channel 2 k + 1 the cosine. `base` is 10,000 unless given.
 */
export function sinusoidal<const N extends Dim, const W extends number>(
  n: N,
  width: Needs<Even<'sinusoidal', W>, W>,
  base?: number,
): Tensor<[N, W]>
export function sinusoidal(n: Dim, width: number, base = 10_000): unknown {
  const op = 'sinusoidal'
  const extents = bindDims(op, [n, width])
  check(evenCheck(op, width))
  checkBase(op, base)
  const trace = enter(op)
  const b = trace.builder
  const shape = extents.map(({ size }) => size)
  const half = shape[1]! / 2
  const at = b.emit(p.iota, [], { shape: [shape[0]!], axis: 0, dtype: 'f32' }, op)
  const angles = anglesOf(trace, at, half, base)
  const column = { shape: [shape[0]!, half, 1] }
  const parts = [p.sin, p.cos].map((of) => b.emit(p.reshape, [b.emit(of, [angles], {}, op)], column, op))
  const pairs = b.emit(p.concat, parts, { axis: 2 }, op)
  return traced(hold(trace, b.emit(p.reshape, [pairs], { shape }, op), extents, 'f32'))
}

/**
 * Times t [...] as diffusion and flow models embed them, [..., width]: cos(t f_k) for half of the channels and then
 * sin(t f_k), where f_k = maxPeriod^(-k / half); an odd width ends in a zero. This is the order of Dhariwal and Nichol
 * 2021. Times in [0, 1] turn slowly; models that want more multiply them before.
 */
export function timestepEmbedding<T extends AnyTensor, const W extends number>(
  t: Needs<Floats<'timestepEmbedding', T>, T>,
  width: W,
  maxPeriod?: number,
): Tensor<[...T['shape'], W], T['dtype']>
export function timestepEmbedding(t: AnyTensor, width: number, maxPeriod = 10_000): unknown {
  const op = 'timestepEmbedding'
  const held = heldTensor(op, t)
  check(floats(op, held.dtype))
  const [channels] = bindDims(op, [width])
  checkBase(op, maxPeriod)
  const trace = enter(op, [held])
  const b = trace.builder
  const half = Math.floor(width / 2)
  const angles = anglesOf(trace, held.value, half, maxPeriod)
  const parts = [p.cos, p.sin].map((of) => b.emit(of, [angles], {}, op))
  if (width % 2 === 1) {
    const { shape, dtype } = held.value.type
    parts.push(b.emit(p.constant, [], { value: 0, shape: [...shape, 1], dtype }, op))
  }
  const value = b.emit(p.concat, parts, { axis: held.shape.length }, op)
  return traced(hold(trace, value, [...extentsOf(held), channels!], held.dtype))
}

/** A base of frequencies is a number above 0. */
export function checkBase(op: string, base: number): void {
  if (!(typeof base === 'number' && base > 0 && base < Number.POSITIVE_INFINITY))
    throw fail(`type error: ${op}: ${described(base)} is not a base of frequencies; write a number above 0`)
}
