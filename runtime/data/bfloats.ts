/** Numbers of 16 bits that are the upper half of an f32 (bfloat16) on the host. */

export function fromBfloats(bfloats: Uint16Array): Float32Array {
  const bits = Uint32Array.from(bfloats, (bfloat) => bfloat << 16)
  return new Float32Array(bits.buffer)
}

/** Each number as the nearest of them, of two the even one: what lies beyond the largest becomes infinity, as in f32. */
export function toBfloats(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return Uint16Array.from(bits, (word, i) => {
    const upper = word >>> 16
    // The bits that make it none may all be in the half that is dropped.
    if (Number.isNaN(values[i])) return upper | 0x40
    return (word + 0x7fff + (upper & 1)) >>> 16
  })
}
