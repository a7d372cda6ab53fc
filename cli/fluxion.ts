#!/usr/bin/env node
import { messageOf } from '../runtime/message-of.ts'
import { didYouMean } from '../studies/nearest.ts'

/** A subcommand: what it does in a line, and the module that does it, which is loaded when it is called. */
interface Command {
  readonly about: string
  readonly load: () => Promise<{ readonly run: (args: readonly string[]) => Promise<void> }>
}

const commands: { readonly [name: string]: Command } = {
  align: {
    about: 'aligns latents of digits with flow priors of real features, with a report',
    load: () => import('./align.ts'),
  },
  study: {
    about: 'a question of the paper, answered by models trained from several seeds, with a table and a report',
    load: () => import('./study.ts'),
  },
  prior: {
    about: 'trains a flow prior on features of your own: rows of numbers in a file',
    load: () => import('./prior.ts'),
  },
  sample: {
    about: 'draws from a prior that was trained, as latents or as features',
    load: () => import('./sample.ts'),
  },
  logprob: {
    about: 'how likely rows of a file are under a prior that was trained',
    load: () => import('./logprob.ts'),
  },
  toy: {
    about:
      'flow priors in the plane, held to what is known exactly: toy prior trains one, toy align aligns points with it',
    load: () => import('./toy.ts'),
  },
  devices: {
    about: 'what can compute here, which device openDevice() takes, and why',
    load: () => import('./devices.ts'),
  },
  explain: {
    about: 'what the compiler makes of a program: kernels, bytes, memory, and why',
    load: () => import('./explain.ts'),
  },
  tune: {
    about: 'measures on this GPU how the kernels of a program are best made there, for those who open it',
    load: () => import('./tune.ts'),
  },
  check: {
    about: 'what is wrong in programs, before they run: shapes, control flow, gradients, unstable spellings',
    load: () => import('./check.ts'),
  },
  build: {
    about: 'compiles programs ahead of time, into modules that need the runtime alone',
    load: () => import('./build.ts'),
  },
  runs: {
    about: 'what has been trained here and how it went; runs compare: what differs between runs',
    load: () => import('./runs.ts'),
  },
  report: {
    about: 'the results of a run as one HTML page: what was found in words, tables, pictures and curves',
    load: () => import('./report.ts'),
  },
}

const usage = `fluxion: a functional tensor language for TypeScript

  fluxion COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`)
  .join('\n')}

fluxion COMMAND --help says more.`

async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(usage)
    return
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new Error(`there is no command '${name}'${didYouMean(name, Object.keys(commands))}\n\n${usage}`)
  // Before any of the library is loaded: Node maps only what comes after, and which frames are the author's is told by
  // where the others lie.
  process.setSourceMapsEnabled(true)
  const { run } = await command.load()
  await run(args)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`fluxion: ${messageOf(error)}`)
  process.exitCode = 2
}
