import type { AnyProgram } from '../dsl/index.ts'

/** Programs that were made for a thing, by their names. */
export type Programs = WeakMap<object, Map<string, AnyProgram>>

/** The program of that name, made when it is first asked for: `compile` compiles a program once. */
export function once(programs: Programs, of: object, name: string, make: () => AnyProgram): AnyProgram {
  const named = programs.get(of) ?? new Map<string, AnyProgram>()
  programs.set(of, named)
  const known = named.get(name) ?? make()
  named.set(name, known)
  return known
}
