import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Device } from '../../index.ts'
import { classifierFeatures, frechetDistance, noiseFloor, type Points, type Sampler } from '../../models/index.ts'
import { distinct } from '../../models/projections/draws.ts'
import { rowsAt } from '../../models/projections/features.ts'
import { list, number, record, text } from '../../runtime/node/data/json-check.ts'
import { runFolder } from '../../runtime/node/index.ts'
import { makeFolder } from '../../runtime/node/make-folder.ts'
import { differing } from '../../runtime/node/run-folder.ts'
import { type Clock, clockOf } from '../clock.ts'
import { kept, keptAlready, once, oncePer } from '../kept.ts'
import { model, prior, settings as readSettings, toy as readToy } from '../report/read.ts'
import { toyFigures } from '../toy/figures.ts'
import { stepTimes } from './autoencoder.ts'
import { imagesAsData, loadDigits } from './digits.ts'
import { checkWidth, type FeatureKind, featuresOf } from './features.ts'
import { type Found, modelOf } from './models.ts'
import { checkNames } from './names.ts'
import { measuredPrior, type TrainedOn, trainedPrior } from './priors.ts'
import type { ModelMeasures, ModelResults, PriorResults, Repeat, Results, Settings, ToyResults } from './results.ts'
import { loadUmap } from './umap.ts'
import { firstRows, type Judge, type ModelPlan, type SplitDigits, type Stage, type World } from './world.ts'

