import { crc32 as crcOfNode, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

// Files, written independently of what reads them.

export type Elements = readonly number[] | readonly bigint[]
type Write = (view: DataView, at: number, value: never, little: boolean) => void

/** How elements of a type are written. */
const kinds: { readonly [dtype: string]: readonly [width: number, write: Write] } = {
  u8: [1, (view, at, value) => view.setUint8(at, value)],
  bool: [1, (view, at, value) => view.setUint8(at, value)],
  i8: [1, (view, at, value) => view.setInt8(at, value)],
  u16: [2, (view, at, value, little) => view.setUint16(at, value, little)],
  i16: [2, (view, at, value, little) => view.setInt16(at, value, little)],
  u32: [4, (view, at, value, little) => view.setUint32(at, value, little)],
  i32: [4, (view, at, value, little) => view.setInt32(at, value, little)],
  u64: [8, (view, at, value, little) => view.setBigUint64(at, value, little)],
  i64: [8, (view, at, value, little) => view.setBigInt64(at, value, little)],
  f32: [4, (view, at, value, little) => view.setFloat32(at, value, little)],
  f64: [8, (view, at, value, little) => view.setFloat64(at, value, little)],
}

export function elementBytes(dtype: string, values: Elements, little: boolean): Uint8Array {
  const [width, write] = kinds[dtype]!
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) write(view, i * width, value as never, little)
  return bytes
}

export const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

export function idxFile(dtype: string, shape: readonly number[], values: Elements): Uint8Array {
  const code = { u8: 8, i8: 9, i16: 11, i32: 12, f32: 13, f64: 14 }[dtype]!
  return joined([0, 0, code, shape.length], elementBytes('u32', shape, false), elementBytes(dtype, values, false))
}

const npyKinds: { readonly [dtype: string]: string } = {
  u8: 'u1',
  bool: 'b1',
  i8: 'i1',
  u16: 'u2',
  i16: 'i2',
  u32: 'u4',
  i32: 'i4',
  u64: 'u8',
  i64: 'i8',
  f32: 'f4',
  f64: 'f8',
}

export interface NpyForm {
  readonly little?: boolean
  readonly fortran?: boolean
  readonly version?: 1 | 2 | 3
}

/** `values` in the order in which the file has them. */
export function npyFile(
  dtype: string,
  shape: readonly number[],
  values: Elements,
  { little = true, fortran = false, version = 1 }: NpyForm = {},
): Uint8Array {
  const order = kinds[dtype]![0] === 1 ? '|' : little ? '<' : '>'
  const dims = shape.map((size) => `${size},`).join(' ')
  const text = `{'descr': '${order}${npyKinds[dtype]}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${dims}), }`
  return joined(npyHeader(text, version), elementBytes(dtype, values, little))
}

export function npyHeader(text: string, version = 1): Uint8Array {
  const header = ascii(`${text}\n`)
  const length = elementBytes(version === 1 ? 'u16' : 'u32', [header.length], true)
  return joined([0x93], ascii('NUMPY'), [version, 0], length, header)
}

/** With a header as it stands, padded with nothing. */
export function safetensorsFile(header: string | Uint8Array, data: Uint8Array | readonly number[] = []): Uint8Array {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header
  return joined(elementBytes('u64', [BigInt(bytes.length)], true), bytes, data)
}

export interface Zipped {
  readonly name: string
  readonly bytes: Uint8Array
  readonly deflated?: boolean
  /** What the directory says instead of the truth. */
  readonly claims?: { readonly size?: number; readonly packed?: number; readonly crc?: number; readonly flags?: number }
}

