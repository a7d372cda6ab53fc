import { described } from './error.ts'
import { check, fail } from './trace/trace.ts'

// What JavaScript, or a cast, can give where types ask for something else. Each check throws in the words of the
// author's call.

/** A function, such as a transform takes. */
export function checkFunction(op: string, given: unknown, what = 'a function of tensors'): void {
  if (typeof given !== 'function') throw fail(`type error: ${op}: ${described(given)} is not ${what}`)
}

/** A list. */
export function checkList(op: string, given: unknown, what: string, example: string): void {
  if (!Array.isArray(given)) throw fail(`type error: ${op}: ${described(given)} is not ${what}; write ${example}`)
}

/** A record of an author's: nothing that has a class. */
export const isRecord = (given: unknown): given is object =>
  typeof given === 'object' &&
  given !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(given) as object | null)

/** A size that a layer is made with. */
export const checkSize = (op: string, given: unknown): void =>
  check(
    Number.isSafeInteger(given) && (given as number) >= 0
      ? undefined
      : `type error: ${op}: ${described(given)} is not a size; write a whole number from 0`,
  )
