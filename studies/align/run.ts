import { classifierFeatures, frechetDistance } from '../../models/index.ts'
import { loadWordVectors } from '../../runtime/node/index.ts'
import { toyFigures } from '../toy/figures.ts'
import { type Digits, imagesAsData, loadDigits } from './digits.ts'
import { type Found, modelOf } from './models.ts'
import { type PriorFeatures, priorOf, type TrainedOn } from './priors.ts'
import type { Results } from './results.ts'
import { loadUmap } from './umap.ts'
import { firstRows, type ModelPlan, type Stage } from './world.ts'

/** What is compared: a plain autoencoder, the usual baseline, and latents that are drawn to each prior. */
export const plans: readonly ModelPlan[] = [
  { name: 'plain', title: 'plain autoencoder' },
  { name: 'kl', title: 'drawn to N(0, I) by KL', regulariser: { objective: 'kl', weight: 0.05 } },
  {
    name: 'words',
    title: 'matched to word vectors',
    regulariser: { prior: 'words', objective: 'match', weight: 0.05 },
  },
  {
    name: 'digits',
    title: 'matched to digit features',
    regulariser: { prior: 'digits', objective: 'match', weight: 0.05 },
  },
  {
    name: 'digits-align',
    title: "aligned with digit features by the paper's loss",
    regulariser: { prior: 'digits', objective: 'align', weight: 0.05 },
  },
]

export interface Run extends Stage {
  readonly models: readonly string[]
  readonly command: string
  /** Told of each part as it begins. */
  readonly say: (line: string) => void
}

/** Trains priors, autoencoders and generators, and measures all of them. Rejects with an AbortError when the signal is aborted. */
export async function mainJob(run: Run): Promise<Results> {
  const { settings, seed, device, models, command, say, signal } = run
  const started = performance.now()
  const chosen = plans.filter(({ name }) => models.includes(name))
  // What is missing is told of before hours of training.
  await loadUmap()
  const digits = await loadDigits(settings.train, settings.heldOut, seed)
  say(`${settings.train} digits to train on, ${settings.heldOut} held out`)
  const judge = await classifier(digits.train, { ...run, seed: seed + 100 }, 'whose features measure what is generated')
  const featuresOf = (images: Float32Array) => judge.of(imagesAsData(images))
  const real = await featuresOf(digits.heldOut.images)
  const floor = frechetDistance(await featuresOf(firstRows(digits.train.images, 28 * 28, settings.heldOut)), real)

  const priors = new Map<string, TrainedOn>()
  for (const name of new Set(chosen.flatMap(({ regulariser }) => regulariser?.prior ?? []))) {
    const features = name === 'words' ? await wordFeatures() : await digitFeatures(digits.train, run)
    signal.throwIfAborted()
    say(`a flow prior of ${features.title}: ${features.data.length / features.dimension} rows of ${features.dimension}`)
    priors.set(name, await priorOf(features, run))
    signal.throwIfAborted()
  }

  const world = { ...run, digits, priors, featuresOf, real, floor }
  const found: Found[] = []
  for (const plan of chosen) {
    say(plan.title)
    const model = await modelOf(plan, world)
    signal.throwIfAborted()
    say(summaryOf(model))
    found.push(model)
  }
  const times = await interleaved(found)
  const toy = await toyFigures({ device, seed, steps: Math.min(5000, 3 * settings.autoencoderSteps), signal, say })
  return {
    format: 1,
    created: new Date().toISOString(),
    command,
    device: device.name,
    seconds: (performance.now() - started) / 1000,
    seed,
    settings,
    priors: [...priors.values()].map(({ results }) => results),
    models: found.map(({ results }, i) => ({ ...results, millisecondsPerStep: times[i]! })),
    toy,
    caveats,
  }
}

function classifier({ data }: Digits, run: Run, what: string) {
  const { settings, seed, device, record, signal, say } = run
  say(`a classifier of digits, ${what}`)
  const steps = Math.ceil(settings.autoencoderSteps / 2)
  return classifierFeatures(data, device, { steps, seed, record: record('a classifier'), signal })
}

async function wordFeatures(): Promise<PriorFeatures> {
  const words = await loadWordVectors()
  const { vector } = await words.rows(Uint32Array.from({ length: words.size }, (_, i) => i))
  return { name: 'words', title: 'word vectors (GloVe)', data: vector, dimension: 100 }
}

async function digitFeatures(digits: Digits, run: Run): Promise<PriorFeatures> {
  const { features } = await classifier(digits, run, 'whose features are a prior')
  return { name: 'digits', title: 'digit features (a classifier trained here)', ...features }
}

/** Milliseconds a step of each: medians of rounds in which each has its turn, since the machine may have others. */
async function interleaved(found: readonly Found[]): Promise<readonly number[]> {
  const rounds = 5
  const times = found.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1)
    for (const [i, { autoencoder }] of found.entries()) times[i]!.push(await autoencoder.timed(10))
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(rounds / 2)]!)
}

const summaryOf = ({ results: { psnr, generated, probe, latents } }: Found): string =>
  `  PSNR ${psnr.value.toFixed(2)} dB, Frechet distance of generated digits ${generated.frechet.value.toFixed(2)} (real ones: ${generated.frechet.floor.toFixed(2)}), probe ${(100 * probe).toFixed(1)}%${latents.alarms.length > 0 ? ', collapsed' : ''}`

const caveats = [
  'One seed: differences between models that are not far larger than those between seeds show nothing. Run other seeds with --seed.',
  'The Frechet distance, precision and recall are on features of a small classifier that was trained on the same digits; its seed differs from that of the classifier whose features are a prior, but the two are alike.',
  'All models have the same network, data, number of steps and seed; a step with a prior costs more time, which the table shows.',
]