export function zipFile(files: readonly Zipped[]): Uint8Array {
  const u16 = (...values: number[]) => elementBytes('u16', values, true)
  const u32 = (...values: number[]) => elementBytes('u32', values, true)
  const local: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const { name, bytes, deflated = false, claims = {} } of files) {
    const packed = deflated ? deflateRawSync(bytes) : bytes
    const method = deflated ? 8 : 0
    const fields = joined(
      u32(claims.crc ?? crcOfNode(bytes), claims.packed ?? packed.length, claims.size ?? bytes.length),
      u16(name.length),
    )
    const file = joined(u32(0x04034b50), u16(20, 0, method, 0, 0), fields, u16(0), ascii(name), packed)
    local.push(file)
    directory.push(
      joined(
        u32(0x02014b50),
        u16(20, 20, claims.flags ?? 0, method, 0, 0),
        fields,
        u16(0, 0, 0, 0),
        u32(0, at),
        ascii(name),
      ),
    )
    at += file.length
  }
  const listed = joined(...directory)
  const end = joined(u32(0x06054b50), u16(0, 0, files.length, files.length), u32(listed.length, at), u16(0))
  return joined(...local, listed, end)
}

export const gzipFile = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes))

export interface Png {
  readonly width: number
  readonly height: number
  /** PNG's number for it: 0 grey, 2 rgb, 3 palette, 4 grey and alpha, 6 rgb and alpha. */
  readonly colour: number
  readonly depth: number
  /** Of all pixels in turn. */
  readonly samples: readonly number[]
  readonly interlaced?: boolean
  /** The filter of each line, which begins anew where there are more lines. */
  readonly filters?: readonly number[]
  readonly palette?: readonly number[]
  readonly transparent?: readonly number[]
  /** Into how many chunks the pixels are cut. */
  readonly pieces?: number
}

const signature = [137, 80, 78, 71, 13, 10, 26, 10]
export const samplesOf = (colour: number): number => ({ 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 })[colour]!

export function chunk(type: string, bytes: Uint8Array | readonly number[]): Uint8Array {
  const body = joined(ascii(type), bytes)
  return joined(elementBytes('u32', [bytes.length], false), body, elementBytes('u32', [crcOfNode(body)], false))
}

export function pngFile(png: Png): Uint8Array {
  const { palette, transparent, pieces = 1 } = png
  const zlib = new Uint8Array(deflateSync(linesOf(png)))
  const size = Math.ceil(zlib.length / pieces)
  return pngOf(png, [
    ...(palette ? [chunk('PLTE', palette)] : []),
    ...(transparent ? [chunk('tRNS', transparent)] : []),
    ...Array.from({ length: pieces }, (_, i) => chunk('IDAT', zlib.subarray(i * size, (i + 1) * size))),
  ])
}

/** With these chunks between the header and the end. */
export function pngOf(png: Omit<Png, 'samples'>, chunks: readonly Uint8Array[]): Uint8Array {
  const header = joined(elementBytes('u32', [png.width, png.height], false), [
    png.depth,
    png.colour,
    0,
    0,
    png.interlaced ? 1 : 0,
  ])
  return joined(signature, chunk('IHDR', header), ...chunks, chunk('IEND', []))
}

function linesOf({ width, height, colour, depth, samples, interlaced = false, filters = [0] }: Png): Uint8Array {
  const each = samplesOf(colour)
  const passes = interlaced
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 0, 1, 1]]
  const lines: number[] = []
  let filterAt = 0
  for (const [left, top, right, down] of passes as [number, number, number, number][]) {
    let above: number[] | undefined
    for (let y = top; y < height; y += down) {
      const line: number[] = []
      let bits = 0
      for (let x = left; x < width; x += right)
        for (let c = 0; c < each; c++) {
          const sample = samples[(y * width + x) * each + c]!
          if (depth === 16) line.push(sample >> 8, sample & 255)
          else {
            if (bits % 8 === 0) line.push(0)
            bits += depth
            line[line.length - 1]! |= sample << ((8 - (bits % 8)) % 8)
          }
        }
      if (line.length === 0) continue
      const filter = filters[filterAt++ % filters.length]!
      const back = Math.max(1, (each * depth) / 8)
      lines.push(filter, ...line.map((byte, i) => (byte - predicted(filter, line, above, i, back)) & 255))
      above = line
    }
  }
  return Uint8Array.from(lines)
}

function predicted(filter: number, line: number[], above: number[] | undefined, i: number, back: number): number {
  const left = line[i - back] ?? 0
  const up = above?.[i] ?? 0
  const corner = (i >= back ? above?.[i - back] : 0) ?? 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) return 0
  const estimate = left + up - corner
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}
