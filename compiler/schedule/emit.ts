import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import type { Note, Statement } from '../kernel/kernel.ts'
import { type Origin, partsOf, type Scalars } from '../kernel/scalars.ts'
import { Names, stem } from './names.ts'
import { noteOf } from './note.ts'
import { splat } from './widen.ts'

/** What is computed at one point of the loops: several stores, whose values share what they can. */
export interface PointStore {
  readonly tensor: number
  readonly index: Expr
  readonly value: Expr
}

/** A loop around the points, in order: a statement of the nest's body. */
export interface SerialLoop {
  readonly index: Variable
  readonly to: number
  readonly step: number
}

/** A statement whose expressions still share their parts, in tensors, and may hold a `Reduce`. */
export type Draft =
  /** Every value is computed before anything is stored: a store may overwrite what another value is computed from. */
  | { readonly kind: 'stores'; readonly stores: readonly PointStore[]; readonly where?: Expr }
  | { readonly kind: 'for'; readonly loop: SerialLoop; readonly body: readonly Draft[] }
  /** What changes in the innermost loop around it is computed only where the condition holds. */
  | { readonly kind: 'if'; readonly condition: Expr; readonly body: readonly Draft[] }
  | { readonly kind: 'var'; readonly variable: Variable; readonly value: Expr; readonly origin?: Origin }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: Expr }
  /** variable = op(...args, variable). */
  | {
      readonly kind: 'fold'
      readonly variable: Variable
      readonly op: 'add' | 'mul' | 'max' | 'fma'
      readonly args: readonly Expr[]
    }
  | Puts
  | Extract<Statement, { kind: 'barrier' | 'combine' }>

export interface Puts {
  readonly kind: 'puts'
  readonly puts: readonly Put[]
  readonly where?: Expr
}

export interface Put {
  readonly shared: number
  readonly index: Expr
  readonly value: Expr
}

/** Stores inside loops. */
export const inLoops = (loops: readonly SerialLoop[], stores: readonly PointStore[]): readonly Draft[] =>
  loops.reduceRight<readonly Draft[]>((body, loop) => [{ kind: 'for', loop, body }], [{ kind: 'stores', stores }])

/** Statements, and what their names and notes were made of. */
export interface Emitted {
  readonly grid: readonly Variable[]
  readonly body: readonly Statement[]
  /** What each name was before it was made unique, in the order in which they were taken. */
  readonly names: ReadonlyMap<string, string>
  readonly notes: ReadonlyMap<Note, Origin>
}

/**
 * Makes statements of what is computed inside a grid with these indices, and by a thread of this number. `slotOf`
 * numbers the tensors for the kernel.
 */
export function emit(
  s: Scalars,
  slotOf: (tensor: number) => number,
  grid: readonly Variable[],
  drafts: readonly Draft[],
): Emitted {
  return new Emitter(s, slotOf, drafts).emit(grid, drafts)
}

/** The statements under one loop or condition, and the expressions that have names there. */
interface Scope {
  readonly bound: Set<Variable>
  readonly statements: Statement[]
  readonly names: Map<Expr, Expr>
  readonly conditional?: boolean
}

/**
 * Puts every expression where its variables are first known: a part that does not change in a loop comes to stand
 * before it. Shared parts and the author's own operations get names.
 */
class Emitter {
  readonly #s: Scalars
  readonly #slotOf: (tensor: number) => number
  readonly #uses = new Map<Expr, number>()
  readonly #reductions = new Map<string, Reduce[]>()
  readonly #renamed = new Map<Variable, Variable>()
  readonly #unique = new Names()
  readonly #names = new Map<string, string>()
  readonly #notes = new Map<Note, Origin>()
  #scopes: Scope[] = []

  constructor(s: Scalars, slotOf: (tensor: number) => number, drafts: readonly Draft[]) {
    this.#s = s
    this.#slotOf = slotOf
    for (const root of rootsOf(drafts)) this.#count(root)
  }

