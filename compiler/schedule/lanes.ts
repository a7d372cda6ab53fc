import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Lanes, Operator, Variable } from '../kernel/expr.ts'
import { partsOf, type Scalars } from '../kernel/scalars.ts'
import { followEachOther } from './neighbours.ts'
import { type Form, pointsOver, reductionsIn } from './reductions.ts'

const slow: ReadonlySet<Operator> = new Set(['div', 'rem', 'exp', 'sqrt'])
const gather = 6
/** To store four elements one by one. */
const scatter = 8

/**
 * The index to take four at a time: the last axis of the nest, or the index of its reduction, whichever makes the least
 * work by a rough count; undefined where one by one is best, or `lanes` is 1. Stores need neighbours; but where the
 * last axis of a product is short, the one before it will do as well, whose elements are then stored one by one.
 */
export function lanesFor(s: Scalars, nest: FusedNest, form: Form, lanes: Lanes): Variable | undefined {
  if (lanes === 1) return undefined
  const [before, last] = [nest.axes.at(-2), nest.axes.at(-1)]
  const isShort = form === 'contraction' && before && before.extent! >= 4 && last!.extent! < 4
  const axis = isShort ? before : last
  const values = nest.stores.map((store) => store.value)
  const alone = work(s, values, axis, 'alone')
  let [best, least]: [Variable | undefined, number] = [undefined, alone]
  const consider = (variable: Variable, cost: number) => {
    if (cost < least) [best, least] = [variable, cost]
  }
  const apart = axis ? nest.stores.filter((store) => s.stride(store.index, axis) !== 1) : []
  if (axis && axis.extent! >= 4 && (isShort || apart.length === 0))
    consider(axis, work(s, values, axis, 'lanes') + scatter * apart.length)
  if (form !== 'elementwise') {
    const indices = reductionsIn(values).flatMap(({ over }) => (over.length === 1 ? over : []))
    for (const k of new Set(indices)) if (k.extent! >= 4) consider(k, work(s, values, axis, 'alone', k))
  }
  return best
}

/**
 * Operations for four neighbours along `axis`, computed in lanes or alone; a reduction over `summed` takes four terms
 * at a time.
 */
function work(
  s: Scalars,
  values: readonly Expr[],
  axis: Variable | undefined,
  mode: 'lanes' | 'alone',
  summed?: Variable,
): number {
  const done = new Set<Expr>()
  const cost = (expr: Expr, inSum: boolean): number => {
    if (done.has(expr) || expr.kind === 'constant' || expr.kind === 'variable') return 0
    done.add(expr)
    if (expr.kind === 'reduce') {
      const quartered = expr.over[0] === summed
      const terms = pointsOver(expr.over) / (quartered ? 4 : 1)
      return terms * (cost(expr.body, inSum || quartered) + 1)
    }
    const varies = axis === undefined || s.free(expr).has(axis)
    const times = varies && mode === 'alone' ? 4 : 1
    const below = partsOf(expr).reduce((sum, part) => sum + cost(part, inSum), 0)
    const along = inSum ? summed : mode === 'lanes' ? axis : undefined
    if (expr.kind === 'load') {
      const neighbours = !along || !s.free(expr).has(along) || followEachOther(s, expr.index, along)
      return below + times * (neighbours ? 1 : gather)
    }
    if (expr.dtype === 'i32') return below
    return below + times * (expr.kind === 'call' ? 50 : slow.has((expr as { op: Operator }).op) ? 8 : 1)
  }
  return values.reduce((sum, value) => sum + cost(value, false), 0)
}
