import type { Expr, Lanes, Scalar, ScalarFunction } from '../../kernel/expr.ts'
import type { Slot } from '../../kernel/kernel.ts'
import { anyInteger, type Range } from '../../kernel/ranges.ts'
import type { FunctionBody, ValueType } from './assembler.ts'

/** What printing an expression needs: where its instructions go, and what its names stand for there. */
export interface Site {
  readonly body: FunctionBody
  readonly scope: Scope
  /** Empty in functions, which load nothing. */
  readonly slots: readonly Slot[]
  /** The local that holds the address of each slot. */
  readonly addresses: readonly number[]
  readonly functions: Functions
  /** The arrays that a workgroup would share. */
  readonly shared: readonly Place[]
  /** Whether a multiply-add is the relaxed instruction. */
  readonly relaxed: boolean
}

/** Where a flat array begins: some bytes after the address in a local. */
export interface Place {
  readonly local: number
  readonly offset: number
  readonly elementBytes: number
}

/** Where scalar functions are found, and how they get into the code. */
export interface Functions {
  named(name: string): ScalarFunction
  /**
   * The index of a WebAssembly function that applies it to `lanes` lanes; undefined where it is to be printed in place.
   */
  index(fn: ScalarFunction, lanes: Lanes): number | undefined
}

export interface Name {
  readonly local: number
  /** A `var`: what it holds may change. */
  readonly changes: boolean
  /** The values of an i32. */
  readonly range: Range
}

/**
 * The names bound in a block of statements, and the calls made there: a second call with the same arguments takes the
 * first one's results.
 */
export class Scope {
  readonly #outer: Scope | undefined
  readonly #names = new Map<string, Name>()
  readonly #calls = new Map<string, readonly number[]>()
  readonly #owned: number[] = []

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  /** Takes a local that is given back when the scope is left. */
  own(body: FunctionBody, type: ValueType): number {
    const local = body.take(type)
    this.#owned.push(local)
    return local
  }

  bind(name: string, local: number, range: Range = anyInteger, changes = false): void {
    this.#names.set(name, { local, changes, range })
  }

  find(name: string): Name {
    const found = this.#names.get(name) ?? this.#outer?.find(name)
    if (!found) throw new Error(`the kernel uses "${name}" where nothing of that name is bound`)
    return found
  }

  call(key: string): readonly number[] | undefined {
    return this.#calls.get(key) ?? this.#outer?.call(key)
  }

  remember(key: string, results: readonly number[]): void {
    this.#calls.set(key, results)
  }

  leave(body: FunctionBody): void {
    for (const local of this.#owned) body.release(local)
  }
}

export const valueType = (dtype: Scalar, lanes: Lanes): ValueType =>
  lanes === 4 ? 'v128' : dtype === 'f32' ? 'f32' : 'i32'

/**
 * A text that two expressions share only if they have the same value; undefined where that may change from one
 * statement to the next.
 */
export function stableKey(site: Site, expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'constant':
      return `${expr.dtype} ${Object.is(expr.value, -0) ? '-0' : expr.value}`
    case 'variable': {
      const { local, changes } = site.scope.find(expr.name)
      return changes ? undefined : `$${local}`
    }
    case 'load': {
      const index = site.slots[expr.slot]?.access === 'read' ? stableKey(site, expr.index) : undefined
      return index === undefined ? undefined : `${expr.slot}[${index}]${expr.lanes}`
    }
    case 'apply':
    case 'call': {
      const args = expr.args.map((arg) => stableKey(site, arg))
      if (args.includes(undefined)) return undefined
      const what = expr.kind === 'apply' ? expr.op : `${expr.name}.${expr.result}`
      return `${what} ${expr.dtype} ${expr.lanes}(${args.join()})`
    }
    case 'fetch':
    case 'reduce':
      return undefined
  }
}
