import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { HostTensor } from '../data/host-tensor.ts'
import { messageOf } from '../message-of.ts'
import type { Beginning, Checkpoint, End, Entry, Recorder, Resumed } from '../train/recorder.ts'
import { isUnfinished, reasonOf, writeAtomically } from './atomic-write.ts'
import { type SavedCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { environmentOf } from './environment.ts'
import { type GrowingFile, growingFile } from './growing.ts'
import { type Interrupts, listenForInterrupts } from './interrupts.ts'
import { lastGood } from './last-good.ts'
import { type Lock, lock } from './lock.ts'
import { makeFolder } from './make-folder.ts'
import {
  aboutFile,
  bestFile,
  checkpointFile,
  checkpointsOf,
  type Json,
  metricsFile,
  type RunFile,
  readRun,
  speakable,
} from './run-files.ts'
import { type ProgressShown, showProgress } from './show-progress.ts'
import { beginningEvents, newEventFile, scalarEvent } from './tensorboard.ts'

export interface RunFolderOptions {
  /**
   * What the run was made with, as JSON: it is saved with the run and with each checkpoint, and a run goes on only with
   * the same.
   */
  readonly config?: { readonly [name: string]: unknown }
  /** Go on from the last good checkpoint, where there is one. Without it a folder that has a run is an error. */
  readonly resume?: boolean
  /** What goes on with the run, as messages tell it: a command, say. Default the call of `runFolder` with `resume`. */
  readonly again?: string
  /** How many checkpoints are kept: the latest. Default 3. */
  readonly keep?: number
  /** Tensors that belong to the run and are in no state, such as a projection: saved with each checkpoint. */
  readonly extra?: { readonly [name: string]: HostTensor }
  /** Write event files for TensorBoard, too: `tensorboard --logdir runs`. Default false. */
  readonly tensorboard?: boolean
  /** Show how far it is, on standard error. Default true. */
  readonly progress?: boolean
  /** On Ctrl-C finish the steps at hand, save and end; the second ends at once. Default true. */
  readonly interrupt?: boolean
}

/**
 * A folder with all that belongs to a run: `run.json` (config, seed, environment, how far it is), `metrics.jsonl`,
 * `checkpoints/`. For `fit(step, device, sizes, { record: runFolder('runs/first') })`; `fluxion runs` lists such
 * folders.
 *
 * Nothing in it is ever written over before what takes its place is whole and on the disk: whenever the process ends,
 * `resume` goes on from the last checkpoint as if it had not.
 */
export function runFolder(folder: string, options: RunFolderOptions = {}): Recorder {
  const { config = {}, resume = false, keep = 3, extra = {}, tensorboard = false } = options
  const { again = `runFolder('${folder}', { resume: true })` } = options
  if (!Number.isSafeInteger(keep) || keep < 1)
    throw new RangeError(`runFolder: keep is ${keep}; it must be a whole number of checkpoints, from 1`)
  const plain = plainConfig(config)
  const checkpoints = join(folder, 'checkpoints')
  const interruption = new AbortController()
  let held: Lock | undefined
  let shown: ProgressShown | undefined
  let events: GrowingFile | undefined
  let interrupts: Interrupts | undefined
  let run: RunFile | undefined
  let lines: GrowingFile | undefined
  let kept: readonly Entry[] = []
  /**
   * Nothing of what was there is changed before training has begun to: a checkpoint that does not fit is refused first.
   */
  let starting: Promise<void> | undefined
  let ended = false
  const say = (message: string) => (shown ? shown.say(message) : process.stderr.write(`${message}\n`))
  const update = async (change: Partial<RunFile>): Promise<void> => {
    run = { ...run!, ...change }
    await writeAtomically(aboutFile(folder), `${JSON.stringify(run, undefined, 2)}\n`)
  }
  const whole = (checkpoint: Checkpoint): SavedCheckpoint => {
    const { program, seed } = run!
    return { ...checkpoint, program, seed, config: plain, extra: new Map(Object.entries(extra)) }
  }
  const close = async (): Promise<void> => {
    interrupts?.dispose()
    shown?.end()
    const mine = held
    held = undefined
    await mine?.release()
  }

  const begin = async (about: Beginning): Promise<Resumed | undefined> => {
    try {
      await makeFolder(checkpoints)
    } catch (error) {
      throw new Error(`cannot make the run folder ${folder}: ${reasonOf(error)}`, { cause: error })
    }
    held = await lock(folder)
    ended = false
    starting = undefined
    for (const place of [folder, checkpoints])
      for (const name of (await readdir(place)).filter(isUnfinished)) await rm(join(place, name), { force: true })
    const found = existsSync(aboutFile(folder)) ? await readRun(folder) : undefined
    const before = found?.about
    if (found && !resume)
      throw new Error(
        `${folder} has a run already (${found.status}, step ${found.about.step} of ${found.about.steps}); go on with it: ${again}, or choose another folder`,
      )
    if (!found && ((await checkpointsOf(folder)).length > 0 || existsSync(bestFile(folder))))
      throw new Error(
        `${checkpoints} has checkpoints, of a run without a run.json; choose another folder, or remove them`,
      )
    if (before) checkSame(folder, before, { program: about.program, seed: about.seed, config: plain })
    const from = await lastGood(folder, (message) => process.stderr.write(`${message}\n`))
    kept = (found?.entries ?? []).filter(({ step }) => step <= (from?.checkpoint.step ?? -1))
    lines = growingFile(metricsFile(folder), say)
    run = {
      format: 1,
      program: about.program,
      created: before?.created ?? new Date().toISOString(),
      seed: about.seed,
      steps: about.steps,
      config: plain,
      environment: await environmentOf(about.device),
      parameters: about.parameters,
      memory: about.memory,
      ...(about.data && { data: about.data }),
      status: 'running',
      step: from?.checkpoint.step ?? 0,
      seconds: from?.checkpoint.seconds ?? 0,
    }
    if (options.progress !== false) shown = await showProgress()
    if (options.interrupt !== false)
      interrupts = listenForInterrupts(() => {
        say('ending after the steps at hand, and saving; once more ends at once')
        interruption.abort()
      })
    if (!from) return undefined
    say(`going on from step ${from.checkpoint.step} (${from.path})`)
    return { ...from.checkpoint, entries: kept, name: from.path, hasBest: existsSync(bestFile(folder)) }
  }

  const start = (): Promise<void> => {
    starting ??= (async () => {
      await lines!.begin(kept.map(entryLine).join(''))
      await update({})
      if (!tensorboard) return
      events = growingFile(newEventFile(folder), say)
      await events.add(beginningEvents(run!.step > 0 ? run!.step + 1 : undefined))
    })()
    return starting
  }

  return {
    signal: interruption.signal,
    async begin(about) {
      try {
        return await begin(about)
      } catch (error) {
        await close()
        throw error
      }
    },
    async log(entry) {
      shown?.log(entry)
      await start()
      await events?.add(Buffer.concat(eventsOf(entry)))
      await lines!.add(entryLine(entry))
    },
    async save(checkpoint) {
      await start()
      await saveCheckpoint(checkpointFile(folder, checkpoint.step), whole(checkpoint))
      await update({ step: checkpoint.step, seconds: checkpoint.seconds })
      for (const old of (await checkpointsOf(folder)).slice(0, -keep))
        await rm(checkpointFile(folder, old), { force: true })
    },
    async saveBest(checkpoint) {
      await start()
      await saveCheckpoint(bestFile(folder), whole(checkpoint))
    },
    async latest(): Promise<Checkpoint | undefined> {
      return (await lastGood(folder, () => {}))?.checkpoint
    },
    progress: (now) => shown?.progress(now),
    warn: (message) => say(`warning: ${message}`),
    async end({ status, step, seconds, message }: End) {
      // Once it has ended, well or not, the folder may be another's.
      if (ended) return
      ended = true
      try {
        if (status === 'failed' && !starting) return
        await start()
        try {
          await lines!.end()
          await events?.end()
        } catch (error) {
          await update({ status: 'failed', step, seconds, message: message ?? reasonOf(error) }).catch(() => {})
          throw error
        }
        await update({ status, step, seconds, ...(message !== undefined && { message }) })
        shown?.end()
        if (status === 'interrupted') {
          // Who ends runs themselves says how they go on.
          const next = options.interrupt === false ? '' : `; ${again} goes on from there`
          say(`stopped at step ${step} of ${run!.steps}, saved${next}`)
        }
      } finally {
        await close()
      }
    },
  }
}

/** As it will be read again. */
function plainConfig(config: object): { readonly [name: string]: Json } {
  try {
    return JSON.parse(JSON.stringify(config))
  } catch (error) {
    throw new TypeError(`runFolder: the config is not JSON: ${messageOf(error)}`)
  }
}

const eventsOf = ({ kind, step, values }: Entry): readonly Uint8Array[] =>
  Object.entries(values).map(([name, value]) => scalarEvent(`${kind}/${name}`, step, value))

const entryLine = (entry: Entry): string => `${JSON.stringify(entry, speakable)}\n`

/** Throws where a run was begun as another. */
function checkSame(folder: string, before: RunFile, now: Pick<RunFile, 'program' | 'seed' | 'config'>): void {
  const differences = [
    ...(before.program === now.program ? [] : [`program: ${before.program} there, ${now.program} here`]),
    ...(before.seed === now.seed ? [] : [`seed: ${before.seed} there, ${now.seed} here`]),
    ...differing(before.config, now.config, 'config'),
  ]
  if (differences.length > 0)
    throw new Error(
      `${folder} was begun as another run, and would not go on as it began:\n${differences.map((line) => `  ${line}`).join('\n')}\ngo on with what it was begun with, or choose another folder`,
    )
}

/** Where two values of JSON differ, a line each: 'config.model.width: 256 there, 512 here'. */
export function differing(there: unknown, here: unknown, path: string): readonly string[] {
  if (isDeepStrictEqual(there, here)) return []
  const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isRecord(there) || !isRecord(here)) return [`${path}: ${shown(there)} there, ${shown(here)} here`]
  const names = [...new Set([...Object.keys(there), ...Object.keys(here)])]
  return names.flatMap((name) => differing(there[name], here[name], `${path}.${name}`))
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))
