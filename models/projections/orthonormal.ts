import { dot } from './products.ts'

/**
 * Makes the rows of a matrix [count, length] orthonormal, in place: Gram and Schmidt's process, each row freed twice of
 * those before it, which leaves nothing but rounding errors even where they are nearly dependent (Giraud et al. 2005).
 * Its triangle has a positive diagonal. A row that depends on those before it becomes 0.
 */
export function orthonormalRows(rows: Float64Array, count: number, length: number): void {
  for (let i = 0; i < count; i += 1) {
    const at = i * length
    const before = Math.sqrt(dot(rows, at, rows, at, length))
    for (let pass = 0; pass < 2; pass += 1) {
      for (let j = 0; j < i; j += 1) {
        const share = dot(rows, at, rows, j * length, length)
        for (let k = 0; k < length; k += 1) rows[at + k]! -= share * rows[j * length + k]!
      }
    }
    const norm = Math.sqrt(dot(rows, at, rows, at, length))
    const times = norm > 1e-12 * before ? 1 / norm : 0
    for (let k = 0; k < length; k += 1) rows[at + k]! *= times
  }
}
