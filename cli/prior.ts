import { existsSync } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { rankOfRows } from '../models/projections/rank.ts'
import { aboutFile, type Json, type RunFile, readRun } from '../runtime/node/run-files.ts'
import { toJson } from '../studies/texts.ts'
import { readConfigured } from './config.ts'
import { deviceOptions, openFor } from './device.ts'
import { columnOption, type FeatureFile, fileHelp, readFeatures } from './feature-file.ts'
import { flowOptions, otherSteps } from './flow-options.ts'
import {
  type Config,
  type ConfigOf,
  configOptions,
  describeOptions,
  flag,
  oneOf,
  optional,
  readArguments,
  text,
  toConfig,
  type Values,
  whole,
} from './options.ts'
import { describeHeld, heldTo } from './prior/held.ts'
import { projectionNames } from './prior/projections.ts'
import { type RowsTarget, type Settings, targetOf, train } from './prior/train.ts'
import { commandOf } from './quoted.ts'

const options = {
  column: columnOption,
  latent: optional(whole('D, the dims of the latents that features are projected to', 16), "the features' own width"),
  projection: optional(
    oneOf('how they are projected', projectionNames, 'none'),
    'random where --latent is given, else none',
  ),
  normalisation: optional(
    oneOf('of features before that', ['perFeature', 'global', 'none'], 'perFeature'),
    'perFeature; global with projection none',
  ),
  steps: whole('training steps', 2000, 0),
  batch: whole('rows a step', 256),
  ...flowOptions,
  seed: whole('of parameters, projection, held-out rows and noise', 0, 0),
  ...deviceOptions,
  run: optional(text('FOLDER', 'where checkpoints, metrics, config and projection are saved'), 'runs/prior'),
  resume: flag('goes on from the last checkpoint of --run, with what it was begun with'),
  ...configOptions,
  config: { ...configOptions.config, about: `${configOptions.config.about}; or the folder of a run, to do it again` },
}

const usage = `Trains a flow prior on rows of features (SimpleMLPAdaLN, flow matching), and holds it to a tenth of them that it was not shown.

  fluxion prior FILE [OPTIONS]

${fileHelp}

${describeOptions(options)}

Features are normalised, and projected where --latent or --projection says so; the run has both, so that others need not know. What is saved can be drawn from, and asked how likely rows are:

  fluxion prior features.npy --latent 16 --run runs/mine
  fluxion sample runs/mine -n 1000 --features --out samples.npy
  fluxion logprob runs/mine features.npy`

/** Fewer rows than these hold out too few to say anything. */
const fewest = 64

export async function run(args: readonly string[]): Promise<void> {
  const read = await readConfigured(args, ['FILE'], options, optionsOf)
  if (!read) {
    console.log(usage)
    return
  }
  const place = read.places[0]!
  const { run: folder = join('runs', 'prior'), resume, 'print-config': prints } = read.given
  if (!prints) await checkFolder(folder, resume)
  const before = resume ? await begunWith(folder, args, read.given) : undefined
  const given = before?.given ?? read.given
  const found = await readFeatures(place, given.column, fewest)
  const file = before ? sameRows(found, before.data, folder) : found
  const settings = settingsOf(given, file)
  if (prints) {
    console.log(toJson({ ...toConfig(given), ...settings }))
    return
  }
  const { steps, seed } = given
  const target = targetOf(file, settings, seed)
  if (settings.batch > target.train.indices.length)
    throw new Error(
      `--batch is ${settings.batch}, and ${file.name} has ${target.train.indices.length} rows to train on (a tenth of ${file.rows} is held out): take --batch ${2 ** Math.floor(Math.log2(target.train.indices.length))}`,
    )
  const device = await openFor(given)
  try {
    const { dimension } = target
    for (const note of file.notes) console.log(note)
    const projected =
      settings.projection === 'none' ? 'normalised' : `projected to ${dimension} (${settings.projection})`
    console.log(
      `${file.name} on the ${device.name}: ${file.rows} rows of ${file.dimension}, ${projected}; ${steps} steps of ${settings.batch}`,
    )
    warnOfFlat(target, file)
    for (const line of before ? otherSteps(folder, before, steps) : []) console.log(line)
    const again = commandOf('fluxion', 'prior', place, '--run', folder, '--resume')
    const prior = await train(device, file, target, settings, { steps, seed, folder, resume, again })
    if (prior.status === 'interrupted') {
      console.log(`\nstopped after ${prior.step} steps; ${again} goes on`)
      process.exitCode = 130
      return
    }
    const held = await heldTo(prior, target, file, { seed, isProjected: settings.projection !== 'none' })
    console.log(`\n${describeHeld(held, dimension)}`)
    console.log(`
saved in ${folder}; next:

  ${commandOf('fluxion', 'report', folder)}
  ${commandOf('fluxion', 'sample', folder, '-n', '1000', '--features', '--out', 'samples.npy')}
  ${commandOf('fluxion', 'logprob', folder, place, ...(given.column === undefined ? [] : ['--column', given.column]))}`)
  } finally {
    device.dispose()
  }
}

