import { crc32 } from './crc32.ts'
import { DataError } from './data-error.ts'

/** What a PNG file says of its image before the pixels come. */
export interface PngHeader {
  readonly width: number
  readonly height: number
  /** Bits of a sample. */
  readonly depth: number
  readonly colour: 'grey' | 'rgb' | 'palette' | 'grey-alpha' | 'rgb-alpha'
  /** How many samples a pixel has in the file; with a palette, one. */
  readonly samples: number
  /** How many channels it has as a tensor. */
  readonly channels: number
  readonly interlaced: boolean
}

/** The chunks that say what the pixels are. */
export interface PngParts {
  readonly header: PngHeader
  /** The 13 bytes of the header. */
  readonly critical: Uint8Array
  /** Red, green and blue of each colour; empty where there is no palette. */
  readonly palette: Uint8Array
  /** Of the first colours of the palette; the others are opaque. */
  readonly alphas: Uint8Array
  /** The samples of the colour that stands for transparent pixels. */
  readonly key: readonly number[] | undefined
  /** The deflated pixels, and where the first of them are. */
  readonly data: { readonly bytes: Uint8Array; readonly offset: number }
}

interface Chunk {
  readonly type: string
  readonly bytes: Uint8Array
  /** Where these begin. */
  readonly offset: number
}

const signature = [137, 80, 78, 71, 13, 10, 26, 10]

/**
 * The parts of a PNG file, with all their checksums compared. What does not say what the pixels are is left out.
 * https://www.w3.org/TR/png-3/#5DataRep
 *
 * @throws DataError where a chunk is not whole, out of place, or critical and unknown.
 */
export function pngParts(bytes: Uint8Array, file: string): PngParts {
  const header = pngHeader(bytes, file)
  const chunks = chunksOf(bytes, file)
  const data = chunks.filter(({ type }) => type === 'IDAT')
  const before = chunks.slice(0, chunks.indexOf(data[0]!))
  const palette = before.find(({ type }) => type === 'PLTE')
  if (header.colour === 'palette' && !palette)
    throw new DataError(file, data[0]!.offset, 'expected a palette, PLTE, before the pixels, found none')
  const colours = header.colour === 'palette' ? coloursOf(palette!, header.depth, file) : new Uint8Array(0)
  const transparent = before.find(({ type }) => type === 'tRNS')
  return {
    header: transparent ? { ...header, channels: header.channels + 1 } : header,
    critical: chunks[0]!.bytes,
    palette: colours,
    ...(transparent ? transparencyOf(transparent, header, colours.length / 3, file) : opaque),
    data: zlibBody(data, file),
  }
}

/**
 * What the first 33 bytes of a PNG file say of its image; whether it has a channel for transparency beside the colours
 * comes later in the file.
 */
export function pngHeader(bytes: Uint8Array, file: string): PngHeader {
  if (!signature.every((byte, i) => bytes[i] === byte))
    throw new DataError(file, 0, 'expected a PNG file, which begins with 89 50 4e 47 0d 0a 1a 0a')
  const { type, bytes: fields, offset } = chunkAt(bytes, 8, file)
  if (type !== 'IHDR') throw new DataError(file, 12, `expected the header, IHDR, found ${type}`)
  if (fields.length !== 13) throw new DataError(file, 8, `expected a header of 13 bytes, found ${fields.length}`)
  const view = new DataView(fields.buffer, fields.byteOffset, fields.byteLength)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, code, compression, filter, interlace] = fields.subarray(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (width === 0 || height === 0) throw new DataError(file, offset, `expected pixels, found ${width} x ${height}`)
  const kind = colours[code]
  if (!kind?.depths.includes(depth))
    throw new DataError(file, offset + 8, `expected a colour type with its bits, found type ${code} of ${depth} bits`)
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw new DataError(
      file,
      offset + 10,
      `expected compression 0, filter 0 and interlacing 0 or 1, found ${compression}, ${filter} and ${interlace}`,
    )
  const { colour, samples } = kind
  return {
    width,
    height,
    depth,
    colour,
    samples,
    channels: colour === 'palette' ? 3 : samples,
    interlaced: interlace === 1,
  }
}

