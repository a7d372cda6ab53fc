import type { Definition } from '../call-program.ts'
import { checkFunction } from '../given.ts'
import { isProgram, programOf } from '../program.ts'
import { type Callable, fnOf } from './function.ts'

/** What a transform makes of a function: a program where it is one, else a function of the same arguments. */
export function transformed(op: string, f: unknown, call: (f: Callable, args: readonly unknown[]) => unknown): unknown {
  checkFunction(op, f)
  if (!isProgram(f)) return fnOf(f, (args) => call(f as Callable, args))
  const of = f['~definition']
  const definition: Definition = {
    ...of,
    name: () => `${op} of ${of.name()}`,
    body: (inputs: unknown) => call(of.body as Callable, [inputs]),
    threadsState: false,
  }
  return programOf(definition)
}
