import { DataError } from './data-error.ts'
import { checkMade, checkSize, type Deflated, failed } from './inflate.ts'
import { installed } from './installed.ts'

/** Bytes, and what they are called in errors. */
interface Named {
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
      `expected a gzip file of at least ${start + 8} bytes, found ${bytes.length}${cutOff}`,
    )
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, 8)
  const deflated = {
    bytes: bytes.subarray(start, end),
    offset: start,
    size: trailer.getUint32(4, true),
    crc: trailer.getUint32(0, true),
    // Its size stands at its end.
    reason: cutOff,
  }
  return { bytes: await oneMember(bytes, deflated, file), file: `${file}, inflated` }
}

const cutOff = ': the file is cut off or damaged, get it again'

/** A member of gzip with nothing in it. */
const nothing = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** How much is inflated before it is looked whether that was too much already. */
const piece = 1 << 16

/**
 * What a file of one member has in it. Where that ends is seen by where fflate finds a member that is put behind it.
 */
async function oneMember(bytes: Uint8Array, deflated: Deflated, file: string): Promise<Uint8Array> {
  checkSize(deflated, file)
  const { Gunzip } = await installed('fflate', import('fflate'))
  const made = new Uint8Array(deflated.size)
  let length = 0
  let end = 0
  const gunzip = new Gunzip((some) => {
    if (length + some.length > made.length) failed(deflated, file, 'more')
    made.set(some, length)
    length += some.length
  })
  gunzip.onmember = (next) => {
    if (next < bytes.length) throw new DataError(file, next, 'expected a gzip file of one member, found another')
    end = next
  }
  try {
    for (let at = 0; at < bytes.length; at += piece) gunzip.push(bytes.subarray(at, at + piece))
    gunzip.push(Uint8Array.from(nothing), true)
  } catch (error) {
    if (error instanceof DataError) throw error
    failed(deflated, file, (error as Error).message, error)
  }
  if (end !== bytes.length) failed(deflated, file, 'no end of it')
  checkMade(deflated, file, made.subarray(0, length))
  return made
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