/** The rank of more dims than these is not looked for: it would take longer than a while. */
const rankUpTo = 1024

/** What lies in a plane has no density: the prior's grows there for as long as it is trained. */
function warnOfFlat({ dimension, train }: RowsTarget, { name }: FeatureFile): void {
  if (dimension > rankUpTo) return
  const rank = rankOfRows(train.latents, dimension)
  if (rank === dimension) return
  console.error(
    `warning: ${name} varies in ${rank} of the ${dimension} dims of latents alone, so there is no density: -log p falls for as long as the prior is trained, and says nothing; drop features that are constant or follow from others, or take --projection pca --latent ${rank}`,
  )
}

type Given = Values<typeof options>
export type PriorOptions = ConfigOf<typeof options>

function settingsOf(given: Given, file: FeatureFile): Settings {
  const { latent = file.dimension, normalisation, width, blocks, averaging, batch } = given
  const projection = given.projection ?? (given.latent === undefined ? 'none' : 'random')
  if (projection === 'none' && latent !== file.dimension)
    throw new Error(
      `--projection none leaves the ${file.dimension} features of ${file.name} as they are, and --latent is ${latent}; leave --latent out, or take another projection`,
    )
  const { 'time-scale': timeScale, 'learning-rate': learningRate } = given
  return { latent, projection, normalisation, width, blocks, timeScale, averaging, batch, learningRate }
}

/** Before anything is read or trained: whether a run can begin in a folder, or go on. */
async function checkFolder(folder: string, resume: boolean): Promise<void> {
  const isRun = existsSync(aboutFile(folder))
  if (resume && !isRun)
    throw new Error(
      `--resume goes on with a run, and there is none in ${folder}; leave it out, or say which: --run FOLDER`,
    )
  if (!resume && isRun) {
    const { status, about } = await readRun(folder)
    throw new Error(
      `${folder} has a run already (${status}, step ${about.step} of ${about.steps}); --resume goes on with it, --run FOLDER begins another`,
    )
  }
  const there = nearestThere(resolve(folder))
  if (!(await stat(there)).isDirectory())
    throw new Error(`--run is ${folder}, and ${there} is a file, which no run can be saved in; give another folder`)
  await access(there, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`--run is ${folder}, and this user may not write in ${there} (${error.code}); give another folder`)
  })
}

const nearestThere = (path: string): string => (existsSync(path) ? path : nearestThere(dirname(path)))

/** What is given, and where nothing is, what the run was begun with. */
async function begunWith(folder: string, args: readonly string[], { config }: Given) {
  if (config !== undefined)
    throw new Error(`--resume goes on with what the run in ${folder} was begun with; leave --config out`)
  const { about } = await readRun(folder)
  const values = optionsOf(about, folder)
  const { given } = readArguments(args, ['FILE'], options, { file: folder, values })!
  return { given, data: about.config.data as unknown as FeatureFile['source'], step: about.step, steps: about.steps }
}

/**
 * A file as the one that a run was begun with, wherever it is now: what it has is what counts.
 *
 * @throws Error where it has other rows.
 */
function sameRows(file: FeatureFile, before: FeatureFile['source'], folder: string): FeatureFile {
  const { sha256, rows, width } = file.source
  // The sum is of numbers alone.
  const isAsWide = rows === before.rows && width === before.width
  if (isAsWide && sha256 === before.sha256) return { ...file, source: before }
  const others = isAsWide ? 'other numbers' : `${rows} of ${width}`
  throw new Error(
    `${file.name} is not what the run in ${folder} was begun with: ${before.rows} rows of ${before.width} there, ${others} here; --resume goes on with the features of ${before.file}, wherever they are now, and --run FOLDER begins another run`,
  )
}

/** What `fluxion prior` was given when it began a run, as a config has it. */
function optionsOf({ config, steps, seed }: RunFile, folder: string): Config['values'] {
  if (typeof config.data !== 'object' || config.network === undefined)
    throw new Error(`${folder} is a run of another command; fluxion prior goes on with runs of its own`)
  const { column } = config.data as { readonly [name: string]: Json }
  const { dimension: latent, projection, normalisation, batch, width, blocks } = config
  const { timeScale, learningRate, averaging } = config
  const known = { column, latent, projection, normalisation, steps, batch, width, blocks, timeScale, learningRate }
  return Object.fromEntries(Object.entries({ ...known, averaging, seed }).filter(([, value]) => value !== undefined))
}
