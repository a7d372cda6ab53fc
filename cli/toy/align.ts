import type { Device } from '../../index.ts'
import { exactField, hostRandom, type MixtureTarget } from '../../models/index.ts'
import { progressBar, writeAtomically } from '../../runtime/node/index.ts'
import { table } from '../../studies/table.ts'
import { duration, toJson } from '../../studies/texts.ts'
import { movePoints, type Objective, objectives, type PlanarField } from '../../studies/toy/free-points.ts'
import { type Measures, measure } from '../../studies/toy/measure.ts'
import { configFiles, readConfigured } from '../config.ts'
import { deviceOptions, openFor } from '../device.ts'
import {
  type ConfigOf,
  configOptions,
  describeOptions,
  positive,
  type Read,
  someOf,
  text,
  toConfig,
  type Values,
  whole,
} from '../options.ts'
import { savedPrior } from '../saved-prior.ts'
import { scatter } from '../scatter.ts'
import { checkWritten } from '../written-file.ts'
import { type TargetName, targetNamed, targetOption } from './target.ts'

const names = Object.keys(objectives) as Objective[]

const options = {
  target: targetOption,
  objective: someOf('what the points are moved down', names, names),
  prior: text('FOLDER', 'a run of toy prior, in place of the exact velocity of the target'),
  points: whole('how many', 1000, 200),
  steps: whole('of each objective', 5000, 0),
  'learning-rate': positive("Adam's, constant", 1e-2),
  seed: whole('of the points at first and of noise', 0, 0),
  ...deviceOptions,
  picture: text('FILE.svg', 'draws the target, and where the points of each objective end'),
  ...configOptions,
}

const usage = `Moves free points, N(0, I) at first, down alignment objectives of a prior, and holds what becomes of them to the target. Losses of high density collapse: their points end likelier
than samples of the target are. The defaults are the protocol of arXiv 2506.05240, with the exact velocity of the target.

  fluxion toy align [OPTIONS]

${describeOptions(options)}

${names.map((name) => `  ${name.padEnd(12)}${objectives[name]}`).join('\n')}`

export async function run(args: readonly string[]): Promise<void> {
  const read = await readConfigured(args, [], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { given } = read
  if (given['print-config']) {
    console.log(toJson(toConfig(given)))
    return
  }
  const wrote =
    given.picture === undefined ? undefined : await checkWritten('picture', given.picture, configFiles(given))
  const device = await openFor(given)
  try {
    const prior = await priorOf(read, device)
    const { target } = prior
    console.log(
      `${given.points} points on the ${device.name}, ${given.steps} steps down each objective of ${prior.name}\n`,
    )
    const results: Aligned[] = []
    for (const objective of given.objective) {
      const started = performance.now()
      const moving = { ...given, learningRate: given['learning-rate'], record: progressBar() }
      const points = await movePoints(prior, objective, moving, device)
      if (!points) {
        console.log('stopped')
        return
      }
      const measures = measure(points, target, given.seed)
      results.push({ objective, points, measures, seconds: (performance.now() - started) / 1000 })
    }
    console.log(`\n${describe(results, target)}`)
    if (given.picture !== undefined) {
      await writeAtomically(given.picture, pictureOf(results, target, given))
      console.log(`\n${wrote}`)
    }
  } finally {
    device.dispose()
  }
}

type Given = Values<typeof options>
export type ToyAlignOptions = ConfigOf<typeof options>

/** A velocity field with its parameters, and the target that it is of. */
interface ToyPrior extends PlanarField {
  readonly name: string
  readonly target: MixtureTarget
}

async function priorOf({ given, has }: Read<typeof options>, device: Device): Promise<ToyPrior> {
  const { prior: folder, target: name } = given
  if (folder === undefined) {
    const target = targetNamed(name)
    return {
      name: `the exact velocity of ${target.name}`,
      target,
      ...(exactField(target.mixture) as unknown as PlanarField),
    }
  }
  const { field, params, step, config } = await savedPrior(folder, device)
  if (config.toy !== 'prior')
    throw new Error(
      `the prior in ${folder} was not trained on a target in the plane; make one with fluxion toy prior --run FOLDER`,
    )
  const trained = config.target as TargetName
  if (has('target') && name !== trained)
    throw new Error(`--target is '${name}', and the prior in ${folder} was trained on '${trained}'; leave --target out`)
  return {
    name: `the prior in ${folder}, of step ${step}`,
    target: targetNamed(trained),
    field: field as never,
    params,
  }
}

interface Aligned {
  readonly objective: Objective
  readonly points: Float32Array
  readonly measures: Measures
  readonly seconds: number
}

function describe(results: readonly Aligned[], target: MixtureTarget): string {
  const { entropy } = results[0]!.measures.likelihood
  const right = 'right' as const
  const columns = [
    { head: 'objective' },
    { head: 'mean -log p', align: right },
    { head: 'less the entropy', align: right },
    { head: 'std within modes', align: right },
    { head: 'modes', align: right },
    { head: 'energy distance', align: right },
    { head: 'time', align: right },
    { head: 'alarm' },
  ]
  const rows = results.map(({ objective, measures: { likelihood, energy, modes, alarm }, seconds }) => [
    objective,
    likelihood.mean.toFixed(3),
    `${likelihood.gap.toFixed(3)} +- ${likelihood.standardError.toFixed(3)}`,
    modes.stdRatio.toFixed(3),
    modes.effectiveModes.toFixed(2),
    energy.value.toExponential(1),
    duration(seconds),
    alarm.findings.map(({ rule }) => rule).join(', ') || '-',
  ])
  const ideal = [
    'samples of it',
    entropy.value.toFixed(3),
    '0',
    '1',
    `${target.mixture.means.length}`,
    `below ${results[0]!.measures.energy.floor.quantiles.q95.toExponential(1)}`,
    '',
    '-',
  ]
  const collapsed = results.filter(({ measures }) => measures.alarm.collapsed)
  const said = collapsed.map(({ objective, measures }) => `${objective}: ${measures.alarm.findings[0]!.message}`)
  return [table(columns, [...rows, ideal]), ...said].join('\n\n')
}

function pictureOf(results: readonly Aligned[], target: MixtureTarget, { points, seed }: Given): string {
  const panels = [
    { title: target.name, points: target.sample(hostRandom(seed + 2), points) },
    ...results.map(({ objective, points }) => ({ title: objective, points })),
  ]
  return scatter(panels, 2.4)
}
