import { fail } from '../../dsl/trace/trace.ts'

/** That an option is a number of things, of which there is at least one. */
export function checkCount(what: string, name: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count > 0))
    throw fail(`type error: ${what}: ${name} is ${count}, needs a whole number above 0`)
}
