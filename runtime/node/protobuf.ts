// Fields of Protocol Buffers, as far as event files need them. https://protobuf.dev/programming-guides/encoding

type Field = Uint8Array

/** A message, or a message in a message. */
export const message = (...fields: readonly Field[]): Uint8Array => Buffer.concat(fields)

/** `value`: a whole number that is not negative, up to 2 ** 53 - 1. */
export const int64 = (field: number, value: number): Field =>
  Uint8Array.from([...varint(tag(field, 0)), ...varint(value)])

export function double(field: number, value: number): Field {
  const bytes = Buffer.alloc(9)
  bytes[0] = tag(field, 1)
  bytes.writeDoubleLE(value, 1)
  return bytes
}

export function float(field: number, value: number): Field {
  const bytes = Buffer.alloc(5)
  bytes[0] = tag(field, 5)
  bytes.writeFloatLE(value, 1)
  return bytes
}

export const bytes = (field: number, value: Uint8Array): Field =>
  Buffer.concat([Uint8Array.from([...varint(tag(field, 2)), ...varint(value.length)]), value])

export const string = (field: number, value: string): Field => bytes(field, Buffer.from(value, 'utf8'))

/** In a byte, as all the fields here are below 16. */
const tag = (field: number, wireType: number): number => field * 8 + wireType

/** Seven bits a byte, the least significant ones first; by division, since the operators on bits know only 32. */
function varint(value: number): readonly number[] {
  const groups: number[] = []
  for (; value >= 128; value = Math.floor(value / 128)) groups.push((value % 128) + 128)
  return [...groups, value]
}
