import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { writeAtomically } from '../runtime/node/index.ts'
import { listenForInterrupts } from '../runtime/node/interrupts.ts'
import { describe } from '../studies/align/describe.ts'
import { priorPlan } from '../studies/align/features.ts'
import type { Study } from '../studies/align/plans.ts'
import { objectives, type Regulariser, type Settings } from '../studies/align/results.ts'
import { runJob, settingsIn } from '../studies/align/run.ts'
import type { ModelPlan } from '../studies/align/world.ts'
import { didYouMean } from '../studies/nearest.ts'
import { resultsFile } from '../studies/report/read.ts'
import { reportOf } from '../studies/report/report.ts'
import { summaryOf } from '../studies/report/summary.ts'
import { duration, toJson } from '../studies/texts.ts'
import { loadConfig } from './config.ts'
import { deviceOptions, openFor } from './device.ts'
import { configOptions, flag, notNegative, readOptions, text, toConfig, type Values, whole } from './options.ts'
import { commandOf, quoted } from './quoted.ts'

/** The options of all commands that train models to compare them. */
export const jobOptions = {
  models: text('NAMES', 'only some of the models, with commas between them'),
  quick: flag('a tenth of the steps: to see that it works, not to learn anything from it'),
  latent: whole('d, of the latents', 16),
  'latent-noise': notNegative(
    'the standard deviation of noise on latents while autoencoders train; their own where they tell Gaussians',
    0,
  ),
  train: whole('digits to train on', 8000, 256),
  'held-out': whole('digits that are held out', 2000, 256),
  batch: whole('digits a step', 128),
  'autoencoder-steps': whole('of each autoencoder', 1500),
  'prior-steps': whole('of each prior', 1500),
  'generator-steps': whole('of the generator of each', 1500),
  samples: whole('images that are drawn of each generator', 2000, 256),
  seed: whole('of all that is random but the choice of digits', 0, 0),
  seeds: whole('how many are trained from, beginning with --seed', 1),
  ...deviceOptions,
  out: text('FOLDER', 'where all of it is kept; the same command goes on with what is there'),
  ...configOptions,
  config: { ...configOptions.config, about: `${configOptions.config.about}; and models of your own` },
}

type JobGiven = Values<typeof jobOptions>

/**
 * Options of a command line and of the config that it names; undefined where it asks for help. A config may have models
 * beside names: `{ "name": "mine", "title": "mine", "regulariser": { "prior": "words/pca", "objective": "match",
 * "weight": 0.1 } }`.
 *
 * Rejects with an Error where an option or the config is wrong.
 */
export async function readJob(args: readonly string[], defaults: Partial<JobGiven>) {
  const options = Object.fromEntries(
    Object.entries(jobOptions).map(([name, option]) => {
      const absent = defaults[name as keyof JobGiven]
      return [name, absent === undefined ? option : { ...option, absent, shown: `${absent}` }]
    }),
  ) as typeof jobOptions
  const first = readOptions(args, options)
  if (!first) return undefined
  if (first.config === undefined) return { given: first, own: [] }
  const { file, values } = await loadConfig(first.config)
  const { models = [], ...others } = values
  if (!Array.isArray(models)) throw new Error(`'${file}': models is a list, was given ${JSON.stringify(models)}`)
  const own = models
    .filter((model) => typeof model !== 'string')
    .map((model, i) => ownPlan(model, `'${file}': models[${i}]`))
  const names = models.map((model: string | ModelPlan) => (typeof model === 'string' ? model : model.name))
  const twice = own.find(({ name }) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice)
    throw new Error(`'${file}': models has '${twice.name}' twice, of which one is your own; give it another name`)
  const given = readOptions(args, options, {
    file,
    values: { ...others, ...(names.length > 0 && { models: names }) },
  })!
  return { given, own }
}

function ownPlan(model: unknown, place: string): ModelPlan {
  const { name, title = name, regulariser, ...others } = Object(model) as { readonly [key: string]: unknown }
  const unknown = Object.keys(others)
  if (unknown.length > 0) throw new Error(`${place} has '${unknown[0]}'; a model has name, title and regulariser`)
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name))
    throw new Error(`${place}.name is to be letters, digits, '-', '_' and '.', was given ${JSON.stringify(name)}`)
  if (typeof title !== 'string') throw new Error(`${place}.title is to be a text, was given ${JSON.stringify(title)}`)
  if (regulariser === undefined) return { name, title }
  const { prior, objective, weight } = Object(regulariser) as { readonly [key: string]: unknown }
  const known = objectives.find((one) => one === objective)
  if (!known)
    throw new Error(
      `${place}.regulariser.objective is to be ${objectives.join(', ')}, was given ${JSON.stringify(objective)}`,
    )
  if (typeof weight !== 'number' || !(weight > 0 && Number.isFinite(weight)))
    throw new Error(`${place}.regulariser.weight is to be a number above 0, was given ${JSON.stringify(weight)}`)
  if (known === 'kl' ? prior !== undefined : typeof prior !== 'string')
    throw new Error(
      known === 'kl'
        ? `${place}.regulariser: KL is to N(0, I), and has no prior`
        : `${place}.regulariser.prior is to be a name such as 'words' or 'digits/pca', was given ${JSON.stringify(prior)}`,
    )
  if (typeof prior === 'string') priorPlan(prior)
  return { name, title, regulariser: { ...(typeof prior === 'string' && { prior }), objective: known, weight } }
}

