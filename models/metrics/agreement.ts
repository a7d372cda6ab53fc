import { type Correlation, type CorrelationOptions, pearson, spearman } from './correlation.ts'

export interface AgreementOptions extends CorrelationOptions {
  /**
   * A second estimate of the same losses, [n], from other draws. The mean of the two is then what is correlated, and
   * their difference tells how much of a disagreement is noise.
   */
  readonly again?: ArrayLike<number>
}

export interface AgreementOf extends Correlation {
  /**
   * With `again`: about what the noise of the losses leaves of a correlation of 1, and 0 where the two estimates are
   * not alike at all. Well below 1, take more draws: the value is then about noise. Of values (not of ranks) value /
   * ceiling estimates the correlation without noise (Spearman 1904).
   */
  readonly ceiling?: number
}

/** How an alignment loss goes with -log p. */
export interface Agreement {
  /** Of the values: whether one is linear in the other. */
  readonly pearson: AgreementOf
  /** Of the ranks: whether one rises with the other. */
  readonly spearman: AgreementOf
}

/**
 * How losses of n >= 4 latents, [n], go with their -log p, log p being given, [n] in nats: 1 where the loss orders
 * latents as the likelihood does.
 *
 * What it says depends on the latents. Over samples of the data it is about the order among likely points, which is
 * what a loss has to tell apart late in training; over a grid most points are far from the data, where any loss is
 * large and agreement is easily high. With the exact velocity of the five Gaussians and no noise the Spearman
 * correlation over samples is 0.55 for the uniform weight, and 1 for that of the likelihood, t / (1 - t).
 *
 * Losses of few draws order latents by their noise: `again` shows how far. The interval is about other latents of the
 * same distribution, and says nothing of latents on a grid.
 */
export const alignmentAgreement = (
  losses: ArrayLike<number>,
  logProb: ArrayLike<number>,
  { again, ...options }: AgreementOptions = {},
): Agreement => {
  if (again !== undefined && again.length !== losses.length) {
    throw new Error(
      `alignmentAgreement: expected two estimates of the same losses; got ${losses.length} and ${again.length}`,
    )
  }
  const nlls = Float64Array.from(logProb, (value) => -value)
  const best = again === undefined ? losses : Float64Array.from(losses, (loss, i) => (loss + again[i]!) / 2)
  const of = (correlation: typeof pearson): AgreementOf => {
    const found = correlation(best, nlls, options)
    return again === undefined ? found : { ...found, ceiling: ceilingOf(correlation(losses, again).value) }
  }
  return { pearson: of(pearson), spearman: of(spearman) }
}

/** The root of the reliability of a mean of two, whose correlation is r: 2 r / (1 + r) (Spearman 1910, Brown 1910). */
const ceilingOf = (r: number): number => Math.sqrt(Math.max(0, (2 * r) / (1 + r)))
