import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { encode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { parsePng } from '../../../runtime/data/png.ts'
import { asyncProperty } from '../../fc.ts'
import { fuzz, isWhole, problemOf, runs, survives } from './fuzz.ts'
import { chunk, joined, type Png, pngFile, pngOf, samplesOf } from './writers.ts'

const kinds: readonly (readonly [colour: number, depth: number])[] = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
]

const pngs: fc.Arbitrary<Png> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    width: fc.integer({ min: 1, max: 12 }),
    height: fc.integer({ min: 1, max: 12 }),
    interlaced: fc.boolean(),
    filters: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
    pieces: fc.integer({ min: 1, max: 3 }),
    hasTransparent: fc.boolean(),
  })
  .chain(({ kind: [colour, depth], hasTransparent, interlaced, ...form }) => {
    const size = form.width * form.height * samplesOf(colour)
    const sample = fc.nat({ max: 2 ** depth - 1 })
    const byte = fc.nat({ max: 255 })
    const colours = 2 ** depth
    return fc.record({
      ...Object.fromEntries(Object.entries(form).map(([name, value]) => [name, fc.constant(value)])),
      colour: fc.constant(colour),
      depth: fc.constant(depth),
      interlaced: fc.constant(interlaced && depth >= 8),
      samples: fc.array(sample, { minLength: size, maxLength: size }),
      ...(colour === 3 ? { palette: fc.array(byte, { minLength: 3 * colours, maxLength: 3 * colours }) } : {}),
      ...(hasTransparent && colour === 3 ? { transparent: fc.array(byte, { maxLength: colours }) } : {}),
      ...(hasTransparent && (colour === 0 || colour === 2)
        ? {
            transparent: fc
              .array(sample, { minLength: samplesOf(colour), maxLength: samplesOf(colour) })
              .map((samples) => samples.flatMap((sample) => [sample >> 8, sample & 255])),
          }
        : {}),
    }) as unknown as fc.Arbitrary<Png>
  })

/** What the tensor of an image is. */
function expected({ width, height, colour, depth, samples, palette, transparent }: Png) {
  const each = samplesOf(colour)
  const one = depth === 16 ? 65535 : 255
  const pixels = Array.from({ length: width * height }, (_, i) => samples.slice(i * each, (i + 1) * each))
  const key =
    transparent?.length === 2 * each
      ? [...Array(each).keys()].map((c) => transparent[2 * c]! * 256 + transparent[2 * c + 1]!)
      : []
  const channelsOf = (pixel: readonly number[]): readonly number[] => {
    if (colour === 3) {
      const rgb = palette!.slice(3 * pixel[0]!, 3 * pixel[0]! + 3)
      return transparent ? [...rgb, transparent[pixel[0]!] ?? 255] : rgb
    }
    const values = pixel.map((sample) => (sample / (2 ** depth - 1)) * one)
    return transparent ? [...values, pixel.every((sample, c) => sample === key[c]) ? 0 : one] : values
  }
  const data = pixels.flatMap(channelsOf)
  return { dtype: depth === 16 ? 'u16' : 'u8', shape: [height, width, data.length / pixels.length], data }
}

test('what was written is read: every kind, filter and way to lay pixels out', () =>
  fc.assert(
    asyncProperty(pngs, async (png) => {
      const read = await parsePng(pngFile(png), 'file')
      expect({ ...read, data: [...read.data] }).toEqual(expected(png))
    }),
    { numRuns: 300 },
  ))

test('what fast-png writes is read', async () => {
  const data = Uint8Array.from({ length: 5 * 7 * 4 }, (_, i) => (i * 37) % 256)
  const read = await parsePng(encode({ width: 7, height: 5, data, channels: 4, depth: 8 }), 'file')
  expect(read).toEqual({ dtype: 'u8', shape: [5, 7, 4], data })
})

const grey: Png = { width: 4, height: 2, colour: 0, depth: 8, samples: [1, 2, 3, 4, 5, 6, 7, 8] }
const deflated = (...bytes: number[]) => chunk('IDAT', new Uint8Array(deflateSync(Uint8Array.from(bytes))))

