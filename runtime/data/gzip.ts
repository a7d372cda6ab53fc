import { DataError } from './data-error.ts'
import { inflate } from './inflate.ts'

/** Bytes, and what they are called in errors. */
export interface Named {
  readonly bytes: Uint8Array
  readonly file: string
}

/** What a gzip file has in it, and any other file as it is. https://www.rfc-editor.org/rfc/rfc1952 */
export async function gunzipped(bytes: Uint8Array, file: string): Promise<Named> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { bytes, file }
  const start = endOfHeader(bytes, file)
  const end = bytes.length - 8
  if (start > end)
    throw new DataError(
      file,
      bytes.length,
      `expected a gzip file of at least ${start + 8} bytes, found ${bytes.length}`,
    )
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, 8)
  const deflated = {
    bytes: bytes.subarray(start, end),
    offset: start,
    size: trailer.getUint32(4, true),
    crc: trailer.getUint32(0, true),
  }
  // A file of several members is refused by its size: what its trailer says is that of the last alone.
  return { bytes: await inflate(deflated, file), file: `${file}, inflated` }
}

const hasChecksum = 2
const hasExtra = 4
const hasName = 8
const hasComment = 16
const reserved = 0xe0

/** Where the header ends; beyond the file where it is cut off. */
function endOfHeader(bytes: Uint8Array, file: string): number {
  const [, , method = 8, flags = 0] = bytes
  if (method !== 8) throw new DataError(file, 2, `expected gzip's method 8, deflate, found ${method}`)
  if (flags & reserved) throw new DataError(file, 3, `expected gzip flags below 32, found ${flags}`)
  let at = 10
  if (flags & hasExtra) at += 2 + ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
  for (const flag of [hasName, hasComment])
    if (flags & flag) {
      const zero = bytes.indexOf(0, at)
      at = zero < 0 ? bytes.length : zero + 1
    }
  return flags & hasChecksum ? at + 2 : at
}
