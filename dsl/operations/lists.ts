import { described } from '../error.ts'
import { check } from '../trace/trace.ts'

/** Throws unless what an author gave is a list. */
export const checkList = (op: string, given: unknown, what: string, example: string): void =>
  check(Array.isArray(given) ? undefined : `type error: ${op}: ${described(given)} is not ${what}; write ${example}`)
