import type { Expr } from './expr.ts'
import { anyInteger, type Linear, linearRange, type Range, rangeOfOperation, wrapped } from './ranges.ts'

type Term = Linear['terms'][number]

/** Makes i32 expressions as they are given; equal ones are one object. */
export interface Maker {
  index(value: number): Expr
  node(op: 'add' | 'mul' | 'div' | 'rem', a: Expr, b: Expr): Expr
}

/**
 * The arithmetic of addresses. Every i32 expression is kept as a linear form in a fixed order of terms, so that equal
 * addresses are equal objects; quotients and remainders are simplified by what is known of the ranges of loop indices.
 */
export class Addresses {
  readonly #make: Maker
  /** By number of the expression. */
  readonly #linear: (Linear | undefined)[] = []

  constructor(make: Maker) {
    this.#make = make
  }

  /** a + sign b. */
  sum(a: Expr, b: Expr, sign: 1 | -1): Expr {
    const [x, y] = [this.#asLinear(a), this.#asLinear(b)]
    const terms = [...x.terms]
    for (const { atom, factor } of y.terms) {
      const at = terms.findIndex((term) => term.atom === atom)
      if (at < 0) terms.push({ atom, factor: (sign * factor) | 0 })
      else terms[at] = { atom, factor: (terms[at]!.factor + sign * factor) | 0 }
    }
    return this.#fromLinear((x.constant + sign * y.constant) | 0, terms)
  }

  scale(a: Expr, factor: number): Expr {
    const { constant, terms } = this.#asLinear(a)
    const scaled = terms.map((term) => ({ atom: term.atom, factor: Math.imul(term.factor, factor) }))
    return this.#fromLinear(Math.imul(constant, factor), scaled)
  }

  /** x / c or x mod c for c > 0, with what is a multiple of c taken out. Where x may be negative nothing is assumed. */
  divide(op: 'div' | 'rem', x: Expr, c: number): Expr {
    const { constant, terms } = this.#asLinear(x)
    const rest = terms.filter(({ factor }) => factor % c !== 0)
    const over = ((constant % c) + c) % c
    const remainder = this.#fromLinear(over, rest)
    const [low, high] = this.range(remainder)
    if (low < 0 || this.range(x)[0] < 0) return this.#make.node(op, x, this.#make.index(c))
    if (op === 'rem') return high < c ? remainder : this.#make.node('rem', remainder, this.#make.index(c))
    const quotients = terms
      .filter(({ factor }) => factor % c === 0)
      .map(({ atom, factor }) => ({ atom, factor: factor / c }))
    const quotient = this.#fromLinear((constant - over) / c, quotients)
    return high < c ? quotient : this.sum(quotient, this.#quotient(remainder, c), 1)
  }

  /** x / c for an x in which no multiple of c stands out; (y / b) / c is y / (b c). */
  #quotient(x: Expr, c: number): Expr {
    const inner = x.kind === 'apply' && x.op === 'div' && x.args[1]!.kind === 'constant' ? x.args : undefined
    const divisor = inner ? (inner[1] as { value: number }).value * c : c
    if (inner && divisor < 2 ** 31) return this.divide('div', inner[0]!, divisor)
    return this.#make.node('div', x, this.#make.index(c))
  }

  /** An address as a constant and multiples of what is no sum itself, of which no two are equal. */
  linear(address: Expr): Linear {
    return this.#asLinear(address)
  }

  /** The least and the greatest value of an i32 expression, as far as is known. */
  range(expr: Expr): Range {
    if (expr.kind === 'constant') return [expr.value, expr.value]
    if (expr.kind === 'variable') return expr.extent === undefined ? anyInteger : [0, expr.extent - 1]
    const linear = this.#linear[expr.id!]
    if (!linear) return rangeOfOperation(expr, (part) => this.range(part))
    return wrapped(linearRange(linear, (atom) => this.range(atom)))
  }

  /** a < b or a <= b, where the ranges decide it. */
  compare(op: 'less' | 'lessEqual', a: Expr, b: Expr): boolean | undefined {
    const [[aLow, aHigh], [bLow, bHigh]] = [this.range(a), this.range(b)]
    if (op === 'less' ? aHigh < bLow : aHigh <= bLow) return true
    return (op === 'less' ? aLow >= bHigh : aLow > bHigh) ? false : undefined
  }

  #asLinear(expr: Expr): Linear {
    if (expr.kind === 'constant') return { constant: expr.value, terms: [] }
    return this.#linear[expr.id!] ?? { constant: 0, terms: [{ atom: expr, factor: 1 }] }
  }

  /** The expression of a linear form, the terms with the largest coefficients first. */
  #fromLinear(constant: number, all: readonly Term[]): Expr {
    const whole = this.#rejoin(all)
    if (whole) return this.sum(this.#fromLinear(constant, whole.others), this.scale(whole.x, whole.factor), 1)
    const terms = all.filter(({ factor }) => factor !== 0)
    if (!this.#isOrdered(terms)) terms.sort(this.#byFactor)
    let sum: Expr | undefined
    let count = 0
    for (const term of terms) {
      const { atom, factor } = term
      const product = factor === 1 ? atom : this.#node('mul', atom, this.#make.index(factor), 0, [term])
      count++
      sum = sum === undefined ? product : this.#node('add', sum, product, 0, terms.slice(0, count))
    }
    if (sum === undefined) return this.#make.index(constant)
    return constant === 0 ? sum : this.#node('add', sum, this.#make.index(constant), constant, terms)
  }

  #byFactor = (a: Term, b: Term): number => Math.abs(b.factor) - Math.abs(a.factor) || a.atom.id! - b.atom.id!

  #isOrdered(terms: readonly Term[]): boolean {
    for (let i = 1; i < terms.length; i++) if (this.#byFactor(terms[i - 1]!, terms[i]!) > 0) return false
    return true
  }

  /** x / c * (c f) + x % c * f is x f: what splitting and merging axes leaves. */
  #rejoin(terms: readonly Term[]) {
    for (const { atom: rest, factor } of terms) {
      if (rest.kind !== 'apply' || rest.op !== 'rem' || factor === 0) continue
      const [x, c] = rest.args as [Expr, Expr]
      if (c.kind !== 'constant' || c.value <= 0) continue
      const quotient = this.divide('div', x, c.value)
      if (factorOf(terms, quotient) !== Math.imul(factor, c.value)) continue
      const others = terms.filter(({ atom }) => atom !== rest && atom !== quotient)
      return { x, factor, others }
    }
    return undefined
  }

  #node(op: 'add' | 'mul', a: Expr, b: Expr, constant: number, terms: readonly Term[]): Expr {
    const node = this.#make.node(op, a, b)
    this.#linear[node.id!] = { constant, terms }
    return node
  }
}

const factorOf = (terms: readonly Term[], atom: Expr): number | undefined =>
  terms.find((term) => term.atom === atom)?.factor
