/** How much goes by before an engine is to look for garbage. */
export const enough = 2 ** 26
/** What a memory counts for, at least and at most. However small it is, it takes addresses. */
export const [least, most] = [2 ** 20, 2 ** 27]

let held: ArrayBuffer[] = []
let sum = 0

/**
 * Tells the garbage collector of memory that threads share: that there is so much more of it, or that so much has been
 * left. Engines collect by how much there is and do not count what is shared (V8:
 * `BackingStore::PerIsolateAccountingLength` is 0), so that where little else is made, all that was ever disposed of
 * would stay. In its place a buffer of the same size is held for some time; it can grow, which makes it take addresses
 * alone as long as nobody writes to it.
 */
export function count(bytes: number): void {
  const length = Math.min(Math.max(bytes, least), most)
  if (sum > enough) {
    held = []
    sum = 0
  }
  sum += length
  try {
    held.push(new (ArrayBuffer as Growable)(length, { maxByteLength: length }))
  } catch {
    // To be refused has made the engine look already.
  }
}

type Growable = new (length: number, options: { readonly maxByteLength: number }) => ArrayBuffer
