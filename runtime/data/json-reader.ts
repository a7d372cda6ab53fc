import { DataError } from './data-error.ts'

/**
 * Reads JSON of a known shape from bytes, and says at which byte it is something else. Unlike `JSON.parse` it takes no
 * name twice, and makes nothing that it was not asked for: what a file can make it allocate is about what the file has.
 */
export interface JsonReader {
  /** An object: `member` reads the value of each name, which stands at the byte `at`. */
  object(member: (name: string, at: number) => void): void
  array(item: () => void): void
  string(): string
  /** A number of digits only, below 2^53. */
  whole(): number
  /** Nothing but white space is left. */
  end(): void
}

/** Of the bytes of a file from `start` to `end`, which errors call `part`. */
export function jsonReader(bytes: Uint8Array, file: string, start: number, end: number, part: string): JsonReader {
  let at = start

  const fail = (where: number, expected: string, found = foundAt(where), cause?: unknown): never => {
    throw new DataError(file, where, `expected ${expected}, found ${found}`, { cause })
  }
  const foundAt = (where: number): string => {
    if (where >= end) return `the end of ${part}`
    const byte = bytes[where]!
    return byte > 32 && byte < 127 ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, '0')}`
  }
  const next = (): string | undefined => {
    while (at < end && white.has(bytes[at]!)) at++
    return at < end ? String.fromCharCode(bytes[at]!) : undefined
  }
  const take = (letter: string, expected = `'${letter}'`): void => {
    if (next() !== letter) fail(at, expected)
    at++
  }

  /** What stands between brackets, with commas. */
  const list = (open: string, close: string, expected: string, item: () => void): void => {
    take(open, expected)
    if (next() !== close)
      for (;;) {
        item()
        if (next() !== ',') break
        at++
      }
    take(close, `',' or '${close}'`)
  }

  const string = (): string => {
    take('"', 'a string')
    const opening = at - 1
    for (; at >= end || bytes[at] !== quote; at += bytes[at] === backslash ? 2 : 1)
      if (at >= end || bytes[at]! < 32) fail(Math.min(at, end), "'\"' after a string")
    at++
    return characters(opening, bytes.subarray(opening, at))
  }
  const characters = (opening: number, quoted: Uint8Array): string => {
    const text = ((): string => {
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(quoted)
      } catch (error) {
        return fail(opening, 'a string in UTF-8', 'other bytes in it', error)
      }
    })()
    const value = ((): string => {
      try {
        return JSON.parse(text)
      } catch (error) {
        return fail(opening, 'a string as JSON has it', shown(text), error)
      }
    })()
    if (halfOfPair.test(value)) fail(opening, 'a string of Unicode', shown(value))
    return value
  }

  const whole = (): number => {
    next()
    const first = at
    while (at < end && bytes[at]! >= zero && bytes[at]! <= zero + 9) at++
    if (at === first) fail(at, 'a whole number')
    const digits = String.fromCharCode(...bytes.subarray(first, Math.min(at, first + 20)))
    if (digits.length > 1 && digits.startsWith('0')) fail(first, 'a whole number', digits)
    if (at - first > 16 || !Number.isSafeInteger(Number(digits))) fail(first, 'a whole number below 2^53', digits)
    return Number(digits)
  }

  return {
    object(member) {
      const names = new Set<string>()
      list('{', '}', 'an object', () => {
        next()
        const nameAt = at
        const name = string()
        if (names.has(name)) fail(nameAt, 'each name once', `${shown(name)} again`)
        names.add(name)
        take(':')
        member(name, nameAt)
      })
    },
    array: (item) => list('[', ']', 'an array', item),
    string,
    whole,
    end() {
      if (next() !== undefined) fail(at, `the end of ${part}`)
    },
  }
}

const white: ReadonlySet<number> = new Set([32, 9, 10, 13])
const quote = 34
const backslash = 92
const zero = 48

/** What a string of UTF-16 can hold and Unicode has not. */
export const halfOfPair: RegExp = /\p{Surrogate}/u

/** A string of a file in a message, in quotes, with what a terminal would act on escaped. */
export const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