  emit(grid: readonly Variable[], drafts: readonly Draft[]): Emitted {
    const indices = grid.map((index) => this.#variable(index))
    const outermost: Scope = { bound: new Set(grid), statements: [], names: new Map() }
    this.#scopes = [outermost]
    for (const draft of drafts) this.#draft(draft)
    return { grid: indices, body: outermost.statements, names: this.#names, notes: this.#notes }
  }

  #draft(draft: Draft): void {
    switch (draft.kind) {
      case 'stores': {
        const stores = draft.stores.map(({ tensor, index, value }): Statement => {
          const named = this.#named(value, 'value')
          return { kind: 'store', slot: this.#slotOf(tensor), index: this.#tree(index), value: named }
        })
        this.#where(draft.where, stores)
        return
      }
      case 'puts': {
        const puts = draft.puts.map(({ shared, index, value }): Statement => {
          const named = this.#named(value, 'value')
          return { kind: 'put', shared, index: this.#place(index), value: named }
        })
        this.#where(draft.where, puts)
        return
      }
      case 'for':
        this.#inLoops([draft.loop], () => {
          for (const inner of draft.body) this.#draft(inner)
        })
        return
      case 'if': {
        const condition = this.#tree(draft.condition)
        const scope: Scope = { bound: new Set(), statements: [], names: new Map(), conditional: true }
        this.#scopes.push(scope)
        for (const inner of draft.body) this.#draft(inner)
        this.#scopes.pop()
        this.#here().statements.push({ kind: 'if', condition, body: scope.statements })
        return
      }
      case 'var': {
        const value = this.#tree(draft.value)
        const variable = this.#variable(draft.variable)
        this.#here().bound.add(draft.variable)
        this.#here().statements.push({ kind: 'var', variable, value, ...this.#note(draft.origin) })
        return
      }
      case 'set': {
        const value = this.#tree(draft.value)
        this.#here().statements.push({ kind: 'set', variable: this.#variable(draft.variable), value })
        return
      }
      case 'fold': {
        const { op, args } = draft
        const variable = this.#variable(draft.variable)
        const { dtype, lanes } = variable
        const operands = [...args.map((arg) => this.#tree(arg)), variable]
        const value: Expr = { kind: 'apply', op, dtype, lanes, args: operands }
        this.#here().statements.push({ kind: 'set', variable, value })
        return
      }
      case 'barrier':
        this.#here().bound.add(draft.token)
        this.#here().statements.push({ ...draft, token: this.#variable(draft.token) })
        return
      case 'combine':
        // What depends on the result waits for it.
        for (const variable of draft.variables) this.#here().bound.add(variable)
        this.#here().statements.push({ ...draft, variables: draft.variables.map((each) => this.#variable(each)) })
    }
  }

  /** Statements, where a condition holds. */
  #where(condition: Expr | undefined, statements: readonly Statement[]): void {
    const always = condition?.kind === 'constant' && condition.value !== 0
    if (condition === undefined || always) this.#here().statements.push(...statements)
    else this.#here().statements.push({ kind: 'if', condition: this.#tree(condition), body: statements })
  }

  /** The expression as a name of its own. */
  #named(expr: Expr, name: string): Expr {
    return this.#name(this.#tree(expr), this.#s.origins.get(expr)?.name ?? name, this.#level(expr), expr)
  }

  /** Counts the operations that use an expression, and lists the reductions by what they run over. */
  #count(given: Expr): void {
    const expr = this.#kept(given)
    const uses = this.#uses.get(expr) ?? 0
    this.#uses.set(expr, uses + 1)
    if (uses > 0) return
    if (expr.kind === 'reduce') {
      const key = keyOf(expr)
      const alike = this.#reductions.get(key)
      if (alike) alike.push(expr)
      else this.#reductions.set(key, [expr])
    }
    for (const part of partsOf(expr)) this.#count(part)
  }

