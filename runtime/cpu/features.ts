/** What the WebAssembly engine can do, found by offering it the smallest module that needs it. */

/** Whether it has 128-bit vectors. */
export const hasSimd = (): boolean => accepts([0xfd, 0x0c, ...new Array<number>(16).fill(0), 0x1a])

/**
 * Whether it has `f32x4.relaxed_madd`: in Node 20 behind `--experimental-wasm-relaxed-simd`, in newer engines always.
 */
export function hasRelaxedSimd(): boolean {
  const zero = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]
  return accepts([...zero, ...zero, ...zero, 0xfd, 0x85, 0x02, 0x1a])
}

/** Whether vectors are to be used: where they are there, unless they are not wanted. */
export function simd(wanted: boolean | undefined): boolean {
  check('simd', wanted)
  if (wanted === false) return false
  if (hasSimd() || !wanted) return hasSimd()
  throw new Error("openDevice('cpu', { simd: true }): this engine has no SIMD; leave the option out to do without")
}

/**
 * Whether relaxed instructions are to be used: where they are there; where they were asked for, also where Node has to
 * be told to have them.
 */
export function relaxedSimd(wanted: boolean | undefined): boolean {
  check('relaxedSimd', wanted)
  if (wanted === false) return false
  if (hasRelaxedSimd()) return true
  if (!wanted) return false
  globalThis.process?.getBuiltinModule?.('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd')
  if (hasRelaxedSimd()) return true
  throw new Error("openDevice('cpu', { relaxedSimd: true }): this engine has no relaxed SIMD; leave it out")
}

function check(option: string, wanted: unknown): void {
  if (wanted !== undefined && typeof wanted !== 'boolean')
    throw new TypeError(`openDevice('cpu'): ${option} is ${String(wanted)}; write true or false, or leave it out`)
}

/** A module of one function () -> () with these instructions. */
function accepts(instructions: readonly number[]): boolean {
  const body = [0x00, ...instructions, 0x0b]
  const module = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x0a, body.length + 2, 0x01, body.length, ...body],
  ]
  return WebAssembly.validate(Uint8Array.from(module))
}
