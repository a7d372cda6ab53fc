import type { Source } from '../ir/graph.ts'
import type { Expr, Lanes, Operator, Scalar, ScalarFunction, Variable } from './expr.ts'

/** What an expression computes for the author: an element of the value of this name, made on that line. */
export interface Origin {
  readonly name: string
  readonly source: Source | undefined
}

/** c + sum of coefficient * atom, all wrapped to 32 bits: how every i32 expression is kept, so that equal addresses are equal objects. */
interface Linear {
  readonly constant: number
  readonly terms: ReadonlyMap<Expr, number>
}

const comparisons: ReadonlySet<Operator> = new Set(['less', 'lessEqual', 'equal'])
const laneSum: ReadonlySet<Operator> = new Set(['sumLanes', 'maxLanes'])
const laneMaking: ReadonlySet<Operator> = new Set(['splat', 'ramp', 'pack'])

/**
 * Makes expressions: equal ones are one object, and i32 arithmetic (addresses) is put in normal form, using that loop indices are within their extents.
 * One instance serves one compilation.
 */
export class Scalars {
  readonly functions = new Map<string, ScalarFunction>()
  /** Where expressions come from; what is rebuilt of one comes from there too. */
  readonly origins = new Map<Expr, Origin>()
  readonly #made = new Map<string, Expr>()
  readonly #ids = new Map<Expr, number>()
  readonly #linear = new Map<Expr, Linear>()
  readonly #free = new Map<Expr, ReadonlySet<Variable>>()
  #names = 0

  constant(value: number, dtype: Scalar): Expr {
    const exact =
      dtype === 'f32' ? Math.fround(value) : dtype === 'i32' ? value | 0 : dtype === 'u32' ? value >>> 0 : value ? 1 : 0
    const key = Object.is(exact, -0) ? '-0' : exact
    return this.#intern({ kind: 'constant', dtype, lanes: 1, value: exact }, `c${dtype}${key}`)
  }

  index(value: number): Expr {
    return this.constant(value, 'i32')
  }

  /** A new variable; `name` is made unique by a number. */
  variable(name: string, dtype: Scalar, lanes: Lanes = 1): Variable {
    const unique = `${name}_${this.#names++}`
    return this.#intern({ kind: 'variable', dtype, lanes, name: unique }, `v${unique}`) as Variable
  }

  /** A new loop index, 0 <= index < extent. */
  loop(name: string, extent: number): Variable {
    const unique = `${name}_${this.#names++}`
    return this.#intern({ kind: 'variable', dtype: 'i32', lanes: 1, name: unique, extent }, `v${unique}`) as Variable
  }

  load(slot: number, dtype: Scalar, index: Expr, lanes: Lanes = 1): Expr {
    return this.#intern({ kind: 'load', dtype, lanes, slot, index }, `l${slot}${dtype}${lanes}@${this.id(index)}`)
  }

  /** All results of a call. */
  call(fn: ScalarFunction, args: readonly Expr[]): readonly Expr[] {
    this.functions.set(fn.name, fn)
    const lanes = args[0]?.lanes ?? 1
    const ids = args.map((arg) => this.id(arg)).join()
    return fn.results.map(({ dtype }, result) =>
      this.#intern({ kind: 'call', dtype, lanes, name: fn.name, args, result }, `f${fn.name}.${result}(${ids})`),
    )
  }

