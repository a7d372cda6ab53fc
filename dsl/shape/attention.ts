import { described } from '../error.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Times } from './arithmetic.ts'
import { type Broadcast, broadcastShapes } from './broadcast.ts'
import { type BroadcastTo, broadcastToCheck } from './broadcast-to.ts'
import type { Divides } from './difference.ts'
import { agree, both, type Dim, type Extents, type Shape, type Show, type Sized, show, type Wide } from './dim.ts'
import { type Bools, bools, type DType, type Floats, floats, type SameDType, sameDType } from './dtype.ts'
import type { Or } from './rule.ts'

type Op = 'scaledDotProductAttention'
const op: Op = 'scaledDotProductAttention'

/** Queries [..., n, d], keys [..., m, d] and values [..., m, e] make [..., n, e]; leading dims broadcast. */
export type Attended<Q extends AnyTensor, K extends AnyTensor, V extends AnyTensor> = Or<
  Floats<Op, Q>,
  SameDType<
    Op,
    Q['dtype'],
    K['dtype'],
    SameDType<Op, Q['dtype'], V['dtype'], Fitted<Q['shape'], K['shape'], V['shape'], Q['dtype']>>
  >
>
type Fitted<S extends Shape, T extends Shape, U extends Shape, D extends DType> = number extends
  | S['length']
  | T['length']
  | U['length']
  ? Tensor<Shape, D>
  : [S, T, U] extends [
        readonly [...infer A extends Shape, infer n extends Dim, infer d extends Dim],
        readonly [...infer B extends Shape, infer m extends Dim, infer d2 extends Dim],
        readonly [...infer C extends Shape, infer m2 extends Dim, infer e extends Dim],
      ]
    ? Same<d, d2> extends true
      ? Same<m, m2> extends true
        ? Broadcast<Op, A, B, D> extends infer Lead
          ? Lead extends Tensor<infer AB, infer _>
            ? Broadcast<Op, AB, C, D, [n, e]>
            : Lead
          : never
        : `shape error: ${Op}: keys ${Show<T>} with values ${Show<U>}: ${m} keys and ${m2} values`
      : `shape error: ${Op}: queries ${Show<S>} with keys ${Show<T>}: ${d} and ${d2} channels`
    : `shape error: ${Op}: ${Show<S>}, ${Show<T>} and ${Show<U>}: needs [..., n, d], [..., m, d] and [..., m, e]`
type Same<A extends Dim, B extends Dim> = { d: B } extends { d: A } ? true : Wide<A | B>

/**
 * Check: a mask is of bools and stretches to what it is laid over, [..., n, m], for queries [..., n, d] and keys [...,
 * m, d].
 */
export type Mask<Op extends string, Q extends AnyTensor, K extends AnyTensor, M extends AnyTensor> = Or<
  Bools<Op, M>,
  [Q['shape'], K['shape']] extends [
    readonly [...infer A extends Shape, infer n extends Dim, Dim],
    readonly [...infer B extends Shape, infer m extends Dim, Dim],
  ]
    ? number extends Q['shape']['length'] | K['shape']['length']
      ? never
      : Broadcast<Op, A, B, 'bool', [n, m]> extends Tensor<infer Scores, infer _>
        ? BroadcastTo<M, Scores> extends `shape error: broadcastTo: ${infer Why}`
          ? `shape error: ${Op}: the mask ${Why}`
          : never
        : never
    : never
>

interface Typed {
  readonly shape: Extents
  readonly dtype: DType
}

/** The dims that all operands stretch to before their last two, and the shape of the result. */
export function attended(q: Typed, k: Typed, v: Typed): { lead: Extents; shape: Extents } | string {
  const wrong = floats(op, q.dtype) ?? sameDType(op, q.dtype, k.dtype) ?? sameDType(op, q.dtype, v.dtype)
  if (wrong) return wrong
  const [n, d, m, d2, m2, e] = [q, k, v].flatMap(({ shape }) => [shape.at(-2), shape.at(-1)])
  if (!n || !d || !m || !d2 || !m2 || !e)
    return `shape error: ${op}: ${show(q.shape)}, ${show(k.shape)} and ${show(v.shape)}: needs [..., n, d], [..., m, d] and [..., m, e]`
  if (!agree(d, d2)) {
    const [left, right] = both(d, d2)
    return `shape error: ${op}: queries ${show(q.shape)} with keys ${show(k.shape)}: ${left} and ${right} channels`
  }
  if (!agree(m, m2)) {
    const [left, right] = both(m, m2)
    return `shape error: ${op}: keys ${show(k.shape)} with values ${show(v.shape)}: ${left} keys and ${right} values`
  }
  const scores = broadcastShapes(op, q.shape.slice(0, -2), k.shape.slice(0, -2))
  if (typeof scores === 'string') return scores
  const lead = broadcastShapes(op, scores, v.shape.slice(0, -2))
  return typeof lead === 'string' ? lead : { lead, shape: [...lead, n, e] }
}

