import type { ModelResults, Results } from '../align/results.ts'
import { generatedFrechet, isBeyond, type Measure, meanOver, plainOf, psnrMeasure, rankedBy } from './measures.ts'
import { fixed, listed } from './numbers.ts'

/**
 * What the numbers say, in sentences: which model generates best and by how much, what that costs, and what noise does
 * not tell apart.
 */
export function summaryOf(results: Results): readonly string[] {
  const { models, seed, repeats } = results
  const plain = plainOf(models)
  const generation = generatedFrechet(results)
  return [
    ...generates(models, plain, generation),
    ...reconstructs(models, plain, psnrMeasure(results)),
    ...costs(models, plain, generation),
    ...withoutGenerator(results),
    repeats.length === 0
      ? `All of this is one run with seed ${seed}: how much of it another seed would change, it cannot say.`
      : `Numbers are means over ${repeats.length + 1} seeds, and noise is what 95% intervals of differences between models of the same seed leave open.`,
  ]
}

/** Models are equal within so many dB. */
const equal = 0.5

function generates(models: readonly ModelResults[], plain: ModelResults | undefined, measure: Measure) {
  const ranked = rankedBy(measure, models)
  const best = ranked[0]
  const broken = models.filter((model) => !ranked.includes(model))
  const said =
    broken.length > 0
      ? [
          `The Fréchet distance of what ${named(broken)} generate${broken.length > 1 ? '' : 's'} is no finite number, so ${broken.length > 1 ? 'they are' : 'it is'} not ranked.`,
        ]
      : []
  if (!best) return said
  const { value, floor = Number.NaN, error } = measure.of(best)
  const noise = `noise floor ${fixed(floor, 2)}`
  if (models.length === 1)
    return [
      `One model was trained, ${best.title}, so there is nothing to compare it with: what it generates has a Fréchet distance of ${fixed(value, 2)} (${noise}).`,
    ]
  const near = ranked.slice(1).filter((model) => !isBeyond(measure, best, model))
  const lead = `The lowest Fréchet distance of generated digits is that of ${named([best])}: ${fixed(value, 2)}${error === undefined ? '' : ` ± ${fixed(error, 2)}`} (${noise}).`
  const others = near.filter((model) => model !== plain)
  return [
    lead,
    ...(value <= floor
      ? ['That is within the noise floor: by this measure it is not told from digits themselves.']
      : []),
    ...(best === plain
      ? [
          near.length === models.length - 1
            ? 'No other model is told from it.'
            : 'So no prior and no penalty made generation better by this measure.',
        ]
      : against(best, plain, measure)),
    ...(others.length > 0 && !(best === plain && near.length === models.length - 1)
      ? [
          `${capital(named(others))} ${others.length > 1 ? 'are' : 'is'} within the noise of the best (${listed(others.map((model) => fixed(measure.of(model).value, 2)))}), so which of them is better is not known.`,
        ]
      : []),
    ...said,
  ]
}

function against(best: ModelResults, plain: ModelResults | undefined, measure: Measure): readonly string[] {
  if (!plain) return ['There is no plain autoencoder beside it.']
  const before = measure.of(plain).value
  if (!Number.isFinite(before)) return []
  const after = measure.of(best).value
  const share = `${fixed((100 * (before - after)) / before, 0)}%`
  return isBeyond(measure, best, plain)
    ? [
        `That is ${fixed(before - after, 2)} (${share}) below the ${fixed(before, 2)} of the plain autoencoder, which is more than the noise.`,
      ]
    : [
        `The plain autoencoder has ${fixed(before, 2)}: the difference of ${fixed(before - after, 2)} is within the noise, so generation is not shown to be better.`,
      ]
}

function reconstructs(
  models: readonly ModelResults[],
  plain: ModelResults | undefined,
  measure: Measure,
): readonly string[] {
  const others = models.filter((model) => model !== plain)
  if (!plain || others.length === 0) return []
  const of = measure.of(plain).value
  if (!Number.isFinite(of))
    return ['The PSNR of the plain autoencoder is no finite number, so reconstructions are not compared.']
  const held = others.map((model) => {
    const difference = measure.of(model).value - of
    const noise = measure.noise(model, plain)
    const place = !Number.isFinite(difference)
      ? 'broken'
      : Math.abs(Math.abs(difference) - equal) <= noise
        ? 'unclear'
        : Math.abs(difference) < equal
          ? 'equal'
          : 'apart'
    return { model, difference, place }
  })
  const at = (place: string) => held.filter((one) => one.place === place)
  const differences = (found: typeof held) =>
    found.length > 3
      ? `${found.length} others (${range(found.map(({ difference }) => difference))})`
      : listed(found.map(({ model, difference }) => `${named([model])} (${signed(difference)} dB)`))
  const [alike, apart, unclear, broken] = [at('equal'), at('apart'), at('unclear'), at('broken')]
  return [
    alike.length === others.length
      ? `Reconstructions are equally good: the PSNR of ${others.length === 1 ? 'the other model' : `all ${others.length} others`} is within 0.5 dB of the plain autoencoder's ${fixed(of, 2)} dB (${range(held.map(({ difference }) => difference))}).`
      : alike.length > 0
        ? `The PSNR of ${differences(alike)} is within 0.5 dB of the plain autoencoder's ${fixed(of, 2)} dB.`
        : `No other model is within 0.5 dB of the plain autoencoder's PSNR of ${fixed(of, 2)} dB for certain.`,
    ...(apart.length > 0
      ? [`It is not so for ${differences(apart)}: generation is not compared at equal reconstruction there.`]
      : []),
    ...(unclear.length > 0
      ? [`The error leaves open on which side of 0.5 dB ${unclear.length > 1 ? 'are' : 'is'} ${differences(unclear)}.`]
      : []),
    ...(broken.length > 0 ? [`The PSNR of ${named(broken.map(({ model }) => model))} is no finite number.`] : []),
  ]
}

function costs(models: readonly ModelResults[], plain: ModelResults | undefined, measure: Measure): readonly string[] {
  const best = rankedBy(measure, models)[0]
  if (!best || !plain || best === plain) return []
  const ratio = best.millisecondsPerStep / plain.millisecondsPerStep
  return Number.isFinite(ratio)
    ? [`A training step of ${named([best])} takes ${fixed(ratio, 2)} times that of the plain one.`]
    : []
}

/** What a prior alone generates, of its samples decoded. */
function withoutGenerator(results: Results): readonly string[] {
  const ranked = results.models
    .flatMap((model) => {
      const found = meanOver(results, model, ({ generated }) => generated.fromPrior)
      return found ? [{ model, value: found.value }] : []
    })
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value)
  const [best, ...others] = ranked
  if (!best || others.length === 0) return []
  const rest = others.map(({ model, value }) => `${fixed(value, 1)} for ${named([model])}`)
  return [
    `Without a generator, decoding samples of the prior itself, ${named([best.model])} comes nearest to digits, with ${fixed(best.value, 1)}; it is ${listed(rest)}.`,
  ]
}

const range = (values: readonly number[]): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return values.length === 1 ? `${signed(low)} dB` : `${signed(low)} to ${signed(high)} dB`
}
const signed = (value: number): string => `${value > 0 ? '+' : ''}${fixed(value, 2)}`
const named = (models: readonly ModelResults[]): string =>
  listed(models.map(({ title, regulariser }) => (!regulariser ? 'the plain autoencoder' : `‘${title}’`)))
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
