import type { BesideNoise, Mean, ModelResults, Results } from '../align/results.ts'

/** A number that models are compared by. */
export interface Measure {
  readonly head: string
  readonly about: string
  readonly better: 'higher' | 'lower'
  readonly decimals: number | 'few'
  readonly of: (model: ModelResults) => Measured
  /** Differences of two models that are not larger than this say nothing. */
  readonly noise: (a: Measured, b: Measured) => number
}

export interface Measured {
  readonly value: number
  readonly error?: number
  readonly floor?: number
}

/** Two standard errors of the difference of two independent means. */
const ofErrors = (a: Measured, b: Measured): number => 2 * Math.hypot(a.error ?? 0, b.error ?? 0)

/** What two samples of the target themselves have, or two standard errors where these are known and larger. */
const ofFloors = (a: Measured, b: Measured): number => Math.max(a.floor ?? 0, b.floor ?? 0, ofErrors(a, b))

/** Two standard errors of the difference of two shares of n cases each. */
const ofShares =
  (n: number) =>
  (a: Measured, b: Measured): number =>
    2 * Math.sqrt((a.value * (1 - a.value) + b.value * (1 - b.value)) / n)

/** What generators are ranked by. */
export const generatedFrechet: Measure = {
  head: 'Fréchet',
  about: 'of generated digits',
  better: 'lower',
  decimals: 'few',
  of: ({ generated }) => generated.frechet,
  noise: ofFloors,
}

/** In the order of the table of results. */
export function measuresOf({ settings: { heldOut, samples } }: Results): readonly Measure[] {
  const mean = (of: (model: ModelResults) => Mean | BesideNoise) => ({ of, noise: ofErrors })
  const share = (of: (model: ModelResults) => number, n: number) =>
    ({
      better: 'higher',
      decimals: 3,
      of: (model: ModelResults) => ({ value: of(model) }),
      noise: ofShares(n),
    }) as const
  return [
    {
      head: 'PSNR',
      about: 'dB, of reconstructions',
      better: 'higher',
      decimals: 2,
      ...mean(({ psnr }) => psnr),
    },
    { head: 'SSIM', about: 'of reconstructions', better: 'higher', decimals: 3, ...mean(({ ssim }) => ssim) },
    { head: 'Probe', about: 'accuracy on latents', ...share(({ probe }) => probe, heldOut) },
    { ...generatedFrechet, about: 'of reconstructions', of: (model) => model.reconstructionFrechet },
    generatedFrechet,
    {
      head: 'Precision',
      about: 'of generated digits',
      ...share(({ generated }) => generated.precision, Math.min(heldOut, samples)),
    },
    {
      head: 'Recall',
      about: 'of generated digits',
      ...share(({ generated }) => generated.recall, Math.min(heldOut, samples)),
    },
  ]
}

/** Those that noise does not tell from the best; none where there is nothing to tell apart. */
export function bestOf(measure: Measure, models: readonly ModelResults[]): ReadonlySet<ModelResults> {
  const ranked = rankedBy(measure, models)
  const best = ranked[0]
  if (!best || ranked.length < 2) return new Set()
  const near = ranked.filter((model) => !isBeyond(measure, best, model))
  return near.length === models.length ? new Set() : new Set(near)
}

/** From the best; those whose value is not finite are left out. */
export const rankedBy = ({ of, better }: Measure, models: readonly ModelResults[]): readonly ModelResults[] =>
  models
    .filter((model) => Number.isFinite(of(model).value))
    .sort((a, b) => (better === 'lower' ? 1 : -1) * (of(a).value - of(b).value))

/** Whether the noise is smaller than the difference of two models. An error that is not finite leaves nothing to be told. */
export const isBeyond = ({ of, noise }: Measure, a: ModelResults, b: ModelResults): boolean =>
  Math.abs(of(a).value - of(b).value) > noise(of(a), of(b))

/** The one that the others are held to: that which nothing draws its latents to. */
export const plainOf = (models: readonly ModelResults[]): ModelResults | undefined =>
  models.find(({ regulariser }) => !regulariser)
