import { type Study, studies } from '../studies/align/plans.ts'
import { didYouMean } from '../studies/nearest.ts'
import { describeModels, jobOptions, printedConfig, readJob, runCommand } from './job.ts'
import { describeOptions } from './options.ts'

const all: { readonly [name: string]: Study } = studies
const names = Object.keys(all)

/** A table with intervals takes several seeds. */
const defaults = { seeds: 3 }

const usage = `Answers a question of the paper on aligned latents (arXiv 2506.05240) with digits: trains the models that it is about from several seeds, and leaves a table with intervals, a report and all numbers as JSON. Each part is kept when it is done: the same command goes on where it was stopped.

  fluxion study NAME [OPTIONS]

${names.map((name) => `  ${name.padEnd(14)}${all[name]!.about}`).join('\n')}

${describeOptions({ ...jobOptions, seeds: { ...jobOptions.seeds, shown: `${defaults.seeds}` } })}

fluxion study NAME --help tells the models of a study.`

export async function run([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(usage)
    return
  }
  const study = Object.hasOwn(all, name) ? all[name] : undefined
  if (!study) throw new Error(`there is no study '${name}'${didYouMean(name, names)}; there are ${names.join(', ')}`)
  const job = await readJob(args, defaults)
  if (!job)
    console.log(
      `fluxion study ${name}: ${study.about}\n\n${describeModels(study)}\n\nfluxion study --help tells the options.`,
    )
  else if (job.given['print-config']) console.log(printedConfig(job, study))
  else
    await runCommand(job, {
      name: `study-${name}`,
      title: `study of ${study.about}`,
      study,
      args: ['study', name, ...args],
    })
}
