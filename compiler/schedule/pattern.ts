import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr } from '../kernel/expr.ts'
import type { Origin, Scalars } from '../kernel/scalars.ts'
import { stem } from './names.ts'

/**
 * A nest but for which tensors it touches, what its values are called and whose lines they come from: nests whose texts
 * are the same are scheduled the same way.
 */
export interface Pattern {
  readonly text: string
  /** In the order in which they are mentioned: tensors by the memory that they have, and origins. */
  readonly homes: readonly number[]
  readonly origins: readonly Origin[]
}

export function patternOf(s: Scalars, { axes, stores }: FusedNest, homeOf: (tensor: number) => number): Pattern {
  const tensors = new Numbers<number>()
  const homes = new Numbers<number>()
  const origins = new Numbers<Origin>()
  const names = new Numbers<string>()
  const exprs = new Numbers<Expr>()
  const lines: string[] = []

  const tensor = (of: number) => `${tensors.of(of)}.${homes.of(homeOf(of))}`
  const all = (some: readonly Expr[]): string => {
    let numbers = ''
    for (const expr of some) numbers += `${visit(expr)},`
    return numbers
  }
  const operation = (expr: Expr): string => {
    switch (expr.kind) {
      case 'constant':
        return Object.is(expr.value, -0) ? '-0' : `${expr.value}`
      case 'variable':
        return `${stem(expr.name)}<${expr.extent}`
      case 'load':
        return `[${tensor(expr.slot)} ${visit(expr.index)}`
      case 'fetch':
        return `{${expr.shared} ${visit(expr.index)} ${visit(expr.after)}`
      case 'apply':
        return `${expr.op} ${all(expr.args)}`
      case 'call':
        return `${expr.name}.${expr.result} ${all(expr.args)}`
      case 'reduce':
        return `${expr.op} over ${all(expr.over)} ${visit(expr.body)}`
    }
  }
  /** The number of an expression, which is described where it is first mentioned. */
  const visit = (expr: Expr): number => {
    const known = exprs.known(expr)
    if (known !== undefined) return known
    const described = operation(expr)
    const origin = s.origins.get(expr)
    const from = origin ? `@${origins.of(origin)} ${names.of(origin.name)} ${origin.source !== undefined}` : ''
    lines.push(`${expr.kind[0]}${expr.dtype}${expr.lanes} ${described}${from}`)
    return exprs.of(expr)
  }

  lines.push(all(axes))
  for (const { tensor: to, index, value } of stores) lines.push(`${tensor(to)} ${visit(index)} ${visit(value)}`)
  return { text: lines.join('\n'), homes: homes.all, origins: origins.all }
}

/** Numbers things in the order in which they come. */
class Numbers<T> {
  readonly #numbers = new Map<T, number>()

  known(one: T): number | undefined {
    return this.#numbers.get(one)
  }

  of(one: T): number {
    const known = this.#numbers.get(one)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(one, number)
    return number
  }

  get all(): readonly T[] {
    return [...this.#numbers.keys()]
  }
}
