import type { Rows } from './points.ts'

/**
 * Writes ||a_i - b_j||^2 into `into[j]` for start <= j < b.n. What is computed of all pairs is computed a row at a time, so that nothing of n x n is ever
 * stored; one and two dimensions have loops of their own, at twice the speed.
 */
export const squaresFrom = (a: Rows, i: number, b: Rows, start: number, into: Float64Array): void => {
  const { data, n, d } = b
  if (d === 1) {
    const x = a.data[i]!
    for (let j = start; j < n; j += 1) {
      const dx = data[j]! - x
      into[j] = dx * dx
    }
  } else if (d === 2) {
    const x = a.data[2 * i]!
    const y = a.data[2 * i + 1]!
    for (let j = start; j < n; j += 1) {
      const dx = data[2 * j]! - x
      const dy = data[2 * j + 1]! - y
      into[j] = dx * dx + dy * dy
    }
  } else {
    for (let j = start; j < n; j += 1) {
      let square = 0
      for (let axis = 0; axis < d; axis += 1) {
        const difference = data[j * d + axis]! - a.data[i * d + axis]!
        square += difference * difference
      }
      into[j] = square
    }
  }
}
