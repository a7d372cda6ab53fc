import { wordsIn } from '../tensor.ts'
import { isBestBy } from './best.ts'
import { firstBad } from './diverged.ts'
import { feedOf, firstState, stepsOf, type TrainOptions } from './options.ts'
import { orDispose } from './or-dispose.ts'
import type { Beginning, End, Entry } from './recorder.ts'
import { scaleWarnings } from './scale.ts'
import { leavesOf, readState, type State } from './state.ts'
import { type Feed, type Sampling, stepperOf, type Trainable } from './steps.ts'
import { Training } from './training.ts'

/** What training ends with. */
export interface Fitted extends Disposable {
  readonly state: State
  /** How many steps have been done in all. */
  readonly step: number
  /** 'done': all of them. 'stopped': `stop` said so. 'interrupted': a signal. */
  readonly status: Exclude<End['status'], 'failed'>
  /** What was logged, of earlier sittings, too. */
  readonly entries: readonly Entry[]
  dispose(): void
}

/** What is known of a program and its data before anything runs. */
export interface Fitting {
  readonly trainable: Trainable
  readonly batches?: Pick<Sampling, 'batch' | 'names'>
}

/** Row numbers are given for so many steps at most. */
const mostSteps = 256

/** The loop of `fit`. */
export async function train({ trainable, batches }: Fitting, options: TrainOptions): Promise<Fitted> {
  const { seed = 0, data, inputs = {}, record = {} } = options
  const warn = (message: string) => (record.warn ? record.warn(message) : console.warn(`fit: ${message}`))
  const steps = stepsOf(options, data, batches?.batch)
  const every = {
    log: checkEvery('log', options.log?.every) ?? part(steps, 100),
    evaluate: checkEvery('evaluate', options.evaluate?.every),
    save: checkEvery('save', options.save?.every) ?? part(steps, 10),
  }
  const isBest = isBestBy(options.save?.best, options.evaluate !== undefined, record)
  const feed: Feed = { inputs, ...(data && batches && { data: feedOf(options, trainable, data, batches) }) }
  const first = await firstState(trainable, options)
  const except = await infiniteIn(first)
  const stepper = await stepperOf(trainable, feed, Math.max(1, Math.min(mostSteps, steps)))
  const about: Beginning = {
    program: trainable.name,
    seed,
    steps,
    device: trainable.device.name,
    memory: stepper.memory,
    ...(data && batches && { data: { rows: data.size, batch: batches.batch } }),
    parameters: parametersIn(first),
  }
  const resumed = await orDispose(stepper, () => record.begin?.(about))

  const parts = { trainable, options, record, warn, every, isBest, about, feed, stepper, first, resumed, except }
  const training = new Training(parts)
  const ended = (how: Pick<End, 'status' | 'message'>) =>
    record.end?.({ ...how, step: training.step, seconds: training.seconds })
  let status: Fitted['status']
  try {
    training.goOn()
    if (data && batches)
      for (const message of await scaleWarnings(data, batches.names, options.scale ?? {})) warn(message)
    status = await training.run()
  } catch (error) {
    stepper.dispose()
    await training.idle()
    // That this fails as well, as on a full disk, is not what is to be told.
    try {
      await ended({ status: 'failed', message: error instanceof Error ? error.message : `${error}` })
    } catch {}
    throw error
  }
  await orDispose(stepper, () => ended({ status }))
  const { state, step, entries } = training
  const dispose = () => stepper.dispose()
  return { state, step, status, entries, dispose, [Symbol.dispose]: dispose }
}

/**
 * Tensors of a first state that have infinities: what is so from the first, as a least that begins with Infinity, may
 * be.
 */
async function infiniteIn(first: State): Promise<ReadonlySet<string>> {
  const found = [...(await readState(first))].filter((one) => firstBad(new Map([one]), new Set()) !== undefined)
  return new Set(found.map(([path]) => path))
}

/** So many steps that there are `parts` of them. */
const part = (steps: number, parts: number): number => Math.max(1, Math.ceil(steps / parts))

function checkEvery(what: string, every: number | undefined): number | undefined {
  if (every === undefined || (Number.isSafeInteger(every) && every >= 1)) return every
  throw new RangeError(`fit: ${what}.every is ${every}; it must be a whole number of steps, from 1`)
}

const parametersIn = (state: State): number =>
  leavesOf(state)
    .filter(({ path }) => /^state\.params(\.|$)/.test(path))
    .reduce((sum, { tensor }) => sum + wordsIn(tensor), 0)
