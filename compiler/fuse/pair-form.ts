import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import { ownReductions } from '../kernel/own-reductions.ts'
import { expressionsIn, partsOf, type Scalars } from '../kernel/scalars.ts'
import type { FusedStore } from './fuse.ts'

/**
 * A nest whose sums are over pairs: of each row with all terms, what is summed being made of inner products of
 * something of the row and something of the term, as in attention. Such a nest can take the terms a block at a time,
 * and the greatest of a row as it is so far: no more than a block of pairs exists at any time.
 */
export interface PairForm {
  readonly batch: readonly Variable[]
  readonly rows: readonly Variable[]
  /** None where all sums have one element a row. */
  readonly columns: readonly Variable[]
  readonly terms: readonly Variable[]
  /** What a pair is made of: sums of left * right, where the left depends on the row and the right on the term. */
  readonly inner: readonly InnerProduct[]
  /** The greatest of a row, on which sums may depend as on a factor exp(-greatest) of all of their terms. */
  readonly greatest?: PairSum | undefined
  /** Sums of one element a row. */
  readonly sums: readonly PairSum[]
  /** Sums over pairs times something of the term and the column. */
  readonly products: readonly (PairSum & { readonly right: Expr })[]
  /** Conditions of a row and a term without which a pair adds nothing to any sum, and is not the greatest. */
  readonly needed: readonly Expr[]
}

export interface InnerProduct {
  readonly product: Expr
  readonly left: Expr
  readonly right: Expr
  readonly over: readonly Variable[]
}

/**
 * A reduction as it stands in the stores, and what it is of: at a row and a term, in which inner products are those of
 * `inner`.
 */
export interface PairSum {
  readonly reduce: Reduce
  readonly of: Expr
}

/** The form of a nest with these axes; undefined where it has another. */
export function pairForm(s: Scalars, axes: readonly Variable[], stores: readonly FusedStore[]): PairForm | undefined {
  const values = stores.map(({ value }) => value)
  const own = ownReductions(s, axes, values)
  const [first] = own
  if (!first) return undefined
  const terms = first.over.map((index) => s.loop(index.name, index.extent!))
  const inner = new Map<Expr, InnerProduct>()
  const common = new Common(s, new Set(own))
  const split = new Map<string, Variable[]>([
    ['rows', []],
    ['columns', []],
  ])
  const agree = (which: 'rows' | 'columns', found: readonly Variable[]): boolean => {
    const known = split.get(which)!
    if (known.length === 0) known.push(...found)
    return known.length === found.length && known.every((axis, i) => axis === found[i])
  }
  const free = (expr: Expr, variables: readonly Variable[]) => variables.filter((one) => s.free(expr).has(one))

  let greatest: PairSum | undefined
  const sums: PairSum[] = []
  const products: (PairSum & { right: Expr })[] = []
  for (const reduce of own) {
    if (reduce.dtype !== 'f32' || reduce.over.length !== terms.length) return undefined
    if (reduce.over.some((index, i) => index.extent !== terms[i]!.extent)) return undefined
    const body = common.in(s.substitute(reduce.body, new Map(reduce.over.map((index, i) => [index, terms[i]!]))))
    const within = reductionsOutside(body, own)
    if (within.length === 0) return undefined
    for (const product of within) {
      if (inner.has(product)) continue
      const found = innerProduct(s, product, terms)
      if (
        !found ||
        !agree(
          'rows',
          free(found.left, axes).filter((axis) => !s.free(found.right).has(axis)),
        )
      )
        return undefined
      inner.set(product, found)
    }
    if (reduce.op === 'max') {
      if (greatest) return undefined
      greatest = { reduce, of: body }
      continue
    }
    const factors = body.kind === 'apply' && body.op === 'mul' ? [body.args, body.args.toReversed()] : []
    const asProduct = factors.find(([left, right]) => {
      const columns = free(right!, axes).filter((axis) => !s.free(left!).has(axis))
      return columns.length > 0 && reductionsOutside(right!, []).length === 0 && agree('columns', columns)
    })
    if (asProduct) products.push({ reduce, of: asProduct[0]!, right: asProduct[1]! })
    else sums.push({ reduce, of: body })
  }
  const rows = split.get('rows')!
  const columns = split.get('columns')!
  const batch = axes.filter((axis) => !rows.includes(axis) && !columns.includes(axis))
  const dependsOn = (expr: Expr, variables: readonly Variable[]) => free(expr, variables).length > 0
  const separate =
    inner.size > 0 &&
    rows.length > 0 &&
    rows.every((axis) => !columns.includes(axis)) &&
    [...inner.values()].every(({ left, right }) => !dependsOn(left, columns) && !dependsOn(right, columns)) &&
    [...sums, ...products, ...(greatest ? [greatest] : [])].every(({ of }) => !dependsOn(of, columns)) &&
    products.every(({ right }) => !dependsOn(right, rows))
  if (!separate) return undefined
  for (const { of } of [...sums, ...products]) {
    const needed = [...expressionsIn([of])].filter((part) => own.includes(part as Reduce))
    // Sums inside the reductions of the greatest are its own.
    if (needed.some((part) => part !== greatest?.reduce)) return undefined
    if (needed.length > 0 && !shrinksWith(of, greatest!)) return undefined
  }
  if (greatest && reductionsOutside(greatest.of, []).some((part) => own.includes(part))) return undefined
  const conditions = [...sums, ...products].map(({ of }) => conditionsOf(of, isZero))
  if (greatest) conditions.push(conditionsOf(greatest.of, isLeftOut))
  const needed = [...conditions[0]!].filter((one) => conditions.every((set) => set.has(one)))
  return { batch, rows, columns, terms, inner: [...inner.values()], greatest, sums, products, needed }
}

