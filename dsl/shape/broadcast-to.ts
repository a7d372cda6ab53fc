import type { Tensor } from '../tensor.ts'
import { agree, type Dim, type Extents, type Shape, type Show, show, type Wide } from './dim.ts'

/** A stretched to the shape T: aligned at the right, its dims are those of T or 1. */
export type BroadcastTo<A, T extends Shape> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | T['length']
      ? Tensor<T, D>
      : Stretches<S, T> extends infer Complaint extends string
        ? `shape error: broadcastTo: ${Show<S>} to ${Show<T>}: ${Complaint}`
        : Tensor<T, D>
    : never
type Stretches<S extends Shape, T extends Shape> = { s: S; t: T } extends {
  s: readonly [...infer MoreS extends Shape, infer s extends Dim]
  t: readonly [...infer MoreT extends Shape, infer t extends Dim]
}
  ? { d: s } extends { d: t | 1 }
    ? Stretches<MoreS, MoreT>
    : Wide<s | t> extends true
      ? Stretches<MoreS, MoreT>
      : `${s} is neither ${t} nor 1`
  : S extends readonly []
    ? true
    : 'there are fewer axes'

export function broadcastToCheck(from: Extents, to: Extents): string | undefined {
  const complaint = (why: string) => `shape error: broadcastTo: ${show(from)} to ${show(to)}: ${why}`
  for (let axis = -1; axis >= -from.length; axis--) {
    const [at, goal] = [from.at(axis)!, to.at(axis)]
    if (!goal) return complaint('there are fewer axes')
    if (at.dim !== 1 && !agree(at, goal)) return complaint(`${at.dim} is neither ${goal.dim} nor 1`)
  }
  return undefined
}
