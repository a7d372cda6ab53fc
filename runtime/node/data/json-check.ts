import { DataError } from '../../data/data-error.ts'

/** Gives a value its type, or throws a Mismatch that says where it has another one. */
export type Check<T> = (value: unknown, path: string) => T

export class Mismatch extends Error {}

/** Throws the Mismatch of a value that is not what it should be. */
export const expected = (what: string, value: unknown, path: string): never => {
  throw new Mismatch(`expected ${path} to be ${what}, found ${shown(value)}`)
}

/**
 * What a file says, as `check` reads it; `place` is said before what is wrong.
 *
 * @throws DataError where it is something else.
 */
export function checked<T>(check: Check<T>, value: unknown, file: string, offset?: number, place = ''): T {
  try {
    return check(value, '')
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    throw new DataError(file, offset, `${place}${error.message}`, { cause: error })
  }
}

/** NaN and the infinities may be texts, as `speakable` writes them, or null, as JSON.stringify does. */
export const number: Check<number> = (value, path) => {
  if (typeof value === 'number') return value
  if (value === null || value === 'NaN') return Number.NaN
  if (value === 'Infinity' || value === '-Infinity') return Number(value)
  return expected('a number', value, path)
}

export const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : expected('a text', value, path)

export const date: Check<string> = (value, path) =>
  typeof value === 'string' && Number.isFinite(Date.parse(value)) ? value : expected('a date', value, path)

/** Numbers that are not exact are none. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? value
      : expected(`a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}`, value, path)

export const oneOf =
  <const T extends string | number>(...names: readonly T[]): Check<T> =>
  (value, path) =>
    names.find((name) => name === value) ?? expected(names.map((name) => `${name}`).join(' or '), value, path)

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : check(value, path)

export const list =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value, path) =>
    Array.isArray(value) ? value.map((item, i) => check(item, `${path}[${i}]`)) : expected('a list', value, path)

/** A list of so many numbers. */
export const numbers =
  <const T extends readonly number[]>(length: T['length']): Check<T> =>
  (value, path) =>
    Array.isArray(value) && value.length === length
      ? (value.map((item, i) => number(item, `${path}[${i}]`)) as readonly number[] as T)
      : expected(`a list of ${length} numbers`, value, path)

/** An object of values of one kind, by any names. */
export const byName =
  <T>(check: Check<T>): Check<{ readonly [name: string]: T }> =>
  (value, path) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, check(item, `${path}.${name}`)]))
      : expected('an object', value, path)

/** An object with these fields. Others are left out. */
export const record =
  <T extends object>(fields: { readonly [K in keyof T]-?: Check<T[K] | undefined> }): Check<T> =>
  (value, path) => {
    if (!isObject(value)) return expected('an object', value, path || 'it')
    const entries = Object.entries(fields) as [string, Check<unknown>][]
    const read = entries.map(([name, check]) => [name, check(value[name], path ? `${path}.${name}` : name)] as const)
    return Object.fromEntries(read.filter(([, found]) => found !== undefined)) as T
  }

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const json = JSON.stringify(value)
  return json.length > 60 ? `${json.slice(0, 57)}...` : json
}
