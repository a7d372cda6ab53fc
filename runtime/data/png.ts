import { messageOf } from '../message-of.ts'
import { DataError } from './data-error.ts'
import type { HostTensor } from './host-tensor.ts'
import { inflate } from './inflate.ts'
import { installed } from './installed.ts'
import { type PngHeader, type PngParts, pngParts } from './png-chunks.ts'

/**
 * The pixels of a PNG file as [height, width, channels]: u8, or u16 where the file has 16 bits a channel. Greys of less
 * than 8 bits become 0 to 255; palettes become RGB, with a fourth channel where any of their colours is transparent;
 * where one colour stands for transparent pixels there is a channel for that, too. Needs the packages `fast-png` and
 * `fflate`.
 *
 * @param name what errors call it.
 * @throws DataError where the bytes are no such file, or what it has is interlaced with less than 8 bits, which is not
 * read here.
 */
export async function parsePng(bytes: Uint8Array, name: string): Promise<HostTensor<'u8'> | HostTensor<'u16'>> {
  const parts = pngParts(bytes, name)
  const { header } = parts
  if (header.interlaced && header.depth < 8)
    throw new DataError(name, 28, `expected 8 or 16 bits of an interlaced image, found ${header.depth}`)
  const samples = await unfiltered(parts, name)
  const data =
    header.colour === 'palette'
      ? paletteColours(parts, unpacked(header, samples), name)
      : header.depth === 16
        ? withKey(parts, samples, 65535)
        : withKey(parts, unpacked(header, samples), 255)
  const shape = [header.height, header.width, header.channels]
  return data instanceof Uint16Array ? { dtype: 'u16', shape, data } : { dtype: 'u8', shape, data }
}

type Samples = Uint8Array | Uint16Array

/** The samples, as the file packs them. */
async function unfiltered({ header, critical, data }: PngParts, file: string): Promise<Samples> {
  const lines = await inflate({ ...data, size: sizeOfLines(header), crc: undefined }, file)
  const [{ zlibSync }, { decode }] = await Promise.all([
    installed('fflate', import('fflate')),
    installed('fast-png', import('fast-png')),
  ])
  // How much it would inflate itself has no bound, nor does it look whether that was all: it is given what was inflated
  // here, stored.
  try {
    return decode(pngOf(critical, zlibSync(lines, { level: 0 }))).data as Samples
  } catch (error) {
    const said = messageOf(error)
    throw new DataError(file, data.offset, `expected filtered lines, found: ${said}`, { cause: error })
  }
}

/** What the file's data inflates to: for each line its filter, and its samples in whole bytes. */
function sizeOfLines({ width, height, depth, samples, interlaced }: PngHeader): number {
  const whole = (columns: number, lines: number): number =>
    columns === 0 ? 0 : lines * (1 + Math.ceil((columns * samples * depth) / 8))
  if (!interlaced) return whole(width, height)
  return adam7.reduce(
    (size, [x, y, right, down]) =>
      size + whole(Math.ceil(Math.max(0, width - x) / right), Math.ceil(Math.max(0, height - y) / down)),
    0,
  )
}

/** Where each pass begins and how far apart its pixels are, across and down. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** A PNG file of a header and data alone. */
function pngOf(header: Uint8Array, data: Uint8Array): Uint8Array {
  const chunks = [chunkOf('IHDR', header), chunkOf('IDAT', data), chunkOf('IEND', new Uint8Array(0))]
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)
  const png = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, signature.length))
  png.set(signature)
  let at = signature.length
  for (const chunk of chunks) {
    png.set(chunk, at)
    at += chunk.length
  }
  return png
}

/** Without its checksum, at which fast-png does not look. */
function chunkOf(type: string, bytes: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + bytes.length)
  new DataView(chunk.buffer).setUint32(0, bytes.length)
  for (let i = 0; i < 4; i++) chunk[4 + i] = type.charCodeAt(i)
  chunk.set(bytes, 8)
  return chunk
}

/**
 * A sample for each byte; of less than 8 bits a line begins with a new byte. Greys are spread over 0 to 255, and what
 * counts colours is as it is.
 */
function unpacked({ width, height, depth, colour, samples }: PngHeader, packed: Samples): Uint8Array {
  if (depth === 8) return packed as Uint8Array
  const each = width * samples
  const stride = Math.ceil((each * depth) / 8)
  const most = 2 ** depth - 1
  const unit = colour === 'palette' ? 1 : 255 / most
  const made = new Uint8Array(height * each)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < each; x++) {
      const bit = x * depth
      made[y * each + x] = ((packed[y * stride + (bit >> 3)]! >> (8 - depth - (bit & 7))) & most) * unit
    }
  return made
}

function paletteColours({ header, palette, alphas, data }: PngParts, indices: Uint8Array, file: string): Uint8Array {
  const { channels } = header
  const colours = palette.length / 3
  const made = new Uint8Array(indices.length * channels)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    if (index >= colours)
      throw new DataError(file, data.offset, `expected colours below ${colours}, found ${index} in pixel ${i}`)
    made.set(palette.subarray(3 * index, 3 * index + 3), i * channels)
    if (channels === 4) made[4 * i + 3] = alphas[index] ?? 255
  }
  return made
}

/** Where the file has a colour that stands for transparent pixels, a channel that says which pixels are not of it. */
function withKey<A extends Samples>({ header, key }: PngParts, samples: A, opaque: number): A {
  if (!key) return samples
  const { channels, depth } = header
  const unit = depth < 8 ? 255 / (2 ** depth - 1) : 1
  const colours = channels - 1
  const pixels = samples.length / colours
  const made = new (samples.constructor as { new (length: number): A })(pixels * channels)
  for (let i = 0; i < pixels; i++) {
    let isKey = true
    for (let c = 0; c < colours; c++) {
      const sample = samples[i * colours + c]!
      made[i * channels + c] = sample
      isKey &&= sample === key[c]! * unit
    }
    made[i * channels + colours] = isKey ? 0 : opaque
  }
  return made
}
