import type { Cursor } from './cursor.ts'
import type { Kind } from './expression.ts'

/** What is being read. */
export interface Reading {
  readonly cursor: Cursor
  /** What the function calls itself, if it does. */
  readonly self: string | undefined
  /** How many parameters and constants there are up to here. */
  locals: number
}

/** The names that a block declares, with those around it. */
export interface Scope {
  readonly names: Map<string, { readonly index: number; readonly gives: Kind }>
  readonly outer: Scope | undefined
}

export const scopeIn = (outer?: Scope): Scope => ({ names: new Map(), outer })

/** Declares a name, and gives its number. */
export function declare(reading: Reading, scope: Scope, name: string, gives: Kind): number {
  const index = reading.locals++
  scope.names.set(name, { index, gives })
  return index
}

export const localIn = (scope: Scope | undefined, name: string): { index: number; gives: Kind } | undefined =>
  scope && (scope.names.get(name) ?? localIn(scope.outer, name))
