import { priorOn, project } from '../models/index.ts'
import { quantile } from '../models/metrics/summary.ts'
import { logDeterminant } from '../models/projections/log-determinant.ts'
import { meanOf } from '../studies/align/measures.ts'
import { table } from '../studies/table.ts'
import { deviceOptions, openFor } from './device.ts'
import { columnOption, type FeatureFile, fileHelp, readFeatures } from './feature-file.ts'
import { logProbsOf } from './logprob/in-parts.ts'
import { describeOptions, flag, type Option, readArguments, text, whole } from './options.ts'
import { checkRowsFile, saveRows } from './rows-file.ts'
import { type SavedPrior, savedPrior, stepOption } from './saved-prior.ts'
import { solverOf, solverOptions } from './solver.ts'

/** Along how many random directions the divergence is estimated, or all of it. */
const probes: Option<number | 'exact'> = {
  placeholder: 'N',
  about:
    "random directions along which the divergence of the velocity is estimated, or 'exact', which costs a derivative for each dim",
  shown: 'exact',
  absent: 'exact',
  read(text, name) {
    const count = Number(text)
    if (text === 'exact') return text
    if (Number.isSafeInteger(count) && count >= 1) return count
    throw new Error(`--${name} takes a whole number from 1, or exact; was given '${text}'`)
  },
}

const options = {
  column: columnOption,
  latents: flag('the rows are latents already; else they are projected and normalised as the run has it'),
  ...solverOptions,
  probes,
  seed: whole('of the random directions', 0, 0),
  out: text(
    'FILE',
    'writes -log p of each row, its estimated error, the standard error of two or more --probes, and -log p of the features where they have one: FILE.npy, [n, 2] to [n, 4], or FILE.csv',
  ),
  step: stepOption,
  ...deviceOptions,
}

const usage = `Says how likely rows are under a flow prior that a run has saved: -log p of each, in nats, by the flow's equation.

  fluxion logprob RUN FILE [OPTIONS]

  RUN    the folder of a run of fluxion prior, or of fluxion toy prior
${fileHelp}

${describeOptions(options)}

p is the density of latents; where the projection can be turned back (none; others at the full width of the features), that of features is told as well. What a projection drops has none. The error is an estimate of what the steps of the solver leave; that of --probes, of which there are to be two or more, stands beside it. A prior that takes 50 steps of
rk4 ill gets --solver dopri5.

  fluxion logprob runs/prior features.npy --out nll.csv`

export async function run(args: readonly string[]): Promise<void> {
  const read = readArguments(args, ['RUN', 'FILE'], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { given, places } = read
  const [folder, place] = places as [string, string]
  const { out, seed } = given
  const solver = solverOf(given)
  if (given.steps === 1)
    throw new Error(
      '--steps is 1, from which no density comes whose error could be estimated; take more, such as --steps 50, or --solver dopri5',
    )
  const wrote = out === undefined ? undefined : await checkRowsFile(out, [place])
  const file = await readFeatures(place, given.column, 1)
  const device = await openFor(given)
  try {
    const saved = await savedPrior(folder, device, given.step)
    for (const note of file.notes) console.log(note)
    const latents = latentsOf(file, saved, folder, given.latents)
    const prior = priorOn(device, saved.field, saved.params)
    const how = { solver, probes: given.probes, seed }
    const found = await logProbsOf(prior, latents, saved.field.dimension, how)
    const nlls = Float32Array.from(found.value, (log) => -log)
    const stretch = saved.projection && logDeterminant(saved.projection)
    const ofFeatures = stretch === undefined ? undefined : nlls.map((nll) => nll - stretch)
    const title = `${file.name} under the prior in ${folder} after ${saved.step} steps`
    console.log(describe(nlls, found, title, given.probes, ofFeatures))
    if (out === undefined) return
    const { error, standardError } = found
    const columns = {
      nll: nlls,
      error,
      ...(standardError && { divergence_error: standardError }),
      ...(ofFeatures && { features_nll: ofFeatures }),
    }
    const names = Object.keys(columns)
    await saveRows(out, besideEachOther(Object.values(columns)), names)
    console.log(`\n${wrote}: ${names.join(', ')} of each row`)
  } finally {
    device.dispose()
  }
}

/** Columns of n numbers as rows, [n, columns]. */
function besideEachOther(columns: readonly Float32Array[]): Float32Array {
  const width = columns.length
  return Float32Array.from(
    { length: width * columns[0]!.length },
    (_, i) => columns[i % width]![Math.floor(i / width)]!,
  )
}

/** Of a run without a projection rows are latents. */
function latentsOf(file: FeatureFile, { field, projection }: SavedPrior, folder: string, areLatents: boolean) {
  const used = areLatents ? undefined : projection
  const expected = used?.featureDim ?? field.dimension
  if (file.dimension !== expected) {
    const advice =
      projection && file.dimension === projection.featureDim
        ? 'these are features: leave --latents out'
        : projection && !areLatents && file.dimension === field.dimension
          ? 'if these are latents, say so with --latents'
          : 'give rows of what the prior was trained on'
    throw new Error(
      `${file.name}: expected rows of ${expected} numbers, as many as the ${used ? 'features' : 'latents'} of ${folder} are, found ${file.dimension}: ${advice}`,
    )
  }
  return used ? project(used, file.data) : file.data
}

function describe(
  nlls: Float32Array,
  {
    error,
    fallback,
    evaluations,
    solver,
    standardError: ofProbes,
  }: { readonly [K in 'error' | 'fallback' | 'evaluations']: ArrayLike<number> } & {
    readonly solver: string
    readonly standardError?: Float32Array
  },
  title: string,
  probes: number | 'exact',
  ofFeatures: Float32Array | undefined,
): string {
  const { value, error: standardError } = meanOf(nlls)
  const sorted = Float64Array.from(nlls).sort()
  const left = Array.from(fallback).filter((flag) => flag !== 0).length
  const spread = nlls.length > 1 ? ` +- ${standardError.toFixed(4)}` : ''
  const rows = [
    ['rows', `${nlls.length}`],
    ['mean -log p', `${value.toFixed(4)}${spread} nats`],
    ...(ofFeatures ? [['mean -log p of features', `${meanOf(ofFeatures).value.toFixed(4)}${spread} nats`]] : []),
    ...[0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((level) => [
      level === 0 ? 'least' : level === 1 ? 'greatest' : level === 0.5 ? 'median' : `${100 * level}% are below`,
      quantile(sorted, level).toFixed(4),
    ]),
    ['solver', `${solver}, ${meanOf(evaluations).value.toFixed(0)} velocities a row`],
    ['divergence', probes === 'exact' ? 'exact' : `along ${probes} random direction${probes === 1 ? '' : 's'}`],
    ...(ofProbes ? [['standard error of the directions', middleAndWorst(ofProbes)]] : []),
    ['estimated error of the steps', middleAndWorst(error)],
    ...(left > 0 ? [['rows that ran out of steps', `${left}`]] : []),
  ]
  return `${title}\n\n${table([{ head: '' }, { head: '' }], rows).replace(/^\s*\n/, '')}`
}

function middleAndWorst(errors: ArrayLike<number>): string {
  const sorted = Float64Array.from(errors).sort()
  return `${quantile(sorted, 0.5).toExponential(1)} in the middle, ${sorted.at(-1)!.toExponential(1)} at worst`
}