  /** An index that is to be kept within some others, as it is where it is not. */
  #kept(expr: Expr): Expr {
    if (expr.kind !== 'apply' || expr.op !== 'within') return expr
    const [x, last] = expr.args as [Expr, Expr]
    const zero = this.#s.index(0)
    if (x.lanes === 4) return this.#s.apply('min', [this.#s.apply('max', [x, splat(this.#s, zero)]), last])
    const [low, high] = this.#s.range(x)
    const above = low < 0 ? this.#s.apply('max', [x, zero]) : x
    return high > this.#s.range(last)[1] ? this.#s.apply('min', [above, last]) : above
  }

  #inLoops(loops: readonly SerialLoop[], body: () => void): void {
    const [loop, ...inner] = loops
    if (!loop) {
      body()
      return
    }
    const scope: Scope = { bound: new Set([loop.index]), statements: [], names: new Map() }
    const index = this.#rename(loop.index)
    this.#scopes.push(scope)
    this.#inLoops(inner, body)
    this.#scopes.pop()
    this.#here().statements.push({ kind: 'for', index, from: 0, to: loop.to, step: loop.step, body: scope.statements })
  }

  /** The expression as it is to be written at this place: a tree whose shared parts are names. */
  #tree(given: Expr): Expr {
    const expr = this.#kept(given)
    if (expr.kind === 'constant') return expr
    if (expr.kind === 'variable') return this.#variable(expr)
    for (const { names } of this.#scopes) {
      const name = names.get(expr)
      if (name) return name
    }
    if (expr.kind === 'reduce') return this.#reduce(expr)
    const level = this.#level(expr)
    const tree = this.#parts(expr)
    const origin = this.#s.origins.get(expr)
    const hoisted = level < this.#scopes.length - 1
    if (!origin && this.#uses.get(expr)! < 2 && !hoisted) return tree
    return this.#name(tree, origin?.name ?? nameFor(expr), level, expr)
  }

  /** An index into an array of the workgroup, with the constant in sight that is added last: it costs nothing there. */
  #place(index: Expr): Expr {
    if (index.kind !== 'apply' || index.op !== 'add' || index.args[1]!.kind !== 'constant') return this.#tree(index)
    const { kind, dtype, lanes, op, args } = index
    return { kind, dtype, lanes, op, args: [this.#tree(args[0]!), args[1]!] }
  }

  #parts(expr: Expr): Expr {
    switch (expr.kind) {
      case 'load': {
        const { kind, dtype, lanes, slot, index } = expr
        return { kind, dtype, lanes, slot: this.#slotOf(slot), index: this.#tree(index) }
      }
      case 'fetch': {
        const { kind, dtype, lanes, shared, index, after } = expr
        return { kind, dtype, lanes, shared, index: this.#place(index), after: this.#variable(after) }
      }
      case 'apply': {
        const { kind, dtype, lanes, op, args } = expr
        return { kind, dtype, lanes, op, args: args.map((arg) => this.#tree(arg)) }
      }
      case 'call': {
        const { kind, dtype, lanes, name, args, result } = expr
        return { kind, dtype, lanes, name, args: args.map((arg) => this.#tree(arg)), result }
      }
      default:
        return expr
    }
  }

  /** All reductions over the same indices run in one loop, each with its accumulator. */
  #reduce(expr: Reduce): Expr {
    const level = this.#level(expr)
    const members = this.#reductions
      .get(keyOf(expr))!
      .filter((other) => this.#level(other) === level && this.#isBound(other))
    const outer = this.#scopes
    this.#scopes = outer.slice(0, level + 1)
    const accumulators = members.map((member) => {
      const origin = this.#s.origins.get(member)
      const { op, dtype, lanes } = member
      const start = this.#s.constant(op === 'add' ? 0 : lowest(dtype), dtype)
      const variable = this.#fresh(origin?.name ?? 'sum', dtype, lanes)
      const value = lanes === 4 ? splat(this.#s, start) : start
      this.#here().statements.push({ kind: 'var', variable, value, ...this.#note(origin) })
      return variable
    })
    this.#inLoops(
      expr.over.map((index) => ({ index, to: index.extent!, step: 1 })),
      () => {
        for (const [i, member] of members.entries()) {
          const value = this.#accumulate(member, accumulators[i]!)
          this.#here().statements.push({ kind: 'set', variable: accumulators[i]!, value })
        }
      },
    )
    for (const [i, member] of members.entries()) this.#here().names.set(member, accumulators[i]!)
    this.#scopes = outer
    return accumulators[members.indexOf(expr)]!
  }

  #accumulate({ op, body, dtype, lanes }: Reduce, sum: Variable): Expr {
    const product = body.kind === 'apply' && body.op === 'mul' && dtype === 'f32' && this.#uses.get(body) === 1
    if (op === 'add' && product) {
      const args = [...body.args.map((arg) => this.#tree(arg)), sum]
      return { kind: 'apply', op: 'fma', dtype, lanes, args }
    }
    return { kind: 'apply', op, dtype, lanes, args: [sum, this.#tree(body)] }
  }

  /** Binds a name to a tree at a level, unless the tree is one already. */
  #name(tree: Expr, name: string, level: number, expr: Expr): Expr {
    if (tree.kind === 'variable' || tree.kind === 'constant') return tree
    const variable = this.#fresh(name, expr.dtype, expr.lanes)
    const scope = this.#scopes[level]!
    scope.statements.push({ kind: 'let', variable, value: tree, ...this.#note(this.#s.origins.get(expr)) })
    scope.names.set(expr, variable)
    return variable
  }

  /** The number of the innermost scope that binds a variable of the expression, or of a condition right inside it. */
  #level(expr: Expr): number {
    const free = this.#s.free(expr)
    for (let level = this.#scopes.length - 1; level > 0; level--)
      for (const variable of this.#scopes[level]!.bound)
        if (free.has(variable)) return this.#scopes[level + 1]?.conditional ? level + 1 : level
    return 0
  }

  /** Whether all that an expression depends on is known here; a sum may also stand in a loop that is not open now. */
  #isBound(expr: Expr): boolean {
    for (const variable of this.#s.free(expr)) if (!this.#scopes.some(({ bound }) => bound.has(variable))) return false
    return true
  }

  #here = (): Scope => this.#scopes.at(-1)!

  #variable(variable: Variable): Variable {
    return this.#renamed.get(variable) ?? this.#rename(variable)
  }

  /** A name of its own for an index: each loop has one, also where two run over the same index. */
  #rename(variable: Variable): Variable {
    const { kind, dtype, lanes, extent } = variable
    const name = this.#unused(stem(variable.name))
    const renamed = { kind, dtype, lanes, name, ...(extent !== undefined && { extent }) }
    this.#renamed.set(variable, renamed)
    return renamed
  }

  #fresh = (name: string, dtype: Variable['dtype'], lanes: Variable['lanes']): Variable => ({
    kind: 'variable',
    dtype,
    lanes,
    name: this.#unused(name),
  })

  #unused(name: string): string {
    const unused = this.#unique.unused(name)
    this.#names.set(unused, name)
    return unused
  }

  #note(origin: Origin | undefined): { readonly note?: Note } {
    if (!origin?.source) return {}
    const note = noteOf(origin)
    this.#notes.set(note, origin)
    return { note }
  }
}

/** All expressions of some statements. */
const rootsOf = (drafts: readonly Draft[]): readonly Expr[] => drafts.flatMap(rootsIn)

function rootsIn(draft: Draft): readonly Expr[] {
  switch (draft.kind) {
    case 'stores':
    case 'puts': {
      const parts = draft.kind === 'stores' ? draft.stores : draft.puts
      return [...parts.flatMap(({ index, value }) => [index, value]), ...(draft.where ? [draft.where] : [])]
    }
    case 'for':
      return rootsOf(draft.body)
    case 'if':
      return [draft.condition, ...rootsOf(draft.body)]
    case 'var':
    case 'set':
      return [draft.value]
    case 'fold':
      return draft.args
    case 'barrier':
    case 'combine':
      return []
  }
}

const keyOf = (expr: Reduce): string => expr.over.map((index) => index.name).join()

const nameFor = (expr: Expr): string =>
  expr.kind === 'load' || expr.kind === 'fetch'
    ? 'x'
    : expr.kind === 'call'
      ? expr.name
      : expr.dtype === 'i32'
        ? 'at'
        : 'part'

const lowest = (dtype: Expr['dtype']): number => (dtype === 'f32' ? -Infinity : dtype === 'i32' ? -(2 ** 31) : 0)
