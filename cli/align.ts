import { mainJob } from '../studies/align/plans.ts'
import { describeModels, jobOptions, printedConfig, readJob, runCommand } from './job.ts'
import { describeOptions } from './options.ts'

const usage = `Aligns latents of digits with flow priors of real features, and shows what that is good for: trains priors on word vectors and on features of digits, autoencoders with and without
alignment, and a flow generator of the latents of each; all with the same budget. It leaves a report and its numbers as JSON.

  fluxion align [OPTIONS]

${describeOptions(jobOptions)}

Models:
${describeModels(mainJob)}`

export async function run(args: readonly string[]): Promise<void> {
  const job = await readJob(args, {})
  if (!job) console.log(usage)
  else if (job.given['print-config']) console.log(printedConfig(job, mainJob))
  else
    await runCommand(job, {
      name: 'align',
      title: 'aligning latents of digits with flow priors',
      study: mainJob,
      toy: true,
      args: ['align', ...args],
    })
}
