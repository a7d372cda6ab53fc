import { moments } from './summary.ts'
import { type Share, wilsonShare } from './wilson.ts'

/** For each of n >= 2 latents, in one order. */
export interface PrintedBoundRows {
  /** C(y), [n] in nats. */
  readonly constant: ArrayLike<number>
  /** L(y) >= 0, [n], summed over dims. */
  readonly alignment: ArrayLike<number>
  /** log p(y), [n] in nats. */
  readonly logProb: ArrayLike<number>
}

export interface PrintedBoundReportOptions {
  /** The weight of the alignment loss that the inequality is looked at for, at least 0. */
  readonly lambda: number
  /** Of the interval of the violation rate. Default 0.95. */
  readonly level?: number
}

/** How the inequality log p(y) >= C(y) - lambda L(y) fares. */
export interface PrintedBound {
  readonly lambda: number
  /**
   * The mean of log p - (C - lambda L), in nats, with its error from the spread of the rows. It may be far above 0
   * where many rows violate.
   */
  readonly gap: { readonly mean: number; readonly standardError: number }
  /** The rows whose gap is below 0. */
  readonly violations: Share
  /** The row with the least gap, and by how many nats its log p falls short; 0 where no row's does. */
  readonly worst: { readonly row: number; readonly violation: number }
  /**
   * The least lambda >= 0 for which none of these rows violates: the greatest (C - log p) / L. Infinite where L is 0
   * and C exceeds log p.
   */
  readonly leastLambda: number
}

/**
 * How often, and by how much, the inequality fails that arXiv 2506.05240 prints and `printedBoundTerms` has the terms
 * of. It is not true in general, so a rate of 0 is about these rows and this lambda alone.
 *
 * Noise of few draws makes violations, and hides them: take enough draws that the error of a row's C - lambda L is
 * small against its gap. `leastLambda` is an extreme, and takes the noisiest row.
 */
export const printedBound = (
  { constant, alignment, logProb }: PrintedBoundRows,
  { lambda, level = 0.95 }: PrintedBoundReportOptions,
): PrintedBound => {
  if (!(lambda >= 0 && Number.isFinite(lambda))) {
    throw new Error(`printedBound: expected a lambda of at least 0; got ${lambda}`)
  }
  const n = logProb.length
  checkRows({ constant, alignment, logProb }, n)
  const gaps = Float64Array.from({ length: n }, (_, i) => logProb[i]! - (constant[i]! - lambda * alignment[i]!))
  const { mean, std } = moments(gaps)
  const least = gaps.reduce((a, b) => Math.min(a, b))
  const needed = Float64Array.from({ length: n }, (_, i) => neededLambda(constant[i]! - logProb[i]!, alignment[i]!))
  return {
    lambda,
    gap: { mean, standardError: std / Math.sqrt(n) },
    violations: wilsonShare(gaps.filter((gap) => gap < 0).length, n, level),
    worst: { row: gaps.indexOf(least), violation: Math.max(0, -least) },
    leastLambda: needed.reduce((a, b) => Math.max(a, b)),
  }
}

const neededLambda = (excess: number, alignment: number): number => (excess <= 0 ? 0 : excess / alignment)

const checkRows = (rows: PrintedBoundRows, n: number): void => {
  if (n < 2) throw new Error(`printedBound: expected at least 2 rows, to have a standard error; got ${n}`)
  for (const [name, values] of Object.entries(rows) as [keyof PrintedBoundRows, ArrayLike<number>][]) {
    if (values.length !== n) {
      throw new Error(
        `printedBound: expected a number for each row; got ${n} of logProb and ${values.length} of ${name}`,
      )
    }
    const odd = Array.from(values).findIndex(
      (value) => !(Number.isFinite(value) && (name !== 'alignment' || value >= 0)),
    )
    if (odd >= 0) {
      throw new Error(
        `printedBound: expected finite numbers, and an alignment loss of at least 0; ${name} of row ${odd} is ${values[odd]}: leave the row out of all three, or find what made it`,
      )
    }
  }
}
