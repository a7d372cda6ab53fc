import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import { partsOf, type Scalars } from '../kernel/scalars.ts'
import { firstOfFour, followEachOther } from './neighbours.ts'
import { pointsOver } from './reductions.ts'

/**
 * Makes of an expression in `variable` the four of variable = base .. base + 3, as lanes, for a base that is a multiple
 * of four. What does not depend on the variable stays one lane wide; loads of neighbouring elements become one load,
 * other loads four.
 */
export const widen = (s: Scalars, expr: Expr, variable: Variable, base: Expr): Expr => widening(s, variable, base)(expr)

/** The same for several expressions: what they have in common is done once. */
export function widening(s: Scalars, variable: Variable, base: Expr): (expr: Expr) => Expr {
  const done = new Map<Expr, Expr>()
  const places = new Map<number, ReadonlyMap<Variable, Expr>>()
  const at = (offset: number) => {
    const place = places.get(offset) ?? new Map([[variable, s.add(base, s.index(offset))]])
    places.set(offset, place)
    return place
  }
  const wide = (e: Expr): Expr => {
    if (!s.free(e).has(variable)) return e
    const known = done.get(e)
    if (known) return known
    const made = widened(e)
    done.set(e, made)
    return made
  }
  const widened = (e: Expr): Expr => {
    if (e === variable) return s.apply('ramp', [base])
    if (e.kind === 'load') {
      if (followEachOther(s, e.index, variable))
        return s.load(e.slot, e.dtype, firstOfFour(s, e.index, variable, base), 4)
      return s.apply(
        'pack',
        [0, 1, 2, 3].map((lane) => s.substitute(e, at(lane))),
      )
    }
    if (isAddress(e))
      return s.stride(e, variable) === 1
        ? s.apply('ramp', [s.substitute(e, at(0))])
        : s.apply(
            'pack',
            [0, 1, 2, 3].map((lane) => s.substitute(e, at(lane))),
          )
    return s.rebuild(e, (part) => splat(s, wide(part)))
  }
  return wide
}

export const splat = (s: Scalars, expr: Expr): Expr => (expr.lanes === 4 ? expr : s.apply('splat', [expr]))

/** Integer arithmetic over loop indices alone. */
const isAddress = (expr: Expr): boolean =>
  expr.dtype === 'i32' &&
  (expr.kind === 'constant' ||
    (expr.kind === 'variable' && expr.extent !== undefined) ||
    (expr.kind === 'apply' && ['add', 'sub', 'mul', 'div', 'rem'].includes(expr.op) && partsOf(expr).every(isAddress)))

/**
 * A sum or maximum over one index taken four elements at a time: lanes are folded at the end, and what is left over is
 * folded one by one. Neighbours in memory are then one load where they lie along the index.
 */
export function widenReduce(s: Scalars, expr: Reduce): Expr {
  const [k, ...more] = expr.over
  if (more.length > 0 || k === undefined || k.extent === undefined || k.extent < 4) return expr
  const quarter = s.loop(k.name, Math.floor(k.extent / 4))
  const body = splat(s, widen(s, expr.body, k, s.mul(quarter, s.index(4))))
  const lanes = s.apply(expr.op === 'add' ? 'sumLanes' : 'maxLanes', [s.reduce(expr.op, [quarter], body)])
  const left = k.extent % 4
  if (left === 0) return lanes
  const tail = s.loop(k.name, left)
  const rest = s.substitute(expr.body, new Map([[k, s.add(tail, s.index(k.extent - left))]]))
  return s.apply(expr.op, [lanes, s.reduce(expr.op, [tail], rest)])
}

/**
 * A long sum as a sum of block sums, so that the error grows with the length of a block and the number of blocks, not
 * with their product. One over several indices is first a sum over the last of them in a sum over the others.
 */
export function blockReduce(s: Scalars, expr: Reduce, longest: number): Expr {
  if (expr.op !== 'add' || expr.dtype !== 'f32' || pointsOver(expr.over) <= longest) return expr
  const blocks = (over: readonly Variable[], body: Expr) =>
    blockReduce(s, s.reduce('add', over, body) as Reduce, longest)
  const k = expr.over.at(-1)!
  if (expr.over.length > 1) return blocks(expr.over.slice(0, -1), blocks([k], expr.body))
  const extent = k.extent!
  const size = 2 ** Math.round(Math.log2(Math.sqrt(extent)))
  const [outer, inner] = [s.loop(k.name, Math.floor(extent / size)), s.loop(k.name, size)]
  const within = s.substitute(expr.body, new Map([[k, s.add(s.mul(outer, s.index(size)), inner)]]))
  const whole = s.reduce('add', [outer], s.reduce('add', [inner], within))
  const left = extent % size
  if (left === 0) return whole
  const tail = s.loop(k.name, left)
  const rest = s.substitute(expr.body, new Map([[k, s.add(tail, s.index(extent - left))]]))
  return s.add(whole, s.reduce('add', [tail], rest))
}
