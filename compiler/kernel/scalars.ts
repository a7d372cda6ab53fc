import type { Source } from '../ir/graph.ts'
import { Addresses } from './addresses.ts'
import { ByStructure } from './by-structure.ts'
import type { Declared, Expr, Lanes, Operator, Scalar, ScalarFunction, Variable } from './expr.ts'
import type { Shared } from './kernel.ts'
import type { Linear, Range } from './ranges.ts'

/** What an expression computes for the author: an element of the value of this name, made on that line. */
export interface Origin {
  readonly name: string
  readonly source: Source | undefined
}

const comparisons: ReadonlySet<Operator> = new Set(['less', 'lessEqual', 'equal'])
const laneSum: ReadonlySet<Operator> = new Set(['sumLanes', 'maxLanes', 'extract', 'dot'])
const laneMaking: ReadonlySet<Operator> = new Set(['splat', 'ramp', 'pack'])

/**
 * Makes expressions: equal ones are one object, and i32 arithmetic (addresses) is put in normal form, using that loop
 * indices are within their extents. One instance serves one compilation.
 */
export class Scalars {
  /** What is called, by name. */
  readonly functions = new Map<string, ScalarFunction | Declared>()
  /** Where expressions come from; what is rebuilt of one comes from there too. */
  readonly origins = new Map<Expr, Origin>()
  #count = 0
  readonly #made = new ByStructure()
  /** What operators give, by operator and operands. */
  readonly #applied = new ByStructure()
  /** By type and number; minus zero is a constant of its own. */
  readonly #constants: { readonly [dtype in Scalar]: Map<number | '-0', Expr> } = {
    f32: new Map(),
    i32: new Map(),
    u32: new Map(),
    bool: new Map(),
  }
  readonly #addresses = new Addresses({
    index: (value) => this.index(value),
    node: (op, a, b) => this.#intern({ kind: 'apply', dtype: 'i32', lanes: 1, op, args: [a, b], id: unnumbered }),
  })
  /** By number of the expression. */
  readonly #free: (ReadonlySet<Variable> | undefined)[] = []
  readonly #substituted = new WeakMap<ReadonlyMap<Variable, Expr>, Map<Expr, Expr>>()
  #names = 0

  constant(value: number, dtype: Scalar): Expr {
    const exact =
      dtype === 'f32' ? Math.fround(value) : dtype === 'i32' ? value | 0 : dtype === 'u32' ? value >>> 0 : value ? 1 : 0
    const key = Object.is(exact, -0) ? '-0' : exact
    const known = this.#constants[dtype].get(key)
    if (known) return known
    const made = this.#numbered({ kind: 'constant', dtype, lanes: 1, value: exact, id: unnumbered })
    this.#constants[dtype].set(key, made)
    return made
  }

  index(value: number): Expr {
    return this.constant(value, 'i32')
  }

  /** A new loop index, 0 <= index < extent; `name` is made unique by a number. */
  loop(name: string, extent: number): Variable {
    const unique = `${name}_${this.#names++}`
    return this.#numbered({ kind: 'variable', dtype: 'i32', lanes: 1, name: unique, extent, id: unnumbered })
  }

  /** A new name for what a `let`, a `var` or a barrier binds. */
  variable(name: string, dtype: Scalar, lanes: Lanes = 1): Variable {
    return this.#numbered({ kind: 'variable', dtype, lanes, name: `${name}_${this.#names++}`, id: unnumbered })
  }

  /** An index over an axis: a new loop index, or 0 where the axis has one element. */
  over(name: string, extent: number): Expr {
    return extent === 1 ? this.index(0) : this.loop(name, extent)
  }

  load(slot: number, dtype: Scalar, index: Expr, lanes: Lanes = 1): Expr {
    return this.#intern({ kind: 'load', dtype, lanes, slot, index, id: unnumbered })
  }

  /** An element of array number `shared` of the workgroup, after a barrier. */
  fetch(shared: number, { dtype, lanes }: Shared, index: Expr, after: Variable): Expr {
    return this.#intern({ kind: 'fetch', dtype, lanes, shared, index, after, id: unnumbered })
  }

  /** All results of a call. */
  call(fn: ScalarFunction | Declared, args: readonly Expr[]): readonly Expr[] {
    this.functions.set(fn.name, fn)
    const lanes = args[0]?.lanes ?? 1
    return fn.results.map(({ dtype }, result) =>
      this.#intern({ kind: 'call', dtype, lanes, name: fn.name, args, result, id: unnumbered }),
    )
  }

  reduce(op: 'add' | 'max', over: readonly Variable[], body: Expr): Expr {
    if (over.length === 0) return body
    return this.#intern({ kind: 'reduce', dtype: body.dtype, lanes: body.lanes, op, over, body, id: unnumbered })
  }

  add = (a: Expr, b: Expr): Expr => this.apply('add', [a, b])
  sub = (a: Expr, b: Expr): Expr => this.apply('sub', [a, b])
  mul = (a: Expr, b: Expr): Expr => this.apply('mul', [a, b])
  div = (a: Expr, b: Expr): Expr => this.apply('div', [a, b])
  rem = (a: Expr, b: Expr): Expr => this.apply('rem', [a, b])
  less = (a: Expr, b: Expr): Expr => this.apply('less', [a, b])
  equal = (a: Expr, b: Expr): Expr => this.apply('equal', [a, b])
  select = (condition: Expr, then: Expr, otherwise: Expr): Expr => this.apply('select', [condition, then, otherwise])
  cast = (a: Expr, dtype: Scalar): Expr => (a.dtype === dtype ? a : this.apply('cast', [a], dtype))
  bitcast = (a: Expr, dtype: Scalar): Expr => (a.dtype === dtype ? a : this.apply('bitcast', [a], dtype))

  /** Applies an operator; `dtype` is needed where the operands do not decide it (casts). */
  apply(op: Operator, args: readonly Expr[], dtype?: Scalar): Expr {
    const type = dtype ?? (comparisons.has(op) ? 'bool' : op === 'select' ? args[1]!.dtype : args[0]!.dtype)
    const lanes = laneSum.has(op) ? 1 : laneMaking.has(op) ? 4 : args[0]!.lanes
    const asked: Expr = { kind: 'apply', dtype: type, lanes, op, args, id: unnumbered }
    return this.#applied.of(asked, () => this.#fold(op, args) ?? this.#intern(asked))
  }

  /**
   * The loop indices and other variables that an expression depends on, not counting those that a reduction in it
   * binds.
   */
  free(expr: Expr): ReadonlySet<Variable> {
    const known = this.#free[expr.id!]
    if (known) return known
    const found = this.#freeIn(expr)
    this.#free[expr.id!] = found
    return found
  }

  /** Most often that of one of the parts, which then is shared. */
  #freeIn(expr: Expr): ReadonlySet<Variable> {
    if (expr.kind === 'variable') return new Set([expr])
    let found: ReadonlySet<Variable> = nothing
    for (const part of partsOf(expr)) {
      const more = this.free(part)
      if (more.size === 0 || isWithin(more, found)) continue
      found = found.size === 0 ? more : new Set([...found, ...more])
    }
    if (expr.kind !== 'reduce') return found
    return new Set([...found].filter((variable) => !expr.over.includes(variable)))
  }

  /**
   * The expression with variables replaced. What several expressions have in common is done once for a map, which is
   * not to change.
   */
  substitute(expr: Expr, by: ReadonlyMap<Variable, Expr>): Expr {
    const done = this.#substituted.get(by) ?? new Map<Expr, Expr>()
    this.#substituted.set(by, done)
    const inside = (part: Expr): Expr => {
      if (part.kind === 'constant') return part
      if (part.kind === 'variable') return by.get(part) ?? part
      const known = done.get(part)
      if (known) return known
      const result = this.#isAffected(part, by) ? this.rebuild(part, inside) : part
      done.set(part, result)
      return result
    }
    return inside(expr)
  }

  #isAffected(expr: Expr, by: ReadonlyMap<Variable, Expr>): boolean {
    for (const variable of this.free(expr)) if (by.has(variable)) return true
    return false
  }

  /** The same operation on changed parts. */
  rebuild(expr: Expr, change: (part: Expr) => Expr): Expr {
    const rebuilt = this.#rebuild(expr, change)
    const origin = this.origins.get(expr)
    if (origin) this.originate(rebuilt, origin)
    return rebuilt
  }

  /** Notes where an expression comes from, unless that is known or it is not computed at all. */
  originate(expr: Expr, origin: Origin): void {
    const computed = expr.kind === 'apply' || expr.kind === 'call' || expr.kind === 'reduce'
    if (computed && !this.origins.has(expr)) this.origins.set(expr, origin)
  }

  #rebuild(expr: Expr, change: (part: Expr) => Expr): Expr {
    switch (expr.kind) {
      case 'constant':
      case 'variable':
        return expr
      case 'load':
        return this.load(expr.slot, expr.dtype, change(expr.index), expr.lanes)
      case 'fetch':
        return this.fetch(expr.shared, { name: '', size: 0, ...expr }, change(expr.index), expr.after)
      case 'apply':
        return this.apply(expr.op, expr.args.map(change), expr.dtype)
      case 'call':
        return this.call(this.functions.get(expr.name)!, expr.args.map(change))[expr.result]!
      case 'reduce':
        return this.reduce(expr.op, expr.over, change(expr.body))
    }
  }

  /** By how much an address grows from one value of `variable` to the next; undefined where that is not a constant. */
  stride(index: Expr, variable: Variable): number | undefined {
    const [term, ...more] = this.changing(index, variable)
    if (!term) return 0
    return term.atom === variable && more.length === 0 ? term.factor : undefined
  }

  /** The terms of an address that change with a variable. */
  changing(index: Expr, variable: Variable): Linear['terms'] {
    return this.linear(index).terms.filter(({ atom }) => this.free(atom).has(variable))
  }

  /** An address as a constant and multiples of what is no sum itself. */
  linear(address: Expr): Linear {
    return this.#addresses.linear(address)
  }

  /** The least and the greatest value of an i32 expression, as far as is known. */
  range(expr: Expr): Range {
    return this.#addresses.range(expr)
  }

  /** The one expression that is equal to this one. */
  #intern(expr: Expr): Expr {
    return this.#made.of(expr, () => this.#numbered(expr))
  }

  /** Numbers a new expression, which nobody else has seen. */
  #numbered<E extends Expr>(expr: E & { id?: number }): E {
    expr.id = this.#count++
    return expr
  }

  #fold(op: Operator, args: readonly Expr[]): Expr | undefined {
    const [a, b, c] = args
    if (op === 'select') {
      if (a!.kind === 'constant') return a!.value ? b : c
      return b === c ? b : undefined
    }
    if (a!.dtype !== 'i32' || a!.lanes !== 1 || b?.lanes !== 1) return undefined
    if (op === 'within') return isInside(this.range(a!), this.range(b)) ? a : undefined
    if (op === 'add' || op === 'sub') return this.#addresses.sum(a!, b, op === 'add' ? 1 : -1)
    if (op === 'mul' && b.kind === 'constant') return this.#addresses.scale(a!, b.value)
    if (op === 'mul' && a!.kind === 'constant') return this.#addresses.scale(b, a!.value)
    if ((op === 'div' || op === 'rem') && b.kind === 'constant' && b.value > 0)
      return this.#addresses.divide(op, a!, b.value)
    if (op !== 'less' && op !== 'lessEqual') return undefined
    const decided = this.#addresses.compare(op, a!, b)
    return decided === undefined ? undefined : this.constant(Number(decided), 'bool')
  }
}

/** Until it is known that an expression is new. */
const unnumbered = -1

const nothing: ReadonlySet<Variable> = new Set()

const isInside = ([low, high]: Range, [last]: Range): boolean => low >= 0 && high <= last

function isWithin<T>(some: ReadonlySet<T>, all: ReadonlySet<T>): boolean {
  for (const one of some) if (!all.has(one)) return false
  return true
}

/** The direct operands of an expression. */
export const partsOf = (expr: Expr): readonly Expr[] =>
  expr.kind === 'load'
    ? [expr.index]
    : expr.kind === 'fetch'
      ? [expr.index, expr.after]
      : expr.kind === 'reduce'
        ? [expr.body]
        : expr.kind === 'apply' || expr.kind === 'call'
          ? expr.args
          : []

/** All expressions that the given ones are made of, themselves among them, each once. */
export function expressionsIn(roots: readonly Expr[]): ReadonlySet<Expr> {
  const found = new Set<Expr>()
  const visit = (expr: Expr): void => {
    if (found.has(expr)) return
    found.add(expr)
    partsOf(expr).forEach(visit)
  }
  roots.forEach(visit)
  return found
}
