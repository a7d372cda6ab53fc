import type { Tensor } from '../tensor.ts'
import { type Broadcast, broadcastShapes } from './broadcast.ts'
import { agree, both, type Dim, type Extents, type Shape, type Show, show, type Wide } from './dim.ts'
import type { DType, SameDType } from './dtype.ts'

/**
 * [..., m, k] with [..., k, n] makes [..., m, n]; [k] with [..., k, n] makes [..., n], and [..., k] with [k] makes
 * [...]. Leading dims broadcast.
 */
export type MatMul<A, B> = { a: A; b: B } extends { a: Tensor<infer S, infer D>; b: Tensor<infer T, infer E> }
  ? SameDType<'matmul', D, E, Contract<S, T, D>>
  : never
type Contract<S extends Shape, T extends Shape, D extends DType> = number extends S['length'] | T['length']
  ? Tensor<Shape, D>
  : { s: S; t: T } extends {
        s: readonly [...infer Rows extends Shape, infer k extends Dim]
        t: readonly [...infer Lead extends Shape, infer k2 extends Dim, infer n extends Dim]
      }
    ? { d: k2 } extends { d: k }
      ? Product<Rows, Lead, n, D>
      : Wide<k | k2> extends true
        ? Product<Rows, Lead, n, D>
        : `shape error: matmul: ${Show<S>} with ${Show<T>}: inner dimensions ${k} and ${k2} differ`
    : { s: S; t: T } extends {
          s: readonly [...infer Rows extends Shape, infer k extends Dim]
          t: readonly [infer k2 extends Dim]
        }
      ? { d: k2 } extends { d: k }
        ? Tensor<Rows, D>
        : Wide<k | k2> extends true
          ? Tensor<Rows, D>
          : `shape error: matmul: ${Show<S>} with ${Show<T>}: inner dimensions ${k} and ${k2} differ`
      : `shape error: matmul: ${Show<S>} with ${Show<T>}: needs [..., k] with [..., k, n] or [k]`
type Product<Rows extends Shape, LeadB extends Shape, N extends Dim, D extends DType> = Rows extends readonly [
  ...infer LeadA extends Shape,
  infer m extends Dim,
]
  ? Broadcast<'matmul', LeadA, LeadB, D, [m, N]>
  : Tensor<[...LeadB, N], D>

/** The shape of the product, and the leading dims that both operands stretch to. */
export function matmulShapes(a: Extents, b: Extents): { shape: Extents; lead: Extents } | string {
  const [k, k2, n] = [a.at(-1), b.at(-2) ?? b.at(-1), b.at(-1)]
  if (!k || !k2 || !n) return `shape error: matmul: ${show(a)} with ${show(b)}: needs [..., k] with [..., k, n] or [k]`
  if (!agree(k, k2)) {
    const [left, right] = both(k, k2)
    return `shape error: matmul: ${show(a)} with ${show(b)}: inner dimensions ${left} and ${right} differ`
  }
  if (b.length === 1) return { shape: a.slice(0, -1), lead: [] }
  const leadB = b.slice(0, -2)
  const m = a.at(-2)
  if (!m) return { shape: [...leadB, n], lead: leadB }
  const lead = broadcastShapes('matmul', a.slice(0, -2), leadB)
  return typeof lead === 'string' ? lead : { shape: [...lead, m, n], lead }
}