  reduce(op: 'add' | 'max', over: readonly Variable[], body: Expr): Expr {
    if (over.length === 0) return body
    const key = `r${op}${over.map((v) => v.name).join()}:${this.id(body)}`
    return this.#intern({ kind: 'reduce', dtype: body.dtype, lanes: body.lanes, op, over, body }, key)
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
    const known = this.#fold(op, args)
    if (known !== undefined) return known
    const type = dtype ?? (comparisons.has(op) ? 'bool' : op === 'select' ? args[1]!.dtype : args[0]!.dtype)
    const lanes = laneSum.has(op) ? 1 : laneMaking.has(op) ? 4 : args[0]!.lanes
    return this.#intern(
      { kind: 'apply', dtype: type, lanes, op, args },
      `a${op}${type}${lanes}(${args.map((arg) => this.id(arg)).join()})`,
    )
  }

  /** The loop indices and other variables that an expression depends on, not counting those that a reduction in it binds. */
  free(expr: Expr): ReadonlySet<Variable> {
    const known = this.#free.get(expr)
    if (known) return known
    const found = new Set<Variable>()
    if (expr.kind === 'variable') found.add(expr)
    else for (const part of partsOf(expr)) for (const variable of this.free(part)) found.add(variable)
    if (expr.kind === 'reduce') for (const bound of expr.over) found.delete(bound)
    this.#free.set(expr, found)
    return found
  }

  /** The expression with variables replaced. */
  substitute(expr: Expr, by: ReadonlyMap<Variable, Expr>, done = new Map<Expr, Expr>()): Expr {
    if (expr.kind === 'variable') return by.get(expr) ?? expr
    const known = done.get(expr)
    if (known) return known
    let affected = false
    for (const variable of this.free(expr)) if (by.has(variable)) affected = true
    const result = affected ? this.rebuild(expr, (part) => this.substitute(part, by, done)) : expr
    done.set(expr, result)
    return result
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
    const { terms } = this.#asLinear(index)
    for (const atom of terms.keys()) if (atom !== variable && this.free(atom).has(variable)) return undefined
    return terms.get(variable) ?? 0
  }

  /** The least and the greatest value of an i32 expression, as far as is known. */
  range(expr: Expr): readonly [number, number] {
    if (expr.kind === 'constant') return [expr.value, expr.value]
    if (expr.kind === 'variable') return expr.extent === undefined ? unknownRange : [0, expr.extent - 1]
    const linear = this.#linear.get(expr)
    if (linear) {
      let [low, high] = [linear.constant, linear.constant]
      for (const [atom, factor] of linear.terms) {
        const [a, b] = this.range(atom)
        low += Math.min(a * factor, b * factor)
        high += Math.max(a * factor, b * factor)
      }
      // A sum that may leave the 32 bits wraps, to anywhere.
      return low < -(2 ** 31) || high >= 2 ** 31 ? unknownRange : [low, high]
    }
    if (expr.kind !== 'apply') return unknownRange
    const [a, b, c] = expr.args
    if (expr.op === 'select') {
      const [then, otherwise] = [this.range(b!), this.range(c!)]
      return [Math.min(then[0], otherwise[0]), Math.max(then[1], otherwise[1])]
    }
    if ((expr.op === 'div' || expr.op === 'rem') && b!.kind === 'constant' && b!.value > 0) {
      const [low, high] = this.range(a!)
      if (low < 0) return unknownRange
      return expr.op === 'div'
        ? [Math.floor(low / b!.value), Math.floor(high / b!.value)]
        : [0, Math.min(high, b!.value - 1)]
    }
    return unknownRange
  }

  id(expr: Expr): number {
    return this.#ids.get(expr)!
  }

  #intern(expr: Expr, key: string): Expr {
    const known = this.#made.get(key)
    if (known) return known
    this.#made.set(key, expr)
    this.#ids.set(expr, this.#ids.size)
    return expr
  }

  #fold(op: Operator, args: readonly Expr[]): Expr | undefined {
    const [a, b, c] = args
    if (op === 'select') {
      if (a!.kind === 'constant') return a!.value ? b : c
      return b === c ? b : undefined
    }
    if (a!.dtype !== 'i32' || a!.lanes !== 1 || b?.lanes !== 1) return undefined
    if (op === 'add' || op === 'sub') return this.#sum(a!, b, op === 'add' ? 1 : -1)
    if (op === 'mul')
      return b.kind === 'constant'
        ? this.#scale(a!, b.value)
        : a!.kind === 'constant'
          ? this.#scale(b, a!.value)
          : undefined
    if (op === 'div' || op === 'rem')
      return b.kind === 'constant' && b.value > 0 ? this.#divide(op, a!, b.value) : undefined
    if (op === 'less' || op === 'lessEqual') {
      const [[aLow, aHigh], [bLow, bHigh]] = [this.range(a!), this.range(b)]
      if (op === 'less' ? aHigh < bLow : aHigh <= bLow) return this.constant(1, 'bool')
      if (op === 'less' ? aLow >= bHigh : aLow > bHigh) return this.constant(0, 'bool')
    }
    return undefined
  }

  #asLinear(expr: Expr): Linear {
    if (expr.kind === 'constant') return { constant: expr.value, terms: new Map() }
    return this.#linear.get(expr) ?? { constant: 0, terms: new Map([[expr, 1]]) }
  }

  #sum(a: Expr, b: Expr, sign: 1 | -1): Expr {
    const [x, y] = [this.#asLinear(a), this.#asLinear(b)]
    const terms = new Map(x.terms)
    for (const [atom, factor] of y.terms) terms.set(atom, ((terms.get(atom) ?? 0) + sign * factor) | 0)
    return this.#fromLinear((x.constant + sign * y.constant) | 0, terms)
  }

  #scale(a: Expr, factor: number): Expr {
    const { constant, terms } = this.#asLinear(a)
    const scaled = [...terms].map(([atom, by]) => [atom, Math.imul(by, factor)] as const)
    return this.#fromLinear(Math.imul(constant, factor), new Map(scaled))
  }

  /** floor(x / c) and x mod c, with what is a multiple of c taken out. Where x may be negative nothing is assumed. */
  #divide(op: 'div' | 'rem', x: Expr, c: number): Expr | undefined {
    const { constant, terms } = this.#asLinear(x)
    const whole = new Map<Expr, number>()
    const rest = new Map<Expr, number>()
    for (const [atom, factor] of terms) (factor % c === 0 ? whole : rest).set(atom, factor)
    const over = ((constant % c) + c) % c
    const remainder = this.#fromLinear(over, rest)
    const [low, high] = this.range(remainder)
    if (low < 0 || this.range(x)[0] < 0) return undefined
    const small = high < c
    if (op === 'rem')
      return small ? remainder : remainder === x ? undefined : this.apply('rem', [remainder, this.index(c)])
    const quotient = this.#fromLinear(
      (constant - over) / c,
      new Map([...whole].map(([atom, factor]) => [atom, factor / c])),
    )
    if (small) return quotient
    if (remainder === x) {
      const nested = x.kind === 'apply' && x.op === 'div' && x.args[1]!.kind === 'constant' ? x.args : undefined
      return nested
        ? this.apply('div', [nested[0]!, this.index((nested[1] as { value: number }).value * c)])
        : undefined
    }
    return this.add(quotient, this.apply('div', [remainder, this.index(c)]))
  }

  #fromLinear(constant: number, all: ReadonlyMap<Expr, number>): Expr {
    const whole = this.#rejoin(all)
    if (whole) return this.#sum(this.#fromLinear(constant, whole.others), this.#scale(whole.x, whole.factor), 1)
    const terms = [...all]
      .filter(([, factor]) => factor !== 0)
      .sort(([a, f], [b, g]) => Math.abs(g) - Math.abs(f) || this.id(a) - this.id(b))
    if (terms.length === 0) return this.index(constant)
    let sum: Expr | undefined
    for (const [atom, factor] of terms) {
      const term = factor === 1 ? atom : this.#node('mul', atom, this.index(factor), 0, [[atom, factor]])
      sum =
        sum === undefined
          ? term
          : this.#node('add', sum, term, 0, terms.slice(0, terms.findIndex(([t]) => t === atom) + 1))
    }
    return constant === 0 ? sum! : this.#node('add', sum!, this.index(constant), constant, terms)
  }

  /** x / c * (c f) + x % c * f is x f: what splitting and merging axes leaves. */
  #rejoin(terms: ReadonlyMap<Expr, number>) {
    for (const [rest, factor] of terms) {
      if (rest.kind !== 'apply' || rest.op !== 'rem' || factor === 0) continue
      const [x, c] = rest.args as [Expr, Expr & { kind: 'constant' }]
      const quotient = this.div(x, c)
      if (terms.get(quotient) !== Math.imul(factor, c.value)) continue
      const others = new Map(terms)
      others.delete(rest)
      others.delete(quotient)
      return { x, factor, others }
    }
    return undefined
  }

  #node(op: 'add' | 'mul', a: Expr, b: Expr, constant: number, terms: readonly (readonly [Expr, number])[]): Expr {
    const node = this.#intern(
      { kind: 'apply', dtype: 'i32', lanes: 1, op, args: [a, b] },
      `a${op}i321(${this.id(a)},${this.id(b)})`,
    )
    this.#linear.set(node, { constant, terms: new Map(terms) })
    return node
  }
}

const unknownRange = [-Infinity, Infinity] as const

/** The direct operands of an expression. */
export const partsOf = (expr: Expr): readonly Expr[] =>
  expr.kind === 'load'
    ? [expr.index]
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