describe('what is wrong, where, what was expected and what is there', () => {
  const good = pngFile(grey)
  const black = { ...grey, palette: [0, 0, 0], colour: 3 }

  test.each([
    ['nothing', new Uint8Array(0), 'file, byte 0: expected a PNG file, which begins with 89 50 4e 47 0d 0a 1a 0a'],
    ['a signature alone', good.subarray(0, 8), 'file, byte 8: expected a chunk, found 0 bytes'],
    [
      'no header',
      joined(good.subarray(0, 8), chunk('IDAT', [])),
      'file, byte 12: expected the header, IHDR, found IDAT',
    ],
    ['no width', pngFile({ ...grey, width: 0 }), 'file, byte 16: expected pixels, found 0 x 2'],
    [
      'an unknown colour type',
      pngOf({ ...grey, colour: 5 }, []),
      'file, byte 24: expected a colour type with its bits, found type 5 of 8 bits',
    ],
    [
      'colours of 4 bits',
      pngOf({ ...grey, colour: 2, depth: 4 }, []),
      'file, byte 24: expected a colour type with its bits, found type 2 of 4 bits',
    ],
    [
      'a changed byte',
      good.map((byte, i) => (i === 19 ? 9 : byte)),
      'file, byte 8: expected a chunk IHDR of its checksum, found another',
    ],
    ['a cut', good.subarray(0, -5), `file, byte ${good.length - 12}: expected a chunk, found 7 bytes`],
    [
      'no end',
      good.subarray(0, -12),
      `file, byte ${good.length - 12}: expected PNG's last chunk, IEND, found the end of the file`,
    ],
    ['no pixels', pngOf(grey, []), 'file, byte 33: expected a chunk of pixels, IDAT, found none'],
    [
      'a chunk of 4 GB',
      joined(good.subarray(0, 33), [255, 255, 255, 255], good.subarray(37)),
      `file, byte 33: expected at most ${good.length - 45} bytes of IDAT, found 4294967295`,
    ],
    [
      'an unknown critical chunk',
      pngOf(grey, [chunk('ABCD', [])]),
      'file, byte 37: expected no other critical chunk, found ABCD',
    ],
    [
      'no palette',
      pngFile({ ...grey, colour: 3 }),
      'file, byte 41: expected a palette, PLTE, before the pixels, found none',
    ],
    [
      'half a colour',
      pngFile({ ...black, palette: [1, 2] }),
      'file, byte 41: expected 1 to 256 colours of 3 bytes, found 2 bytes',
    ],
    [
      'too many transparencies',
      pngFile({ ...black, transparent: [1, 2] }),
      'file, byte 56: expected at most 1 transparencies, found 2',
    ],
    ['a colour beyond the palette', pngFile(black), 'file, byte 56: expected colours below 1, found 1 in pixel 0'],
    [
      'no zlib',
      pngOf(grey, [chunk('IDAT', [1, 2, 3, 4, 5, 6])]),
      'file, byte 41: expected pixels in a zlib stream, found no header of one',
    ],
    [
      'too few pixels',
      pngOf(grey, [deflated(0, 1, 2, 3, 4)]),
      'file, byte 41: expected a deflate stream of 10 bytes, found 5',
    ],
    [
      'too many pixels',
      pngOf(grey, [deflated(0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5)]),
      'file, byte 41: expected a deflate stream of 10 bytes, found more',
    ],
    [
      'an unknown filter',
      pngOf(grey, [deflated(0, 1, 2, 3, 4, 9, 1, 2, 3, 4)]),
      'file, byte 41: expected filtered lines, found: Unsupported filter: 9',
    ],
    [
      'pixels that nothing has room for',
      pngOf({ ...grey, width: 2 ** 31 - 1, height: 2 ** 31 - 1 }, [deflated(0)]),
      'file, byte 41: expected at most 3096 bytes of 3 deflated ones, found a size of 4611686016279904000',
    ],
    [
      'interlaced bits',
      pngFile({ ...grey, depth: 4, interlaced: true }),
      'file, byte 28: expected 8 or 16 bits of an interlaced image, found 4',
    ],
  ])('%s', async (_, bytes, problem) => {
    expect(await problemOf(parsePng(bytes, 'file'))).toBe(problem)
  })
})

test('no byte can change without being found out', () =>
  fc.assert(
    asyncProperty(pngs, fc.nat(), fc.integer({ min: 1, max: 255 }), async (png, where, bits) => {
      const file = pngFile(png)
      const edited = file.map((byte, i) => (i === where % file.length ? byte ^ bits : byte))
      await problemOf(parsePng(edited, 'file'))
    }),
    { numRuns: runs },
  ))

const limit = { perByte: 32 * 1032 }
test('malformed files are DataErrors and take no memory', () =>
  fuzz(pngs.map(pngFile), limit, (bytes) => parsePng(bytes, 'file'), isWhole))

test('so are files whose checksums are right, and nothing else', () =>
  fc.assert(
    asyncProperty(
      fc.record({
        width: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 2 ** 31 - 1 })),
        height: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 2 ** 31 - 1 })),
        kind: fc.constantFrom(...kinds),
        interlaced: fc.boolean(),
      }),
      fc.array(
        fc.tuple(
          fc.constantFrom('PLTE', 'tRNS', 'tEXt', 'iCCP', 'zTXt', 'acTL', 'IDAT', 'IHDR'),
          fc.uint8Array({ maxLength: 40 }),
        ),
        { maxLength: 4 },
      ),
      fc.uint8Array({ maxLength: 500 }),
      async ({ kind: [colour, depth], ...size }, chunks, lines) => {
        const some = chunks.map(([type, bytes]) => chunk(type, bytes))
        const palette = colour === 3 ? [chunk('PLTE', [1, 2, 3, 4, 5, 6])] : []
        const pixels = deflated(...lines)
        const file = pngOf({ ...size, colour, depth }, [...palette, ...some, pixels])
        await survives(file, limit, (bytes) => parsePng(bytes, 'file'), isWhole)
      },
    ),
    { numRuns: runs },
  ))