const colours: {
  readonly [code: number]: Pick<PngHeader, 'colour' | 'samples'> & { readonly depths: readonly number[] }
} = {
  0: { colour: 'grey', samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { colour: 'rgb', samples: 3, depths: [8, 16] },
  3: { colour: 'palette', samples: 1, depths: [1, 2, 4, 8] },
  4: { colour: 'grey-alpha', samples: 2, depths: [8, 16] },
  6: { colour: 'rgb-alpha', samples: 4, depths: [8, 16] },
}

function chunksOf(bytes: Uint8Array, file: string): readonly Chunk[] {
  const found: Chunk[] = []
  let at = 8
  for (;;) {
    if (at === bytes.length) throw new DataError(file, at, "expected PNG's last chunk, IEND, found the end of the file")
    const chunk = chunkAt(bytes, at, file)
    const { type } = chunk
    if (!/^[a-z]|^(IHDR|PLTE|IDAT|IEND)$/.test(type) || (type === 'IHDR' && at > 8))
      throw new DataError(file, at + 4, `expected no other critical chunk, found ${type}`)
    if (type === 'IEND') break
    found.push(chunk)
    at = chunk.offset + chunk.bytes.length + 4
  }
  if (!found.some(({ type }) => type === 'IDAT'))
    throw new DataError(file, at, 'expected a chunk of pixels, IDAT, found none')
  return found
}

function chunkAt(bytes: Uint8Array, at: number, file: string): Chunk {
  if (at + 12 > bytes.length) throw new DataError(file, at, `expected a chunk, found ${bytes.length - at} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(at)
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
  if (!/^[a-zA-Z]{4}$/.test(type))
    throw new DataError(file, at + 4, `expected the four letters of a chunk, found ${JSON.stringify(type)}`)
  const offset = at + 8
  if (offset + length + 4 > bytes.length)
    throw new DataError(file, at, `expected at most ${bytes.length - offset - 4} bytes of ${type}, found ${length}`)
  if (crc32(bytes.subarray(at + 4, offset + length)) !== view.getUint32(offset + length))
    throw new DataError(file, at, `expected a chunk ${type} of its checksum, found another`)
  return { type, bytes: bytes.subarray(offset, offset + length), offset }
}

function coloursOf({ bytes, offset }: Chunk, depth: number, file: string): Uint8Array {
  if (bytes.length % 3 !== 0 || bytes.length === 0 || bytes.length > 3 * 2 ** depth)
    throw new DataError(file, offset, `expected 1 to ${2 ** depth} colours of 3 bytes, found ${bytes.length} bytes`)
  return bytes
}

const opaque = { alphas: new Uint8Array(0), key: undefined } as const

function transparencyOf(
  { bytes, offset }: Chunk,
  { colour, samples, depth }: PngHeader,
  colours: number,
  file: string,
): Pick<PngParts, 'alphas' | 'key'> {
  if (colour === 'palette') {
    if (bytes.length > colours)
      throw new DataError(file, offset, `expected at most ${colours} transparencies, found ${bytes.length}`)
    return { alphas: bytes, key: undefined }
  }
  if (colour !== 'grey' && colour !== 'rgb')
    throw new DataError(file, offset, 'expected no colour for transparent pixels beside a channel for them, found tRNS')
  if (bytes.length !== 2 * samples)
    throw new DataError(file, offset, `expected ${2 * samples} bytes of a colour, found ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    alphas: opaque.alphas,
    key: Array.from({ length: samples }, (_, i) => view.getUint16(2 * i) & (2 ** depth - 1)),
  }
}

/** The deflated pixels, of all chunks that have some of them, without zlib's two bytes before and four after them. */
function zlibBody(chunks: readonly Chunk[], file: string): PngParts['data'] {
  const [{ offset }] = chunks as readonly [Chunk]
  const length = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const whole = new Uint8Array(length)
  let at = 0
  for (const { bytes } of chunks) {
    whole.set(bytes, at)
    at += bytes.length
  }
  const [method = 0, flags = 0] = whole
  if (length < 6 || (method & 15) !== 8 || (256 * method + flags) % 31 !== 0 || flags & 32)
    throw new DataError(file, offset, 'expected pixels in a zlib stream, found no header of one')
  return { bytes: whole.subarray(2, length - 4), offset }
}
