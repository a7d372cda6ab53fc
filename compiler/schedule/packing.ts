import type { Expr, Variable } from '../kernel/expr.ts'
import type { Shared } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Draft, Puts } from './emit.ts'
import { fourOf, neighbours } from './group.ts'
import { atPosition } from './product-block.ts'
import type { Axis } from './product-form.ts'
import { index, repeated } from './repeated.ts'
import { splat } from './widen.ts'

/** A factor of a product: an expression in the indices of its lines (rows, or columns) and of the terms. */
export interface Factor {
  readonly value: Expr
  readonly lines: Axis
  readonly terms: Axis
}

/** Where the pieces of a factor are packed that are read together. */
export interface PiecePlaces {
  /** Which array. */
  readonly number: number
  readonly array: Shared
  /** Over all of them in a block. */
  readonly pieces: Variable
  /** The number of the first. */
  readonly from: Expr
  /** Vectors of a piece for one term. */
  readonly fours: number
  /** From one to the next, in elements of the array. */
  readonly stride: number
}

/**
 * Packs all pieces of a factor for `count` terms from `first` on: the lines of a piece for a term together, then those
 * for the next term. Along whatever lies together in memory, so that no page is left before it has been read; where
 * those are terms, of four lines four terms at a time.
 */
export function packed(s: Scalars, factor: Factor, first: Expr, count: number, places: PiecePlaces): readonly Draft[] {
  const { value, lines, terms } = factor
  const { number, array, pieces, from, fours, stride } = places
  const unit = 4 / array.lanes
  const piece = s.add(from, index(s, pieces))
  const begin = s.mul(index(s, pieces), s.index(stride))
  const place = (term: Expr, v: number) => s.add(begin, s.add(s.mul(term, s.index(fours * unit)), s.index(v * unit)))
  const [alongLines, alongTerms] = [lines, terms].map(({ indices }) => neighbours(s, [value], indices.at(-1)))

  if (alongTerms! > alongLines! && inFours(terms, count)) {
    const q = s.loop('k', count / 4)
    const four = s.add(s.div(first, s.index(4)), index(s, q))
    const drafts = Array.from({ length: fours }, (_, v): Puts => {
      const line = s.add(s.mul(piece, s.index(4 * fours)), s.index(4 * v))
      const rows = [0, 1, 2, 3].map((lane) => {
        const ofLine = atPosition(s, value, lines, s.add(line, s.index(lane)))
        return splat(s, fourOf(s, ofLine, terms.indices, four))
      })
      const term = (c: number) => s.add(s.mul(index(s, q), s.index(4)), s.index(c))
      const puts = transposed(s, rows).map((column, c) => ({ shared: number, index: place(term(c), v), value: column }))
      return { kind: 'puts', puts }
    })
    return repeated(pieces, repeated(q, drafts))
  }

  const k = s.loop('k', count)
  const ofTerm = atPosition(s, value, terms, s.add(first, index(s, k)))
  const puts = Array.from({ length: fours }, (_, v) => {
    const four = s.add(s.mul(piece, s.index(fours)), s.index(v))
    return { shared: number, index: place(index(s, k), v), value: splat(s, fourOf(s, ofTerm, lines.indices, four)) }
  })
  const draft: Puts = { kind: 'puts', puts }
  return alongLines! > alongTerms! ? repeated(k, repeated(pieces, [draft])) : repeated(pieces, repeated(k, [draft]))
}

/** Whether no four of the terms of a block are in two lines of memory. */
const inFours = ({ indices }: Axis, count: number): boolean => count % 4 === 0 && indices.at(-1)!.extent! % 4 === 0

/** The columns of four rows. */
function transposed(s: Scalars, [a, b, c, d]: readonly Expr[]): readonly Expr[] {
  const zipped = (x: Expr, y: Expr) => [s.apply('zipLow', [x, y]), s.apply('zipHigh', [x, y])] as const
  const [even, odd] = [zipped(a!, c!), zipped(b!, d!)]
  return [...zipped(even[0], odd[0]), ...zipped(even[1], odd[1])]
}
