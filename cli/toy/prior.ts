import { existsSync } from 'node:fs'
import { adam, constant } from '../../dsl/optim/index.ts'
import { compile, type Device } from '../../index.ts'
import {
  excessAt,
  flowPoints,
  hostRandom,
  type MixtureTarget,
  priorStep,
  simpleMlpAdaLN,
  straightness,
  type TrainedPrior,
  trainPrior,
} from '../../models/index.ts'
import { priorSchedule } from '../../models/prior/schedule.ts'
import { dataset } from '../../runtime/data/index.ts'
import { progressBar, runFolder, writeAtomically } from '../../runtime/node/index.ts'
import { aboutFile, readRun } from '../../runtime/node/run-files.ts'
import type { PriorConfig } from '../../studies/prior-config.ts'
import { table } from '../../studies/table.ts'
import { toJson } from '../../studies/texts.ts'
import { type Measures, measure } from '../../studies/toy/measure.ts'
import { configFiles, readConfigured } from '../config.ts'
import { deviceOptions, openFor } from '../device.ts'
import { flowOptions, otherSteps } from '../flow-options.ts'
import {
  type ConfigOf,
  configOptions,
  describeOptions,
  flag,
  type Read,
  text,
  toConfig,
  type Values,
  whole,
} from '../options.ts'
import { commandOf } from '../quoted.ts'
import { scatter } from '../scatter.ts'
import { checkWritten } from '../written-file.ts'
import { targetNamed, targetOption } from './target.ts'

const options = {
  target: targetOption,
  steps: whole('training steps', 2000, 0),
  batch: whole('points a step', 256),
  ...flowOptions,
  paper: flag(
    'the network and schedule of the paper: width 512, 4 blocks, time scale 1, Adam with 1e-4, 100,000 steps',
  ),
  samples: whole('how many are drawn and held to the target', 4000, 200),
  seed: whole('of parameters, data and noise', 0, 0),
  ...deviceOptions,
  run: text('FOLDER', 'saves checkpoints, metrics and config there'),
  resume: flag('goes on from the last checkpoint of --run'),
  picture: text('FILE.svg', 'draws the target and samples of the prior beside it'),
  explain: flag('prints what the training step was compiled to'),
  ...configOptions,
}

const usage = `Trains a flow prior on a target in the plane (SimpleMLPAdaLN, flow matching), and holds it to what is known of the target.

  fluxion toy prior [OPTIONS]

${describeOptions(options)}`

/** The points of the target that there are to train on. */
const size = 2 ** 18

