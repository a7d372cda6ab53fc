/**
 * Bytes that are appended one after the other, numbers among them as WebAssembly writes them (core specification 2.0,
 * chapter 5).
 */
export class Bytes {
  #data = new Uint8Array(256)
  #view = new DataView(this.#data.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Those that there are, for as long as none is appended. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#data.subarray(0, this.#length)
  }

  byte(value: number): void {
    if (this.#length === this.#data.length) this.#grow(1)
    this.#data[this.#length++] = value
  }

  append(bytes: ArrayLike<number>): void {
    if (this.#length + bytes.length > this.#data.length) this.#grow(bytes.length)
    this.#data.set(bytes, this.#length)
    this.#length += bytes.length
  }

  f32(value: number): void {
    if (this.#length + 4 > this.#data.length) this.#grow(4)
    this.#view.setFloat32(this.#length, value, true)
    this.#length += 4
  }

  i32(value: number): void {
    if (this.#length + 4 > this.#data.length) this.#grow(4)
    this.#view.setInt32(this.#length, value, true)
    this.#length += 4
  }

  /** LEB128 of 0 <= value < 2^32. */
  unsigned(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }

  /** LEB128 of -2^31 <= value < 2^31. */
  signed(value: number): void {
    let rest = value
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.byte(rest & 0x7f)
  }

  /** Text in UTF-8 after its length. */
  text(value: string): void {
    const bytes = new TextEncoder().encode(value)
    this.unsigned(bytes.length)
    this.append(bytes)
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#data.length, this.#length + by))
    larger.set(this.written())
    this.#data = larger
    this.#view = new DataView(larger.buffer)
  }
}
