import { DataError } from './data-error.ts'
import { checkCrc, inflate } from './inflate.ts'

/** A file in a zip archive. */
interface ZipEntry {
  readonly name: string
  /** Deflated, or as they are. */
  readonly deflated: boolean
  readonly bytes: Uint8Array
  /** Where they begin in the archive. */
  readonly offset: number
  readonly size: number
  readonly crc: number
}

const endSignature = 0x06054b50
const locatorSignature = 0x07064b50
const directorySignature = 0x02014b50
const localSignature = 0x04034b50
const longestComment = 0xffff

/**
 * The files of a zip archive, by its directory; nothing is copied yet. It is read here for the sake of errors that say
 * where: what is hard, inflating, is fflate's. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *
 * @throws DataError also for ZIP64 and encrypted archives, and for ones whose files overlap.
 */
export function zipEntries(bytes: Uint8Array, file: string): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOfDirectory(view, file)
  const count = view.getUint16(end + 10, true)
  const length = view.getUint32(end + 12, true)
  const start = view.getUint32(end + 16, true)
  const has64 = end >= 20 && view.getUint32(end - 20, true) === locatorSignature
  if (has64 || count === 0xffff || start === 0xffffffff)
    throw new DataError(file, end, 'expected a zip archive of less than 4 GB, found ZIP64, which is not read here')
  if (start + length > end)
    throw new DataError(
      file,
      end + 12,
      `expected a directory within ${end} bytes, found ${length} from byte ${start} on`,
    )

  const entries = new Map<string, ZipEntry>()
  let at = start
  let free = start
  for (let i = 0; i < count; i++) {
    const { entry, next } = entryAt(bytes, view, file, at, start + length)
    // Every byte is of one file at most, so that all together make no more than deflate makes of the archive.
    free -= entry.bytes.length
    if (free < 0) throw new DataError(file, at, `expected files that do not overlap, found ${entry.name} in others`)
    if (entries.has(entry.name)) throw new DataError(file, at, `expected one file of a name, found ${entry.name} again`)
    entries.set(entry.name, entry)
    at = next
  }
  return [...entries.values()]
}

/** What a file in an archive has in it. */
export async function unzip(entry: ZipEntry, file: string): Promise<Uint8Array> {
  if (entry.deflated) return inflate(entry, file)
  const { bytes, offset, size, crc } = entry
  if (bytes.length !== size) throw new DataError(file, offset, `expected ${size} stored bytes, found ${bytes.length}`)
  checkCrc(bytes, crc, file, offset)
  return bytes
}

function endOfDirectory(view: DataView, file: string): number {
  const last = view.byteLength - 22
  for (let at = last; at >= 0 && at >= last - longestComment; at--)
    if (view.getUint32(at, true) === endSignature && view.getUint16(at + 20, true) === last - at) return at
  throw new DataError(file, view.byteLength, 'expected a zip archive, which ends with its directory, found no such end')
}

function entryAt(bytes: Uint8Array, view: DataView, file: string, at: number, end: number) {
  if (at + 46 > end || view.getUint32(at, true) !== directorySignature)
    throw new DataError(file, at, 'expected an entry of the directory, found none')
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const packed = view.getUint32(at + 20, true)
  const size = view.getUint32(at + 24, true)
  const nameLength = view.getUint16(at + 28, true)
  const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  const local = view.getUint32(at + 42, true)
  if (next > end) throw new DataError(file, at, `expected an entry within the directory, which ends at byte ${end}`)
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
  if (flags & 1) throw new DataError(file, at + 8, `expected files that are not encrypted, found ${name}, which is`)
  if (method !== 0 && method !== 8)
    throw new DataError(file, at + 10, `expected method 0 (stored) or 8 (deflated) of ${name}, found ${method}`)
  if (packed === 0xffffffff || size === 0xffffffff || local === 0xffffffff)
    throw new DataError(
      file,
      at + 20,
      `expected a file of less than 4 GB, found ${name} of ZIP64, which is not read here`,
    )
  if (local + 30 > bytes.length || view.getUint32(local, true) !== localSignature)
    throw new DataError(file, at + 42, `expected where ${name} begins, found byte ${local}, where no file does`)
  const offset = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (offset + packed > bytes.length)
    throw new DataError(
      file,
      at + 20,
      `expected at most ${Math.max(0, bytes.length - offset)} bytes of ${name}, found a size of ${packed}`,
    )
  const crc = view.getUint32(at + 16, true)
  const entry = { name, deflated: method === 8, bytes: bytes.subarray(offset, offset + packed), offset, size, crc }
  return { entry, next }
}