export async function run(args: readonly string[]): Promise<void> {
  const read = await readConfigured(args, [], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { given } = read
  const settings = settingsOf(read)
  if (given['print-config']) {
    console.log(toJson(toConfig(settings)))
    return
  }
  if (given.resume && given.run === undefined)
    throw new Error('--resume goes on with a run; say which: --run FOLDER --resume')
  const target = targetNamed(given.target)
  const wrote =
    given.picture === undefined ? undefined : await checkWritten('picture', given.picture, configFiles(given))
  const device = await openFor(given)
  try {
    if (given.explain) console.log(`${await explained(device, settings)}\n`)
    console.log(`${target.name} on the ${device.name}: ${settings.steps} steps of ${settings.batch}`)
    for (const line of await changesOf(settings)) console.log(line)
    const prior = await train(device, target, settings)
    if (prior.status === 'interrupted') {
      console.log(
        `\nstopped after ${prior.step} steps${given.run === undefined ? '' : `; ${resuming(given.run)} goes on`}`,
      )
      return
    }
    const found = await heldTo(prior, target, settings)
    console.log(`\n${describe(found, target)}`)
    if (given.picture !== undefined) {
      await writeAtomically(given.picture, pictureOf(found.samples, target, settings))
      console.log(`\n${wrote}`)
    }
  } finally {
    device.dispose()
  }
}

/** That of the paper is constant. */
async function changesOf({ run, resume, paper, steps }: Settings): Promise<readonly string[]> {
  if (run === undefined || !resume || paper || !existsSync(aboutFile(run))) return []
  return otherSteps(run, (await readRun(run)).about, steps)
}

const resuming = (folder: string): string => `the same command with ${commandOf('--run', folder, '--resume')}`

type Given = Values<typeof options>
export type ToyPriorOptions = ConfigOf<typeof options>
/** What is trained and how: the options, where --paper gives those that are not given themselves. */
type Settings = Given

function settingsOf({ given, has }: Pick<Read<typeof options>, 'given' | 'has'>): Settings {
  if (!given.paper) return given
  const taken = Object.entries(paper).filter(([name]) => !has(name as keyof Given))
  return { ...given, ...Object.fromEntries(taken) }
}
const paper = { width: 512, blocks: 4, 'time-scale': 1, steps: 100_000, averaging: 0.9999, 'learning-rate': 1e-4 }

const fieldOf = ({ width, blocks, 'time-scale': timeScale }: Settings) =>
  simpleMlpAdaLN(2, { width, blocks, timeScale })

const stepOptions = ({ averaging, paper, steps, 'learning-rate': peak }: Settings) => ({
  averaging,
  optimiser: adam({
    learningRate: paper ? constant(peak) : priorSchedule(peak, steps),
  }),
})

async function explained(device: Device, settings: Settings): Promise<string> {
  const step = priorStep(fieldOf(settings), stepOptions(settings))
  const run = await compile(step as never, device, { n: settings.batch } as never)
  return (run as unknown as { explain(): Promise<string> }).explain()
}

/** Trains the prior, and measures it as it does. */
async function train(device: Device, target: MixtureTarget, settings: Settings): Promise<ToyPrior> {
  const { steps, batch, seed, run: folder, resume } = settings
  const {
    target: name,
    width,
    blocks,
    'time-scale': timeScale,
    averaging,
    paper,
    'learning-rate': learningRate,
  } = settings
  const network: PriorConfig = { network: 'simpleMlpAdaLN', dimension: 2, width, blocks, timeScale, averaging }
  const floor = target.bayesFloor().value
  const points = flowPoints(target.mixture, { points: 4096 })
  const data = dataset({ y: { shape: [2], data: target.sample(hostRandom(seed), size) } })
  return trainPrior(fieldOf(settings), data, device, {
    ...stepOptions(settings),
    steps,
    batch,
    seed,
    evaluate: {
      every: Math.max(1, Math.ceil(steps / 8)),
      async run(prior) {
        const excess = excessAt(points, await prior.velocity(points.x, points.t), target.mixture)
        return {
          'excess over the floor': excess.value,
          'standard error': excess.standardError,
          '% of the floor': (100 * excess.value) / floor,
        }
      },
    },
    record:
      folder === undefined
        ? progressBar()
        : runFolder(folder, {
            resume,
            again: resuming(folder),
            config: { toy: 'prior', target: name, ...network, batch, learningRate, paper },
          }),
  })
}

type ToyPrior = TrainedPrior<2, ReturnType<typeof fieldOf>['params']>

/** A trained prior held to its target. */
interface Held {
  /** E||v - v*||^2, over the Bayes floor, as a share of the floor. */
  readonly excess: { readonly share: number; readonly standardError: number }
  /** Drawn from the prior, [samples, 2]. */
  readonly samples: Float32Array
  readonly measures: Measures
  /** -log p of the prior, on as many fresh samples of the target: its mean less the entropy is KL(target || prior). */
  readonly nll: { readonly mean: number; readonly standardError: number; readonly solver: string }
  readonly curvature: number
}

async function heldTo(
  prior: Pick<ToyPrior, 'velocity' | 'sample' | 'logProb' | 'paths'>,
  target: MixtureTarget,
  { samples: count, seed }: Pick<Settings, 'samples' | 'seed'>,
): Promise<Held> {
  const points = flowPoints(target.mixture, { points: 16384, seed: seed + 1 })
  const excess = excessAt(points, await prior.velocity(points.x, points.t), target.mixture)
  const floor = target.bayesFloor().value
  const samples = await prior.sample(count, { seed: seed + 1 })
  const { value, solver } = await prior.logProb(target.sample(hostRandom(seed + 1), Math.min(count, 4000)))
  const mean = -value.reduce((sum, log) => sum + log, 0) / value.length
  const variance = value.reduce((sum, log) => sum + (log + mean) ** 2, 0) / (value.length - 1)
  return {
    excess: { share: excess.value / floor, standardError: excess.standardError / floor },
    samples,
    measures: measure(samples, target, seed),
    nll: { mean, standardError: Math.sqrt(variance / value.length), solver },
    curvature: straightness(await prior.paths(1000, { steps: 50 })).curvature.value,
  }
}

function describe({ excess, measures, nll, curvature }: Held, target: MixtureTarget): string {
  const { likelihood, energy, modes, alarm } = measures
  const nats = (value: number, error: number) => `${value.toFixed(4)} +- ${error.toFixed(4)}`
  const entropy = likelihood.entropy.value.toFixed(4)
  const rows = [
    [
      'loss over the Bayes floor',
      `${(100 * excess.share).toFixed(2)}% +- ${(100 * excess.standardError).toFixed(2)}%`,
      `0%, of ${target.bayesFloor().value.toFixed(4)} (sum over 2 dims)`,
    ],
    ['-log p of its samples, p the target', nats(likelihood.mean, likelihood.standardError), `${entropy}, the entropy`],
    [
      `-log p of the target's samples, p the prior (${nll.solver})`,
      nats(nll.mean, nll.standardError),
      `${entropy}, in nats`,
    ],
    [
      'energy distance of its samples',
      energy.value.toExponential(1),
      `${energy.floor.quantiles.q95.toExponential(1)}, what 19 of 20 samples of the target are below`,
    ],
    ['effective modes', modes.effectiveModes.toFixed(2), `${target.mixture.means.length}`],
    ['curvature of its paths', curvature.toFixed(3), '0 if one Euler step followed them'],
  ]
  const shown = target.mixture.means.length > 16 ? rows.filter(([name]) => name !== 'effective modes') : rows
  const said = table([{ head: '' }, { head: 'prior' }, { head: 'ideal' }], shown)
  return [said, ...alarm.findings.map(({ message }) => `\nalarm: ${message}`)].join('\n')
}

function pictureOf(samples: Float32Array, target: MixtureTarget, { seed, steps }: Settings): string {
  const count = Math.min(samples.length / 2, 2000)
  const panels = [
    { title: target.name, points: target.sample(hostRandom(seed + 2), count) },
    { title: `prior after ${steps} steps`, points: samples.subarray(0, 2 * count) },
  ]
  return scatter(panels, 2.4)
}