/** Makes equal inner products one, whatever their indices are called. */
class Common {
  readonly #s: Scalars
  readonly #atoms: ReadonlySet<Expr>
  readonly #known = new Map<Expr, Expr>()
  readonly #indices = new Map<string, Variable>()

  constructor(s: Scalars, atoms: ReadonlySet<Expr>) {
    this.#s = s
    this.#atoms = atoms
  }

  in(expr: Expr): Expr {
    if (expr.kind === 'constant' || expr.kind === 'variable' || this.#atoms.has(expr)) return expr
    const known = this.#known.get(expr)
    if (known) return known
    const made = this.#s.rebuild(expr.kind === 'reduce' ? this.#renamed(expr) : expr, (part) => this.in(part))
    this.#known.set(expr, made)
    return made
  }

  #renamed({ op, over, body }: Reduce): Expr {
    const s = this.#s
    const indices = over.map(({ extent }, i) => {
      const key = `${i}:${extent}`
      const index = this.#indices.get(key) ?? s.loop('d', extent!)
      this.#indices.set(key, index)
      return index
    })
    return s.reduce(op, indices, s.substitute(body, new Map(over.map((index, i) => [index, indices[i]!]))))
  }
}

/** The outermost reductions in an expression, but for the given ones. */
function reductionsOutside(expr: Expr, given: readonly Reduce[]): readonly Reduce[] {
  const found = new Set<Reduce>()
  const seen = new Set<Expr>()
  const visit = (part: Expr): void => {
    if (seen.has(part)) return
    seen.add(part)
    if (part.kind !== 'reduce') partsOf(part).forEach(visit)
    else if (!given.includes(part)) found.add(part)
  }
  visit(expr)
  return [...found]
}

function innerProduct(s: Scalars, product: Reduce, terms: readonly Variable[]): InnerProduct | undefined {
  const { op, dtype, over, body } = product
  if (op !== 'add' || dtype !== 'f32' || body.kind !== 'apply' || body.op !== 'mul') return undefined
  if (reductionsOutside(body, []).length > 0) return undefined
  const ofTerm = (factor: Expr) => terms.some((index) => s.free(factor).has(index))
  const [a, b] = body.args as [Expr, Expr]
  if (ofTerm(a) === ofTerm(b)) return undefined
  return ofTerm(b) ? { product, left: a, right: b, over } : { product, left: b, right: a, over }
}

/**
 * Whether an expression is exp(x - greatest), of what it is the greatest of, times what does not depend on it, or 0.
 */
function shrinksWith(expr: Expr, greatest: PairSum): boolean {
  const has = (part: Expr) => expressionsIn([part]).has(greatest.reduce)
  if (expr.kind !== 'apply') return false
  const [a, b, c] = expr.args as [Expr, Expr, Expr]
  switch (expr.op) {
    case 'exp':
      return a.kind === 'apply' && a.op === 'sub' && a.args[0] === greatest.of && a.args[1] === greatest.reduce
    case 'mul':
      return (shrinksWith(a, greatest) && !has(b)) || (shrinksWith(b, greatest) && !has(a))
    case 'div':
      return shrinksWith(a, greatest) && !has(b)
    case 'neg':
      return shrinksWith(a, greatest)
    case 'select':
      return !has(a) && [b, c].every((side) => isZero(side) || shrinksWith(side, greatest))
    default:
      return false
  }
}

const isZero = (part: Expr) => part.kind === 'constant' && part.value === 0
/** What stands for a score that is left out is less than any other. */
const isLeftOut = (part: Expr) => part.kind === 'constant' && part.value <= leftOut
const leftOut = -1e30

/** Conditions each of which has to hold, or else an expression is nothing. */
function conditionsOf(expr: Expr, isNothing: (part: Expr) => boolean): ReadonlySet<Expr> {
  const none: ReadonlySet<Expr> = new Set()
  if (expr.kind !== 'apply') return none
  const of = (part: Expr) => conditionsOf(part, isNothing)
  const [a, b, c] = expr.args as [Expr, Expr, Expr]
  if (expr.op === 'select' && isNothing(c)) return new Set([...conjuncts(a), ...of(b)])
  if (isNothing !== isZero) return none
  if (expr.op === 'mul') return new Set([...of(a), ...of(b)])
  return expr.op === 'neg' || expr.op === 'div' ? of(a) : none
}

const conjuncts = (condition: Expr): readonly Expr[] =>
  condition.kind === 'apply' && condition.op === 'and' ? [condition, ...condition.args.flatMap(conjuncts)] : [condition]