/** What a command trains, and what it is called. */
interface JobCommand {
  readonly name: string
  /** Said before it begins. */
  readonly title: string
  readonly study: Study
  /** Whether the report has a part about the plane. */
  readonly toy?: boolean
  readonly args: readonly string[]
}

/** Trains and measures, and leaves a report, until it is done or stopped. */
export async function runCommand({ given, own }: { given: JobGiven; own: readonly ModelPlan[] }, command: JobCommand) {
  const models = chosen([...command.study.models, ...own], given.models ?? ownNames(own))
  const settings = settingsOf(given)
  const folder = given.out ?? (await freshFolder(join('runs', command.name), settings))
  const stop = new AbortController()
  const device = await openFor(given)
  const interrupts = listenForInterrupts(() => {
    console.log('\nending after the steps at hand, which are saved; once more ends at once')
    stop.abort()
  })
  try {
    console.log(`${command.title}, on the ${device.name}; kept in ${folder}\n`)
    const results = await runJob({
      settings,
      models,
      seeds: Array.from({ length: given.seeds }, (_, i) => given.seed + i),
      folder,
      toy: command.toy ?? false,
      command: commandOf('fluxion', ...command.args),
      device,
      say: (line) => console.log(line),
      signal: stop.signal,
    })
    const report = join(folder, 'report.html')
    await writeAtomically(join(folder, resultsFile), toJson(results))
    await writeAtomically(report, await reportOf(results))
    console.log(
      `\n${describe(results)}\n\n${summaryOf(results).join('\n')}\n\n${duration(results.seconds)}; the report is ${report}, its numbers ${resultsFile} beside it`,
    )
  } catch (error) {
    if (!stop.signal.aborted) throw error
    console.log(
      `\nstopped; the same command${given.out === undefined ? ` with --out ${quoted(folder)}` : ''} goes on from there`,
    )
    process.exitCode = 130
  } finally {
    interrupts.dispose()
    device.dispose()
  }
}

const ownNames = (own: readonly ModelPlan[]): string | undefined =>
  own.length > 0 ? own.map(({ name }) => name).join() : undefined

function chosen(plans: readonly ModelPlan[], names: string | undefined): readonly ModelPlan[] {
  if (names === undefined) return plans
  return [...new Set(names.split(','))].map((name) => {
    const found = plans.findLast((plan) => plan.name === name.trim())
    if (found) return found
    const known = plans.map((plan) => plan.name)
    throw new Error(`--models takes ${known.join(', ')}; was given '${name}'${didYouMean(name, known)}`)
  })
}

function settingsOf(given: JobGiven): Settings {
  const part = given.quick ? 10 : 1
  return {
    train: given.train,
    heldOut: given['held-out'],
    latent: given.latent,
    latentNoise: given['latent-noise'],
    batch: given.batch,
    autoencoderSteps: Math.ceil(given['autoencoder-steps'] / part),
    priorSteps: Math.ceil(given['prior-steps'] / part),
    generatorSteps: Math.ceil(given['generator-steps'] / part),
    samples: Math.max(256, Math.ceil(given.samples / part)),
  }
}

/**
 * That of a job of these settings which was not ended, or one that is not there yet: runs/align, runs/align-2 and so
 * on.
 */
async function freshFolder(name: string, settings: Settings): Promise<string> {
  for (let count = 1; ; count += 1) {
    const folder = count === 1 ? name : `${name}-${count}`
    if (!existsSync(folder)) return folder
    if (existsSync(join(folder, resultsFile))) continue
    const before = await settingsIn(folder).catch(() => undefined)
    if (before && isDeepStrictEqual(before, settings)) return folder
  }
}

/** All options as a config has them. */
export function printedConfig({ given, own }: { given: JobGiven; own: readonly ModelPlan[] }, study: Study): string {
  const { quick, models, ...others } = given
  const used = chosen([...study.models, ...own], models ?? ownNames(own))
  return toJson({ ...toConfig({ ...others, ...settingsOf(given) }), models: used })
}

/** Models of a study, a line each. */
export const describeModels = ({ models }: Study): string =>
  models.map(({ name, title, regulariser }) => `  ${name.padEnd(18)}${title}${weightOf(regulariser)}`).join('\n')

const weightOf = (regulariser: Regulariser | undefined): string =>
  regulariser
    ? `: ${regulariser.objective}${regulariser.prior ? ` ${regulariser.prior}` : ''}, weight ${regulariser.weight}`
    : ''