export function maskCheck(op: string, mask: Typed, scores: Extents): string | undefined {
  return (
    bools(op, mask.dtype) ??
    broadcastToCheck(mask.shape, scores)?.replace('shape error: broadcastTo: ', `shape error: ${op}: the mask `)
  )
}

/** What attends to a memory: x [..., n, W] with memory [..., m, M] makes [..., n, W]; leading dims broadcast. */
export type Attends<X extends AnyTensor, Memory extends AnyTensor, W extends number, M extends number> = Or<
  Ending<X, 'n', W, ''> | Ending<Memory, 'm', M, 'a memory '>,
  [X['shape'], Memory['shape']] extends [
    readonly [...infer A extends Shape, infer n extends Dim, Dim],
    readonly [...infer B extends Shape, Dim, Dim],
  ]
    ? number extends X['shape']['length'] | Memory['shape']['length']
      ? Tensor<Shape>
      : Broadcast<'multiHeadAttention', A, B, 'f32', [n, W]>
    : Tensor<Shape>
>
type Ending<X extends AnyTensor, N extends string, W extends number, What extends string> = X['dtype'] extends 'f32'
  ? number extends X['shape']['length']
    ? never
    : X['shape'] extends readonly [...Shape, Dim, infer d extends Dim]
      ? Same<d, W> extends true
        ? never
        : Misending<X, N, W, What>
      : Misending<X, N, W, What>
  : DType extends X['dtype']
    ? never
    : `dtype error: the layer takes ${What}f32 and is given ${X['dtype']}`
type Misending<
  X extends AnyTensor,
  N extends string,
  W extends number,
  What extends string,
> = `shape error: the layer takes ${What}[${N}, ${W}] and is given ${Show<X['shape']>}`

/** The dims that x and its memory stretch to before their last two. */
export function attends(x: Typed, memory: Typed, width: number, memoryWidth: number): Extents | string {
  const wrong = endingCheck(x, 'n', width, '') ?? endingCheck(memory, 'm', memoryWidth, 'a memory ')
  return wrong ?? broadcastShapes('multiHeadAttention', x.shape.slice(0, -2), memory.shape.slice(0, -2))
}
function endingCheck({ shape, dtype }: Typed, name: string, width: number, what: string): string | undefined {
  if (dtype !== 'f32') return `dtype error: the layer takes ${what}f32 and is given ${dtype}`
  return shape.length >= 2 && agree(shape.at(-1)!, { dim: width, size: width })
    ? undefined
    : `shape error: the layer takes ${what}[${name}, ${width}] and is given ${show(shape)}`
}

/** Check: as many channels fall into heads, and, where they are turned in pairs, the channels of a head into pairs. */
export type Heads<Op extends string, W extends number, H extends number, Turned = false> =
  Divides<W, H> extends true
    ? Turned extends true
      ? Divides<W, Times<H, 2>> extends true
        ? never
        : `shape error: ${Op}: heads of ${W} / ${H} channels do not fall into pairs; rotary needs an even number`
      : never
    : `shape error: ${Op}: ${W} channels do not fall into ${H} heads`

export function headsCheck(op: string, width: number, heads: number, turned: boolean): string | undefined {
  for (const size of [width, heads])
    if (!Number.isSafeInteger(size) || size < 0)
      return `type error: ${op}: ${described(size)} is not a size; write a whole number from 0`
  if (!Number.isInteger(heads) || heads < 1) return `type error: ${op}: ${heads} is not a number of heads`
  if (!Number.isInteger(width / heads)) return `shape error: ${op}: ${width} channels do not fall into ${heads} heads`
  if (turned && !Number.isInteger(width / heads / 2))
    return `shape error: ${op}: heads of ${width} / ${heads} channels do not fall into pairs; rotary needs an even number`
  return undefined
}

/** Check: the channels of X, its last axis, fall into pairs, and its positions are the axis before. */
export type Pairs<Op extends string, X extends AnyTensor> = Or<
  Floats<Op, X>,
  number extends X['shape']['length']
    ? never
    : X['shape'] extends readonly [...Shape, Dim, infer d extends Dim]
      ? Sized<d> extends true
        ? Even<Op, d & number>
        : never
      : `shape error: ${Op}: ${Show<X['shape']>}: needs [..., n, d]`
>
export type Even<Op extends string, W extends number> =
  Divides<W, 2> extends true ? never : `shape error: ${Op}: ${W} channels do not fall into pairs`

export function pairsCheck(op: string, x: Typed): string | undefined {
  const d = x.shape.at(-1)
  return (
    floats(op, x.dtype) ??
    (x.shape.length < 2 ? `shape error: ${op}: ${show(x.shape)}: needs [..., n, d]` : evenCheck(op, d!.size))
  )
}
export const evenCheck = (op: string, width: number): string | undefined =>
  Number.isInteger(width / 2) ? undefined : `shape error: ${op}: ${width} channels do not fall into pairs`
