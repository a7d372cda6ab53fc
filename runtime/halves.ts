/** Numbers of 16 bits (IEEE 754 binary16) on the host. */

/** The bits of the nearest half, of two the even one; infinity from 65520, multiples of 2^-24 below 2^-14. */
function halfBits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0
  const size = Math.abs(x)
  if (Number.isNaN(x)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24)
  view.setFloat64(0, size)
  const exponent = (view.getUint16(0) >> 4) - 1023
  // 1024 to 2048 of its units; 2048 of them carry into the exponent.
  return sign | (((exponent + 14) << 10) + roundEven(size * 2 ** (10 - exponent)))
}

const view = new DataView(new ArrayBuffer(8))

/** Of a number below 2^51: the last bit of the sum is worth 1. */
const roundEven = (x: number): number => x + 2 ** 52 - 2 ** 52

/** As a GPU stores them, with one more where that makes whole words. */
export function toHalves(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(2 * Math.ceil(values.length / 2))
  for (let i = 0; i < values.length; i++) halves[i] = halfBits(values[i]!)
  return halves
}

export const fromHalves = (halves: Uint16Array): Float32Array => {
  const known = valuesOf()
  const values = new Float32Array(halves.length)
  // Float32Array.from takes ten times as long, and files have many.
  for (let i = 0; i < values.length; i++) values[i] = known[halves[i]!]!
  return values
}

/** Each number as the half that it is nearest to. */
export function rounded(values: ArrayLike<number>): Float32Array {
  const known = valuesOf()
  return Float32Array.from(values, (value) => known[halfBits(value)]!)
}

let table: Float32Array | undefined

/** The number that each of the 65,536 stands for. */
function valuesOf(): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => {
    const [exponent, mantissa] = [(half >> 10) & 31, half & 1023]
    const size =
      exponent === 31
        ? mantissa === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : exponent === 0
          ? mantissa * 2 ** -24
          : (1024 + mantissa) * 2 ** (exponent - 25)
    return half & 0x8000 ? -size : size
  })
  return table
}
