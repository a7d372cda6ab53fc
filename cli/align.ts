import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { progressBar, writeAtomically } from '../runtime/node/index.ts'
import type { Results, Settings } from '../studies/align/results.ts'
import { mainJob, plans } from '../studies/align/run.ts'
import { resultsFile } from '../studies/report/read.ts'
import { reportOf } from '../studies/report/report.ts'
import { table } from '../studies/table.ts'
import { duration, toJson } from '../studies/texts.ts'
import { deviceOption, openFor } from './device.ts'
import { describeOptions, flag, readOptions, someOf, text, whole } from './options.ts'

const names = plans.map(({ name }) => name)

const options = {
  models: someOf('which autoencoders are compared', names, names),
  quick: flag('a tenth of the steps: to see that it works, not to learn anything from it'),
  latent: whole('d, of the latents', 16),
  train: whole('digits to train on', 8000, 256),
  'held-out': whole('digits that are held out', 2000, 256),
  batch: whole('digits a step', 128),
  'autoencoder-steps': whole('of each autoencoder', 1500),
  'prior-steps': whole('of each prior', 1000),
  'generator-steps': whole('of the generator of each', 1000),
  samples: whole('images that are drawn of each generator', 2000, 256),
  seed: whole('of all that is random', 0, 0),
  device: deviceOption,
  out: text('FOLDER', 'where the results go; runs/align unless given'),
}

const usage = `Aligns latents of digits with flow priors of real features, and shows what that is good for: trains priors on word vectors and on features of digits, autoencoders with and without
alignment, and a flow generator of the latents of each; all with the same budget. It leaves a report and its numbers as JSON.

  fluxion align [OPTIONS]

${describeOptions(options)}

${plans.map(({ name, title, regulariser }) => `  ${name.padEnd(14)}${title}${regulariser ? `, weight ${regulariser.weight}` : ''}`).join('\n')}`

export async function run(args: readonly string[]): Promise<void> {
  const given = readOptions(args, options)
  if (!given) {
    console.log(usage)
    return
  }
  const part = given.quick ? 10 : 1
  const settings: Settings = {
    train: given.train,
    heldOut: given['held-out'],
    latent: given.latent,
    batch: given.batch,
    autoencoderSteps: Math.ceil(given['autoencoder-steps'] / part),
    priorSteps: Math.ceil(given['prior-steps'] / part),
    generatorSteps: Math.ceil(given['generator-steps'] / part),
    samples: Math.max(256, Math.ceil(given.samples / part)),
  }
  const folder = given.out ?? join('runs', 'align')
  await mkdir(folder, { recursive: true })
  const stop = new AbortController()
  const abort = () => stop.abort()
  process.once('SIGINT', abort)
  const device = await openFor(given.device)
  try {
    console.log(`aligning latents of digits on the ${device.name}\n`)
    const command = ['fluxion align', ...args].join(' ')
    const results = await mainJob({
      settings,
      models: given.models,
      seed: given.seed,
      command,
      device,
      record: () => progressBar(),
      say: (line) => console.log(line),
      signal: stop.signal,
    })
    const report = join(folder, 'report.html')
    await writeAtomically(join(folder, resultsFile), toJson(results))
    await writeAtomically(report, await reportOf(results))
    console.log(
      `\n${describe(results)}\n\n${duration(results.seconds)}; the report is ${report}, its numbers ${resultsFile} beside it`,
    )
  } catch (error) {
    if (!stop.signal.aborted) throw error
    console.log('\nstopped; nothing was written')
    process.exitCode = 130
  } finally {
    process.off('SIGINT', abort)
    device.dispose()
  }
}

export function describe({ models, priors }: Results): string {
  const right = 'right' as const
  const columns = [
    { head: 'latents' },
    { head: 'PSNR, dB', align: right },
    { head: 'SSIM', align: right },
    { head: 'probe', align: right },
    { head: 'E|y|^2', align: right },
    { head: 'Frechet, reconstructed', align: right },
    { head: 'generated', align: right },
    { head: 'precision', align: right },
    { head: 'recall', align: right },
    { head: 'ms/step', align: right },
    { head: 'alarms', align: right },
  ]
  const rows = models.map((model) => [
    model.title,
    `${model.psnr.value.toFixed(2)} +- ${model.psnr.error.toFixed(2)}`,
    model.ssim.value.toFixed(3),
    `${(100 * model.probe).toFixed(1)}%`,
    model.latents.secondMoment.toFixed(1),
    model.reconstructionFrechet.value.toFixed(2),
    model.generated.frechet.value.toFixed(2),
    model.generated.precision.toFixed(3),
    model.generated.recall.toFixed(3),
    model.millisecondsPerStep.toFixed(0),
    `${model.latents.alarms.length}`,
  ])
  const of = priors.map(
    ({ title, heldOutNll, intrinsicDimension, energy }) =>
      `prior of ${title}: held-out -log p ${heldOutNll.value.toFixed(2)} +- ${heldOutNll.error.toFixed(2)} nats, intrinsic dimension ${intrinsicDimension.toFixed(1)}, energy distance ${energy.value.toPrecision(2)} (noise ${energy.floor.toPrecision(2)})`,
  )
  const floor = models[0]?.generated.frechet.floor ?? Number.NaN
  return [table(columns, rows), `Frechet distance of as many real digits: ${floor.toFixed(2)}`, ...of].join('\n')
}
