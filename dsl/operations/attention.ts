import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Trace } from '../trace/trace.ts'

export interface Attending {
  /** True where a query may attend to a key: [..., n, m] of bool. */
  readonly mask?: Value | undefined
  /** Query i attends to keys 0 .. i alone. */
  readonly causal: boolean
  readonly scale: number
}

/**
 * softmax(scale q k^T) v over queries [lead, n, d], keys [lead, m, d] and values [lead, m, e], with the weights' sum
 * divided out last; `lead` axes stand first in all of them. With `heads` one more axis stands before the channels of
 * each, as projections make it, and before the n of the result: [lead, heads, n, e].
 */
export function attention(
  trace: Trace,
  { q, k, v, lead, heads }: { q: Value; k: Value; v: Value; lead: number; heads: boolean },
  { mask, causal, scale }: Attending,
  name: string,
): Value {
  const b = trace.builder
  const { dtype } = q.type
  const constant = (value: number, of: Value, type = dtype): Value =>
    b.emit(p.constant, [], { value, shape: of.type.shape, dtype: type }, name)
  const shared = Array.from({ length: lead }, (_, i) => [i, i] as const)
  const more = heads ? 1 : 0
  const channel = lead + 1 + more
  const scaled = scale === 1 ? q : b.emit(p.mul, [q, constant(scale, q)], {}, name)
  const batch = heads ? [...shared, [lead + 1, lead + 1] as const] : shared
  const scores = b.emit(p.dot, [scaled, k], { batch, contract: [[channel, channel]] }, 'scores')

  const row = lead + more
  const keys = scores.type.shape[row + 1]!
  const outer = Array.from({ length: row + 1 }, (_, axis) => axis)
  const along = (value: Value, shape: readonly number[]): Value =>
    b.emit(p.broadcast, [value], { shape, axes: outer }, name)
  const allowed = allowedOf(trace, scores, mask, lead, heads, causal, name)
  // Far below any score, but no infinity, for which shaders need not care; what is left out is 0 after exp.
  const seen = allowed
    ? b.emit(p.select, [allowed, scores, constant(dtype === 'f16' ? -6e4 : -1e30, scores)], {}, 'scores')
    : scores
  const greatest = b.emit(
    p.stopGradient,
    [b.emit(p.reduceMax, [seen], { axes: [row + 1] }, 'greatest')],
    {},
    'greatest',
  )
  const powers = b.emit(p.exp, [b.emit(p.sub, [seen, along(greatest, seen.type.shape)], {}, 'scores')], {}, 'weights')

  // Where nothing may be attended to, the greatest is what was left out, and its power is not 0.
  const mayBeEmpty = mask !== undefined || keys === 0
  const weights = allowed ? b.emit(p.select, [allowed, powers, constant(0, powers)], {}, 'weights') : powers
  const sums = b.emit(p.sum, [weights], { axes: [row + 1] }, 'total')
  const nothing = mayBeEmpty && b.emit(p.equal, [sums, constant(0, sums)], {}, name)
  const total = nothing ? b.emit(p.select, [nothing, constant(1, sums), sums], {}, 'total') : sums
  const mixed = b.emit(
    p.dot,
    [weights, v],
    { batch: heads ? [...shared, [lead, lead + 1] as const] : shared, contract: [[row + 1, lead]] },
    name,
  )
  return b.emit(p.div, [mixed, along(total, mixed.type.shape)], {}, name)
}

/** The mask as bools of the scores' shape; none where everything is allowed. */
function allowedOf(
  trace: Trace,
  scores: Value,
  mask: Value | undefined,
  lead: number,
  heads: boolean,
  causal: boolean,
  name: string,
): Value | undefined {
  const b = trace.builder
  const { shape } = scores.type
  const last = shape.length - 1
  // The leading axes of a mask of lower rank are the last of the scores' leading axes.
  const given =
    mask &&
    b.emit(
      p.broadcast,
      [mask],
      {
        shape,
        axes: mask.type.shape.map((_, i) => {
          const axis = lead + 2 - mask.type.shape.length + i
          return heads && axis >= lead ? axis + 1 : axis
        }),
      },
      name,
    )
  if (!causal) return given
  const square = shape.slice(-2)
  const along = (axis: 0 | 1) => b.emit(p.iota, [], { shape: square, axis, dtype: 'i32' }, name)
  const past = b.emit(p.lessEqual, [along(1), along(0)], {}, name)
  const everywhere = b.emit(p.broadcast, [past], { shape, axes: [last - 1, last] }, name)
  return given ? b.emit(p.bitAnd, [given, everywhere], {}, name) : everywhere
}
