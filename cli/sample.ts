import { priorOn, unproject } from '../models/index.ts'
import { deviceOptions, openFor } from './device.ts'
import { describeOptions, flag, readArguments, text, whole } from './options.ts'
import { checkRowsFile, saveRows } from './rows-file.ts'
import { type SavedPrior, savedPrior, stepOption } from './saved-prior.ts'
import { solverOf, solverOptions } from './solver.ts'
import { checkNotRead } from './written-file.ts'

const options = {
  samples: { ...whole('how many are drawn', 1000), short: 'n' },
  out: text('FILE', 'where they are written: FILE.npy, or FILE.csv'),
  ...solverOptions,
  seed: whole('of the noise: the same seed draws the same samples, and the first of more are these', 0, 0),
  features: flag('maps them back from latents to features, by the projection that the run has saved'),
  step: stepOption,
  ...deviceOptions,
}

const usage = `Draws from a flow prior that a run has saved: noise is carried along the flow. Writes a row for each sample.

  fluxion sample RUN --out FILE.npy|FILE.csv [OPTIONS]

  RUN   the folder of a run of fluxion prior, or of fluxion toy prior

${describeOptions(options)}

Rows are latents, as the prior knows them: projected, with mean 0 and a second moment of 1 in each dim. With --features they are what the file had that the prior was trained on; what the
projection dropped is lost, and of all features with these latents the nearest to the mean is taken.

  fluxion sample runs/prior -n 5000 --features --out samples.npy
  python3 -c "import numpy; print(numpy.load('samples.npy').mean(0))"`

/** The file of the features that the prior was trained on: whoever draws features might name them alike. */
function trainedOn({ data }: SavedPrior['config']): readonly string[] {
  const { file } = Object(data) as { readonly file?: unknown }
  return typeof file === 'string' ? [file] : []
}

export async function run(args: readonly string[]): Promise<void> {
  const read = readArguments(args, ['RUN'], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { given, places } = read
  const folder = places[0]!
  const { samples, out, seed, features } = given
  if (out === undefined) throw new Error('expected --out FILE.npy or --out FILE.csv, where the samples are written')
  const solver = solverOf(given)
  const wrote = await checkRowsFile(out)
  const device = await openFor(given)
  try {
    const { field, params, projection, step, config } = await savedPrior(folder, device, given.step)
    await checkNotRead('out', out, trainedOn(config), 'what the prior was trained on')
    if (features && !projection)
      throw new Error(`${folder} has no projection, as its prior was trained on what it draws; leave --features out`)
    const latents = await priorOn(device, field, params).sample(samples, { seed, solver })
    const [rows, width, letter] =
      features && projection
        ? [unproject(projection, latents), projection.featureDim, 'x']
        : [latents, field.dimension, 'y']
    const wrong = rows.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0)
      throw new Error(
        `sample ${Math.floor(wrong / width)} is ${rows[wrong]} at ${wrong % width}, and nothing was written: the flow diverges; take more --steps, or train the prior for longer`,
      )
    await saveRows(
      out,
      rows,
      Array.from({ length: width }, (_, i) => `${letter}${i}`),
    )
    const what = features ? 'features' : 'latents'
    console.log(`${wrote}: ${samples} samples of ${width} ${what}, of the prior in ${folder} after ${step} steps`)
  } finally {
    device.dispose()
  }
}
