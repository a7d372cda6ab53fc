import type { Expr } from './expr.ts'

/** What is known of an i32 expression, for addresses: its linear form, and the values that it can take. */

/** constant + sum of factor * atom. Exact modulo 2^32, as the expression is. */
export interface Linear {
  readonly constant: number
  readonly terms: readonly { readonly atom: Expr; readonly factor: number }[]
}

export type Range = readonly [low: number, high: number]

export const anyInteger: Range = [-(2 ** 31), 2 ** 31 - 1]

export function linearForm(expr: Expr): Linear {
  if (expr.kind === 'constant') return { constant: expr.value, terms: [] }
  if (expr.kind === 'apply' && expr.dtype === 'i32') {
    const [a, b] = expr.args
    if (expr.op === 'add') return plus(linearForm(a!), linearForm(b!))
    if (expr.op === 'sub') return plus(linearForm(a!), times(linearForm(b!), -1))
    if (expr.op === 'neg') return times(linearForm(a!), -1)
    if (expr.op === 'mul' && b!.kind === 'constant') return times(linearForm(a!), b!.value)
    if (expr.op === 'mul' && a!.kind === 'constant') return times(linearForm(b!), a!.value)
    if (expr.op === 'shl' && b!.kind === 'constant') return times(linearForm(a!), 2 ** b!.value)
  }
  return { constant: 0, terms: [{ atom: expr, factor: 1 }] }
}

function plus(a: Linear, b: Linear): Linear {
  const terms = [...a.terms]
  for (const term of b.terms) {
    const same = terms.findIndex(({ atom }) => sameAtom(atom, term.atom))
    if (same < 0) terms.push(term)
    else terms[same] = { atom: term.atom, factor: terms[same]!.factor + term.factor }
  }
  return { constant: a.constant + b.constant, terms: terms.filter(({ factor }) => factor !== 0) }
}

const times = (a: Linear, factor: number): Linear => ({
  constant: a.constant * factor,
  terms: factor === 0 ? [] : a.terms.map((term) => ({ atom: term.atom, factor: term.factor * factor })),
})

const sameAtom = (a: Expr, b: Expr): boolean =>
  a === b || (a.kind === 'variable' && b.kind === 'variable' && a.name === b.name)

/** The least and the greatest value of an i32 expression, as far as is known; `of` gives those of a variable. */
export function rangeOf(expr: Expr, of: (name: string) => Range): Range {
  if (expr.kind === 'constant') return [expr.value, expr.value]
  if (expr.kind === 'variable') return of(expr.name)
  return rangeOfOperation(expr, (part) => rangeOf(part, of))
}

/** The same of what is not a number or a variable, from the ranges of its parts. */
export function rangeOfOperation(expr: Expr, of: (part: Expr) => Range): Range {
  if (expr.kind !== 'apply' || expr.dtype !== 'i32') return anyInteger
  const at = (arg: number): Range => of(expr.args[arg]!)
  switch (expr.op) {
    case 'add':
      return wrapped(sum(at(0), at(1)))
    case 'sub':
      return wrapped(sum(at(0), product(at(1), [-1, -1])))
    case 'neg':
      return wrapped(product(at(0), [-1, -1]))
    case 'mul':
      return wrapped(product(at(0), at(1)))
    case 'div':
    case 'rem': {
      const [a, b] = [at(0), at(1)]
      if (a[0] < 0 || b[0] <= 0) return anyInteger
      return expr.op === 'div' ? [Math.floor(a[0] / b[1]), Math.floor(a[1] / b[0])] : [0, Math.min(a[1], b[1] - 1)]
    }
    case 'min':
      return [Math.min(at(0)[0], at(1)[0]), Math.min(at(0)[1], at(1)[1])]
    case 'max':
      return [Math.max(at(0)[0], at(1)[0]), Math.max(at(0)[1], at(1)[1])]
    case 'within':
      return [0, at(1)[1]]
    case 'select':
      return [Math.min(at(1)[0], at(2)[0]), Math.max(at(1)[1], at(2)[1])]
    case 'cast':
      return expr.args[0]!.dtype === 'bool' ? [0, 1] : anyInteger
    default:
      return anyInteger
  }
}

/** The values of a linear form whose sum is not reduced modulo 2^32, from those of its atoms. */
export const linearRange = ({ constant, terms }: Linear, of: (atom: Expr) => Range): Range =>
  terms.reduce<Range>(
    (range, { atom, factor }) => sum(range, product(of(atom), [factor, factor])),
    [constant, constant],
  )

const sum = (a: Range, b: Range): Range => [a[0] + b[0], a[1] + b[1]]

function product(a: Range, b: Range): Range {
  const corners = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]]
  return [Math.min(...corners), Math.max(...corners)]
}

/** A sum or product that may leave the 32 bits wraps, to anywhere. */
export const wrapped = (range: Range): Range =>
  range[0] < anyInteger[0] || range[1] > anyInteger[1] ? anyInteger : range
