/** Numbers of 16 bits that are the upper half of an f32 (bfloat16) on the host. */

export function fromBfloats(bfloats: Uint16Array): Float32Array {
  const bits = new Uint32Array(bfloats.length)
  for (let i = 0; i < bits.length; i++) bits[i] = bfloats[i]! << 16
  return new Float32Array(bits.buffer)
}

/**
 * Each number as the nearest of them, of two the even one: what lies beyond the largest becomes infinity, as in f32.
 */
export function toBfloats(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const bfloats = new Uint16Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const upper = bits[i]! >>> 16
    // The bits that make it no number may all be in the half that is dropped.
    bfloats[i] = Number.isNaN(values[i]) ? upper | 0x40 : (bits[i]! + 0x7fff + (upper & 1)) >>> 16
  }
  return bfloats
}
