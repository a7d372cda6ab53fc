import { described } from './error.ts'
import { checkList, isRecord } from './given.ts'
import { check, fail } from './trace/trace.ts'

// What options must be. Each throws, in the words of the author's call, where an option is something else.

const wants = (right: boolean, of: string, name: string, given: unknown, needs: string): void =>
  check(right ? undefined : `type error: ${of}: ${name} is ${described(given)}, needs ${needs}`)

/** The options of a call as they are: a record of nothing but `names`, which are all that T has. */
export function optionsOf<T, const N extends readonly (keyof T & string)[]>(
  of: string,
  given: T,
  names: N & Whole<T, N>,
  example?: string,
): T {
  if (!isRecord(given))
    throw fail(
      `type error: ${of}: ${described(given)} is not a record of options${example === undefined ? '' : `; write ${example}`}`,
    )
  const known: readonly string[] = names
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw fail(`type error: ${of}: there is no option ${described(unknown)}; there is ${known.join(', ')}`)
  return given
}
/** That nothing of T is missing from the names. */
export type Whole<T, N extends readonly unknown[]> = [Exclude<keyof T, N[number]>] extends [never]
  ? unknown
  : readonly Exclude<keyof T, N[number]>[]

/** An option that is one thing or another. */
export const checkFlag = (of: string, name: string, given: unknown): void =>
  wants(typeof given === 'boolean', of, name, given, 'true or false')

/** How much of a running mean stays at each step. */
export const checkDecay = (of: string, name: string, given: number): void =>
  wants(typeof given === 'number' && given >= 0 && given < 1, of, name, given, 'a number from 0 to below 1')

export const checkFinite = (of: string, name: string, given: number): void =>
  wants(Number.isFinite(given), of, name, given, 'a number')

export const checkNotNegative = (of: string, name: string, given: number): void =>
  wants(Number.isFinite(given) && given >= 0, of, name, given, 'a number of at least 0')

export const checkPositive = (of: string, name: string, given: number): void =>
  wants(Number.isFinite(given) && given > 0, of, name, given, 'a number above 0')

/** How many things there are. */
export const checkCount = (of: string, name: string, given: number, least = 1): void =>
  wants(Number.isSafeInteger(given) && given >= least, of, name, given, `a whole number of at least ${least}`)

/** A number of steps, which programs count in i32. */
export const checkSteps = (of: string, name: string, given: number, least = 1): void => {
  wants(!(given >= 2 ** 31), of, name, given, 'a whole number below 2 ** 31')
  checkCount(of, name, given, least)
}

/** Steps at which something changes. */
export const checkBoundaries = (of: string, boundaries: readonly number[], parts: number, named: string): void => {
  checkList(of, boundaries, 'a list of boundaries', '[100, 200]')
  check(
    boundaries.length === parts - 1
      ? undefined
      : `type error: ${of}: ${boundaries.length} boundaries for ${parts} ${named}; needs one between each two`,
  )
  for (const [i, at] of boundaries.entries())
    checkSteps(of, `boundaries[${i}]`, at, i === 0 ? 1 : boundaries[i - 1]! + 1)
}
