import type { Rows } from './points.ts'

/**
 * Writes ||a_i - b_j||^2 into `into[j]` for start <= j < b.n. What is computed of all pairs is computed a row at a
 * time, so that nothing of n x n is ever stored; one and two dimensions have loops of their own, at twice the speed.
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

/** Sums something over the squared distances from `start` on. */
export type SumOfSquares = (squares: Float64Array, start: number) => number

/**
 * The mean over all pairs of a_i and b_j. Each row is summed on its own, which keeps the rounding errors of millions of
 * terms apart.
 */
export const meanAcross = (a: Rows, b: Rows, sumOf: SumOfSquares): number => {
  const squares = new Float64Array(b.n)
  let total = 0
  for (let i = 0; i < a.n; i += 1) {
    squaresFrom(a, i, b, 0, squares)
    total += sumOf(squares, 0)
  }
  return total / (a.n * b.n)
}

/**
 * The mean over the pairs of different points of one set; with `self` those of a point with itself are counted too, as
 * 0.
 */
export const meanWithin = (a: Rows, sumOf: SumOfSquares, self = false): number => {
  const squares = new Float64Array(a.n)
  let half = 0
  for (let i = 0; i < a.n; i += 1) {
    squaresFrom(a, i, a, i + 1, squares)
    half += sumOf(squares, i + 1)
  }
  return (2 * half) / (a.n * (self ? a.n : a.n - 1))
}
