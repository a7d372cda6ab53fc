import type { ModelMeasures, ModelResults, Results } from '../align/results.ts'
import { compared } from '../align/world.ts'
import { meanWithin } from '../statistics.ts'

/** A number that models are compared by: of one seed as it is, of several its mean over them. */
export interface Measure {
  readonly head: string
  readonly about: string
  readonly better: 'higher' | 'lower'
  readonly decimals: number | 'few'
  readonly of: (model: ModelResults) => Measured
  /** Differences of two models that are not larger than this say nothing. */
  readonly noise: (a: ModelResults, b: ModelResults) => number
}

/** The error is a standard error of one seed, half the width of a 95% interval over several. */
export interface Measured {
  readonly value: number
  readonly error?: number
  readonly floor?: number
}

interface OfOne extends Pick<Measure, 'head' | 'about' | 'better' | 'decimals'> {
  readonly of: (model: ModelMeasures) => Measured
  readonly noise: (a: Measured, b: Measured) => number
}

/** A number of a model, of several seeds its mean over those that have it; undefined where none has. */
export function meanOver(
  results: Results,
  model: ModelResults,
  of: (model: ModelMeasures) => Measured | undefined,
): Measured | undefined {
  const found = ofSeeds(results, model).flatMap((one) => of(one) ?? [])
  if (found.length < 2) return found[0]
  const { value, half } = meanWithin(found.map((one) => one.value))
  const floors = found.flatMap(({ floor }) => floor ?? [])
  return { value, error: half, ...(floors.length > 0 && { floor: meanWithin(floors).value }) }
}

/** A model, and what was measured of it with the other seeds. */
const ofSeeds = ({ repeats }: Results, model: ModelResults): readonly ModelMeasures[] => [
  model,
  ...repeats.flatMap(({ models }) => models.filter(({ name }) => name === model.name)),
]

/** Over all seeds, whose differences are of pairs, since models of a seed have the order of their data in common. */
function overSeeds({ of, noise, ...about }: OfOne, results: Results): Measure {
  if (results.repeats.length === 0) return { ...about, of, noise: (a, b) => noise(of(a), of(b)) }
  return {
    ...about,
    of: (model) => meanOver(results, model, of)!,
    noise(a, b) {
      const [left, right] = [a, b].map((model) => ofSeeds(results, model).map(of)) as [Measured[], Measured[]]
      return meanWithin(left.slice(0, right.length).map(({ value }, i) => value - right[i]!.value)).half
    },
  }
}

/** Two standard errors of the difference of two independent means. */
const ofErrors = (a: Measured, b: Measured): number => 2 * Math.hypot(a.error ?? 0, b.error ?? 0)

/**
 * Two standard errors, or what two samples of the target themselves have where that is larger: where a distance is next
 * to nothing, its bias and its floor are what counts.
 */
const ofFloors = (a: Measured, b: Measured): number => Math.max(a.floor ?? 0, b.floor ?? 0, ofErrors(a, b))

/** Two standard errors of the difference of two shares of n cases each. */
const ofShares =
  (n: number) =>
  (a: Measured, b: Measured): number =>
    2 * Math.sqrt((a.value * (1 - a.value) + b.value * (1 - b.value)) / n)

const frechet = { head: 'Fréchet', better: 'lower', decimals: 'few', noise: ofFloors } as const

/** What generators are ranked by. */
export const generatedFrechet = (results: Results): Measure =>
  overSeeds({ ...frechet, about: 'of generated digits', of: ({ generated }) => generated.frechet }, results)

export const psnrMeasure = (results: Results): Measure =>
  overSeeds(
    {
      head: 'PSNR',
      about: 'dB, of reconstructions',
      better: 'higher',
      decimals: 2,
      of: ({ psnr }) => psnr,
      noise: ofErrors,
    },
    results,
  )

/** In the order of the table of results. */
export function measuresOf(results: Results): readonly Measure[] {
  const { heldOut, samples } = results.settings
  const share = (head: string, about: string, of: (model: ModelMeasures) => number, n: number): Measure =>
    overSeeds(
      { head, about, better: 'higher', decimals: 3, of: (model) => ({ value: of(model) }), noise: ofShares(n) },
      results,
    )
  const ofGenerated = Math.min(heldOut, samples, compared)
  return [
    psnrMeasure(results),
    overSeeds(
      {
        head: 'SSIM',
        about: 'of reconstructions',
        better: 'higher',
        decimals: 3,
        of: ({ ssim }) => ssim,
        noise: ofErrors,
      },
      results,
    ),
    share('Probe', 'accuracy on latents', ({ probe }) => probe, heldOut),
    overSeeds({ ...frechet, about: 'of reconstructions', of: (model) => model.reconstructionFrechet }, results),
    generatedFrechet(results),
    share('Precision', 'of generated digits', ({ generated }) => generated.precision, ofGenerated),
    share('Recall', 'of generated digits', ({ generated }) => generated.recall, ofGenerated),
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

/**
 * Whether the noise is smaller than the difference of two models. An error that is not finite leaves nothing to be
 * told.
 */
export const isBeyond = ({ of, noise }: Measure, a: ModelResults, b: ModelResults): boolean =>
  Math.abs(of(a).value - of(b).value) > noise(a, b)

/** The one that the others are held to: that which nothing draws its latents to. */
export const plainOf = (models: readonly ModelResults[]): ModelResults | undefined =>
  models.find(({ regulariser }) => !regulariser)
