import type { Expr, Variable } from '../kernel/expr.ts'
import type { Nest, Note, Statement } from '../kernel/kernel.ts'
import type { Origin } from '../kernel/scalars.ts'
import { Names } from './names.ts'
import { noteOf } from './note.ts'
import type { Scheduled } from './schedule.ts'

/** What is another in a nest of the same pattern. */
export interface Changes {
  readonly name: string
  slotOf(slot: number): number
  /** For what a name was made of. */
  nameOf(base: string): string
  originOf(origin: Origin): Origin
}

/** A nest that was scheduled, for another of the same pattern: names become unique in the order in which they did. */
export function again({ nest, names, notes }: Scheduled, { name, slotOf, nameOf, originOf }: Changes): Nest {
  const unique = new Names()
  const now = new Map<string, string>()
  for (const [old, base] of names) now.set(old, unique.unused(nameOf(base)))
  const made = new Map<Variable, Variable>()

  const variable = (of: Variable): Variable => {
    const known = made.get(of) ?? { ...of, name: now.get(of.name)! }
    made.set(of, known)
    return known
  }
  const expr = (of: Expr): Expr => {
    switch (of.kind) {
      case 'constant':
        return of
      case 'variable':
        return variable(of)
      case 'load':
        return { ...of, slot: slotOf(of.slot), index: expr(of.index) }
      case 'fetch':
        return { ...of, index: expr(of.index), after: variable(of.after) }
      case 'apply':
      case 'call':
        return { ...of, args: of.args.map(expr) }
      case 'reduce':
        throw new Error('a scheduled nest has no reduce expressions')
    }
  }
  const note = (of: Note | undefined) => (of === undefined ? {} : { note: noteOf(originOf(notes.get(of)!)) })
  const statement = (of: Statement): Statement => {
    switch (of.kind) {
      case 'let':
      case 'var':
        return { ...of, variable: variable(of.variable), value: expr(of.value), ...note(of.note) }
      case 'set':
        return { ...of, variable: variable(of.variable), value: expr(of.value) }
      case 'store':
        return { ...of, slot: slotOf(of.slot), index: expr(of.index), value: expr(of.value) }
      case 'put':
        return { ...of, index: expr(of.index), value: expr(of.value) }
      case 'for':
        return { ...of, index: variable(of.index), body: of.body.map(statement) }
      case 'if':
        return { ...of, condition: expr(of.condition), body: of.body.map(statement) }
      case 'barrier':
        return { ...of, token: variable(of.token) }
      case 'combine':
        return { ...of, variables: of.variables.map(variable) }
    }
  }

  const grid = nest.grid.map(({ index, extent }) => ({ index: variable(index), extent }))
  const group = nest.group && { ...nest.group, thread: variable(nest.group.thread) }
  return { name, grid, body: nest.body.map(statement), ...(group && { group }) }
}