/** Models that are trained alike, from each of some seeds. */
export interface Job {
  readonly settings: Settings
  readonly models: readonly ModelPlan[]
  /** The first is the one whose pictures are shown. */
  readonly seeds: readonly number[]
  /** Where all of it is kept: what is there already, of the same settings, is not made again. */
  readonly folder: string
  /**
   * Whether it shows as well, in the plane, where everything is known, what objectives do to points that nothing holds.
   */
  readonly toy?: boolean
  /** What reruns it. */
  readonly command: string
  readonly device: Device
  /** Told of each part as it begins, and of what it found. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Trains priors, autoencoders and generators, and measures all of them. Each part is kept in the folder when it is
 * done, and checkpoints of it before, so that the same job goes on where it was stopped.
 *
 * Rejects with an AbortError when the signal is aborted; with an Error where the folder is of another job, and before
 * anything is trained where there are too few digits.
 */
export async function runJob(job: Job): Promise<Results> {
  const { settings, folder } = job
  check(job)
  // Where the package is missing, that is said before anything is trained.
  await loadUmap()
  // Other seeds are of other parameters, orders and noise, not of other digits and measures.
  const digits = await loadDigits(settings.train, settings.heldOut, 0)
  await begin(folder, settings)
  const clock = await clockOf(join(folder, 'time.json'))
  try {
    const found = await partsOf(job, digits, clock)
    return {
      format: 1,
      created: new Date().toISOString(),
      command: job.command,
      device: job.device.name,
      seconds: clock.seconds(),
      seed: job.seeds[0]!,
      settings,
      ...found,
      caveats: [...(job.seeds.length > 1 ? [] : [oneSeed]), ...caveats],
    }
  } finally {
    await clock.keep()
  }
}

/** What is found of all parts of a job. */
async function partsOf(
  job: Job,
  digits: SplitDigits,
  clock: Clock,
): Promise<Pick<Results, 'priors' | 'models' | 'toy' | 'repeats'>> {
  const { settings, models, folder, say } = job
  say(`${settings.train} digits to train on, ${settings.heldOut} held out`)
  const fixed = { ...job, digits, ...stageOf(job, folder, 0) }
  const judge = once(() => judgeOf(fixed))
  const features = oncePer((kind: FeatureKind) => featuresOf(kind, { ...fixed, digits: digits.train }))
  const [shown, ...others] = job.seeds
  const of = (seed: number) => worldOf(job, digits, seed, features, judge)
  const modelsOf = async (world: World): Promise<readonly Found[]> => {
    if (job.seeds.length > 1) say(`\nseed ${world.seed}`)
    const found: Found[] = []
    for (const plan of models) {
      found.push(await keptModel(plan, world, job))
      await clock.keep()
    }
    return found
  }
  return using(of(shown!), async (first) => {
    const ofFirst = await modelsOf(first)
    const repeats: Repeat[] = []
    for (const seed of others) repeats.push({ seed, models: (await using(of(seed), modelsOf)).map(measuresOf) })
    const priors: PriorResults[] = []
    for (const name of new Set(models.flatMap(({ regulariser }) => regulariser?.prior ?? [])))
      priors.push(await first.priorResults(name))
    const times = await keptTimes(models, first)
    const toy = job.toy ? await keptToy(first) : undefined
    return {
      priors,
      models: ofFirst.map((found, i): ModelResults => ({ ...found, millisecondsPerStep: times[i]! })),
      ...(toy && { toy }),
      repeats,
    }
  })
}

/** What is made of a world, which is disposed of then. */
async function using<T>(world: World, make: (world: World) => Promise<T>): Promise<T> {
  try {
    return await make(world)
  } finally {
    world.dispose()
  }
}

const imageBytes = 4 * 28 * 28
/** What images may take at once. */
const mostBytes = 2 ** 31

/** What could only be found to be wrong after something was trained. */
function check({ settings: { batch, train, latent, samples }, models }: Job): void {
  checkNames(models.map(({ name }) => name))
  if (batch > train)
    throw new Error(`a batch of ${batch} is more than the ${train} digits that are trained on; take one that is not`)
  const bytes = imageBytes * samples
  if (bytes > mostBytes)
    throw new Error(
      `${samples} samples of each generator take ${Math.round(bytes / 2 ** 20)} MiB as images; take at most ${Math.floor(mostBytes / imageBytes)}`,
    )
  for (const { regulariser } of models) if (regulariser?.prior !== undefined) checkWidth(regulariser.prior, latent)
}

/** Makes the folder, or sees that it is of the same settings. */
async function begin(folder: string, settings: Settings): Promise<void> {
  await makeFolder(folder).catch((error: Error) => {
    throw new Error(`cannot make the folder '${folder}': ${error.message}`, { cause: error })
  })
  const file = join(folder, settingsFile)
  const before = await kept(
    file,
    (value) => readSettings(value, ''),
    async () => settings,
  )
  const differences = differing(before, settings, 'settings')
  if (differences.length > 0)
    throw new Error(
      `'${folder}' is of a job with other settings:\n${differences.map((line) => `  ${line}`).join('\n')}\ngo on with those, or choose another folder`,
    )
}

const settingsFile = 'settings.json'

/** The settings of the job that a folder has; undefined where it has none. */
export const settingsIn = (folder: string): Promise<Settings | undefined> =>
  keptAlready(join(folder, settingsFile), (value) => readSettings(value, ''))

function stageOf({ settings, device, say, signal }: Job, folder: string, seed: number): Stage {
  return {
    settings,
    seed,
    device,
    say,
    signal,
    record: (part, saved = {}) => runFolder(join(folder, part), { ...saved, resume: true, interrupt: false, keep: 1 }),
  }
}

function worldOf(
  job: Job,
  digits: SplitDigits,
  seed: number,
  featuresOf: World['featuresOf'],
  judge: World['judge'],
): World {
  const folder = join(job.folder, `seed-${seed}`)
  const world = { ...stageOf(job, folder, seed), digits, folder, featuresOf, judge }
  const priors: TrainedOn[] = []
  const trained = oncePer(async (name: string) => {
    const made = await trainedPrior(name, world)
    priors.push(made)
    return made
  })
  const whole: World = {
    ...world,
    prior: trained,
    priorResults: oncePer((name: string) =>
      kept(
        join(folder, 'priors', `${name.replace('/', '-')}.json`),
        (value) => prior(value, ''),
        async () => measuredPrior(name, await trained(name), whole),
      ),
    ),
    dispose() {
      for (const { prior } of priors) prior.dispose()
    },
  }
  return whole
}

/** A model that is found, unless it has been before. */
async function keptModel(plan: ModelPlan, world: World, { say, signal }: Job): Promise<Found> {
  let isNew = false
  const found = await kept(
    join(world.folder, `${plan.name}.json`),
    (value): Found => {
      const { millisecondsPerStep: _, ...before } = model({ millisecondsPerStep: 0, ...(value as object) }, '')
      if (!isDeepStrictEqual(before.regulariser, plan.regulariser))
        throw new Error(
          `its latents were drawn by ${JSON.stringify(before.regulariser)}, here they are to be by ${JSON.stringify(plan.regulariser)}`,
        )
      return { ...before, title: plan.title }
    },
    async () => {
      isNew = true
      const made = await modelOf(plan, world)
      signal.throwIfAborted()
      return made
    },
  )
  say(`${isNew ? '  ' : `${plan.title}, found before: `}${summaryOf(found)}`)
  return found
}

/** Step times of all models, measured side by side unless they were before. */
async function keptTimes(plans: readonly ModelPlan[], world: World): Promise<readonly number[]> {
  const names = plans.map(({ name }) => name)
  const read = record<{ names: readonly string[]; milliseconds: readonly number[] }>({
    names: list(text),
    milliseconds: list(number),
  })
  const file = join(world.folder, `step-times-${names.join('-')}.json`)
  const found = await kept(
    file,
    (value) => read(value, ''),
    async () => ({ names, milliseconds: await stepTimes(plans, world) }),
  )
  return found.milliseconds
}

/** What happens in the plane, unless it was found before. */
const keptToy = ({ folder, settings, seed, device, signal, say }: World): Promise<ToyResults> =>
  kept(
    join(folder, 'plane.json'),
    (value) => readToy(value, ''),
    () => toyFigures({ device, seed, steps: Math.min(5000, 3 * settings.autoencoderSteps), signal, say }),
  )

async function judgeOf({ digits, ...stage }: Stage & { readonly digits: SplitDigits }): Promise<Judge> {
  const { settings, seed, device, record, say, signal } = stage
  say('a classifier of digits, whose features measure what is generated')
  const classifier = await classifierFeatures(digits.train.data, device, {
    steps: Math.ceil(settings.autoencoderSteps / 2),
    // Another than that whose features may be a prior.
    seed: seed + 100,
    record: record('judge'),
    signal,
  })
  signal.throwIfAborted()
  const of = (images: Float32Array) => classifier.of(imagesAsData(images))
  const real = await of(digits.heldOut.images)
  const pool = await of(
    firstRows(digits.train.images, 28 * 28, fewCommon * Math.max(settings.heldOut, settings.samples)),
  )
  return { of, real, floor: floorsOf(pool, real) }
}

/** Sets that are drawn from so many times as many have few in common. */
const fewCommon = 4

/** Noise floors of the Frechet distance to `real` of sets of any size, drawn from a pool. */
function floorsOf({ data, dimension }: Points, real: Points): Judge['floor'] {
  const rows = data.length / dimension
  const draw: Sampler = (random, count) => {
    const chosen = distinct(rows, Math.min(count, rows), () => random.uniform())
    return { data: rowsAt(data as Float32Array, dimension, chosen), dimension }
  }
  const floors = new Map<number, number>()
  return (count) => {
    const floor =
      floors.get(count) ??
      noiseFloor((points) => frechetDistance(points, real), draw, count, { repeats: 19, reference: 1 }).quantiles.q95
    floors.set(count, floor)
    return floor
  }
}

const measuresOf = (found: Found): ModelMeasures => {
  const { name, psnr, ssim, reconstructionFrechet, probe, latents, generated } = found
  const { agreement: _, ...ofLatents } = latents
  const { curves: __, ...ofGenerated } = generated
  return { name, psnr, ssim, reconstructionFrechet, probe, latents: ofLatents, generated: ofGenerated }
}

const summaryOf = ({ psnr, generated, probe, latents }: Found): string =>
  `PSNR ${psnr.value.toFixed(2)} dB, Frechet distance of generated digits ${generated.frechet.value.toFixed(2)} (real ones: ${generated.frechet.floor.toFixed(2)}), probe ${(100 * probe).toFixed(1)}%${latents.alarms.length > 0 ? ', collapsed' : ''}`

const oneSeed =
  'One seed: differences between models that are not far larger than those between seeds show nothing. Train from several with --seeds.'

const caveats = [
  'The Frechet distance, precision and recall are on features of a small classifier that was trained on the same digits; its seed differs from that of the classifier whose features are a prior, but the two are alike.',
  'All models have the same network, data, number of steps and seed; a step with a prior costs more time, which the table shows.',
]
