import { crc32 } from './crc32.ts'
import { DataError } from './data-error.ts'
import { installed } from './installed.ts'

/** A stream of deflate in a file, and what the file says that it makes. */
export interface Deflated {
  readonly bytes: Uint8Array
  /** Where it begins in the file. */
  readonly offset: number
  /** How many bytes it makes. */
  readonly size: number
  /** Their CRC-32; undefined where the file has none. */
  readonly crc: number | undefined
  /** What may be the matter where it is not so. */
  readonly reason?: string
}

/** The most bytes that deflate makes of one: 258 of each pair of one-bit codes. https://zlib.net/zlib_tech.html */
const mostOfOne = 1032

/**
 * What a stream of deflate makes. A size that it cannot have is refused before memory is asked for, and one that it has
 * not afterwards.
 */
export async function inflate(deflated: Deflated, file: string): Promise<Uint8Array> {
  checkSize(deflated, file)
  const { inflateSync } = await installed('fflate', import('fflate'))
  const { bytes, size } = deflated
  // What does not fit is dropped by fflate: one byte more shows whether there was more.
  const room = new Uint8Array(size + 1)
  const made = ((): Uint8Array => {
    try {
      return bytes.length === 0 ? bytes : inflateSync(bytes, { out: room })
    } catch (error) {
      // Where stored bytes do not fit, it is the array that complains.
      return failed(deflated, file, error instanceof RangeError ? 'more' : (error as Error).message, error)
    }
  })()
  checkMade(deflated, file, made)
  return made
}

/** Throws where deflate cannot make so much of so few bytes. */
export function checkSize({ bytes, offset, size, reason = '' }: Deflated, file: string): void {
  const most = bytes.length * mostOfOne
  if (size > most)
    throw new DataError(
      file,
      offset,
      `expected at most ${most} bytes of ${bytes.length} deflated ones, found a size of ${size}${reason}`,
    )
}

/** Throws where what was made is not what the file says. */
export function checkMade(deflated: Deflated, file: string, made: Uint8Array): void {
  const { offset, size, crc } = deflated
  if (made.length !== size) failed(deflated, file, made.length > size ? 'more' : `${made.length}`)
  if (crc !== undefined) checkCrc(made, crc, file, offset)
}

export function checkCrc(bytes: Uint8Array, crc: number, file: string, offset: number): void {
  const found = crc32(bytes)
  if (found !== crc) throw new DataError(file, offset, `expected bytes of CRC-32 ${hex(crc)}, found ${hex(found)}`)
}

export function failed({ offset, size, reason = '' }: Deflated, file: string, found: string, cause?: unknown): never {
  throw new DataError(file, offset, `expected a deflate stream of ${size} bytes, found ${found}${reason}`, { cause })
}

const hex = (crc: number): string => `0x${crc.toString(16).padStart(8, '0')}`
