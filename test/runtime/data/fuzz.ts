import fc from 'fast-check'
import { expect } from 'vitest'
import { DataError } from '../../../runtime/data/data-error.ts'
import type { HostTensor } from '../../../runtime/data/host-tensor.ts'
import { sizeOf } from '../../../runtime/data/host-tensor.ts'
import { asyncProperty } from '../../fc.ts'
import { times } from '../../full.ts'

/** 10,000 inputs in `npm run test:full`. */
export const runs: number = 500 * times

type Edit = (bytes: readonly number[]) => readonly number[]

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const at = (bytes: readonly number[], where: number): number => Math.floor(where * bytes.length)
const extremes = [0, 1, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]

/** What happens to files: bits that flip, ends that are missing, sizes that are not true. */
const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
    ([where, bits]): Edit =>
      (bytes) =>
        bytes.map((byte, i) => (i === at(bytes, where) ? byte ^ bits : byte)),
  ),
  fc.tuple(place, fc.constantFrom(...extremes), fc.boolean()).map(
    ([where, size, little]): Edit =>
      (bytes) => {
        const made = Uint8Array.from(bytes)
        const start = Math.min(at(bytes, where), bytes.length - 4)
        if (start >= 0) new DataView(made.buffer).setUint32(start, size, little)
        return [...made]
      },
  ),
  place.map(
    (where): Edit =>
      (bytes) =>
        bytes.slice(0, at(bytes, where)),
  ),
  fc.tuple(place, place).map(
    ([from, to]): Edit =>
      (bytes) => [...bytes.slice(0, at(bytes, Math.min(from, to))), ...bytes.slice(at(bytes, Math.max(from, to)))],
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 16 })).map(
    ([where, more]): Edit =>
      (bytes) => [...bytes.slice(0, at(bytes, where)), ...more, ...bytes.slice(at(bytes, where))],
  ),
)

/** Bytes at random, with and without a file's beginning; and files with a few edits. */
export const malformed = (files: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(files, fc.nat({ max: 64 }), fc.uint8Array({ maxLength: 300 }))
        .map(([file, length, rest]) => Uint8Array.from([...file.subarray(0, length), ...rest])),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(files, fc.array(edits, { minLength: 1, maxLength: 4 }))
        .map(([file, some]) =>
          Uint8Array.from(some.reduce((bytes, edit) => edit(bytes), [...file] as readonly number[])),
        ),
    },
  )

/** How much memory for arrays a file may ask for, in bytes: so much for each of its own, and a little. */
export interface Limit {
  readonly perByte: number
}
const little = 1 << 20

/**
 * Whatever the bytes are, a parser gives something whole or a DataError, and takes no more memory than the file is
 * worth.
 */
export async function survives<T>(
  bytes: Uint8Array,
  { perByte }: Limit,
  parse: (bytes: Uint8Array) => Promise<T>,
  check: (parsed: T) => void | Promise<void>,
): Promise<void> {
  const before = process.memoryUsage().arrayBuffers
  try {
    await check(await parse(bytes))
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    expect(error.message).toMatch(/^file.*: /s)
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(perByte * bytes.length + little)
}

/** The law of `survives` for `runs` malformed files. */
export const fuzz = <T>(
  files: fc.Arbitrary<Uint8Array>,
  limit: Limit,
  parse: (bytes: Uint8Array) => Promise<T>,
  check: (parsed: T) => void | Promise<void>,
): Promise<void> =>
  fc.assert(
    asyncProperty(malformed(files), (bytes) => survives(bytes, limit, parse, check)),
    { numRuns: runs },
  )

export const isWhole = ({ shape, data }: HostTensor): void => {
  expect(data.length).toBe(sizeOf(shape))
}

/** What a parser says is wrong. */
export async function problemOf(parsed: Promise<unknown>): Promise<string> {
  try {
    await parsed
  } catch (error) {
    if (error instanceof DataError) return error.message
    throw error
  }
  throw new Error('nothing was wrong')
}
