import { wordsIn } from '../tensor.ts'
import { isBestBy } from './best.ts'
import { DivergedError, findBeginning, firstBad } from './diverged.ts'
import { idleParameters } from './idle.ts'
import { meansOf } from './means.ts'
import { feedOf, firstState, stepsOf, type TrainOptions } from './options.ts'
import { orDispose } from './or-dispose.ts'
import { othersTurn, paceOf } from './pace.ts'
import type { Beginning, Checkpoint, End, Entry } from './recorder.ts'
import { saverOf } from './saver.ts'
import { scaleWarnings } from './scale.ts'
import { type Spikes, spikesOf } from './spikes.ts'
import { leavesOf, readState, restored, type State } from './state.ts'
import { type Feed, type History, type Sampling, stepperOf, type Trainable } from './steps.ts'

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
  // What is infinite from the first, as a least that begins with Infinity, may be so.
  const except = new Set<string>()
  for (const [path, tensor] of await readState(first)) if (firstBad(new Map([[path, tensor]]), except)) except.add(path)
  const stepper = await stepperOf(trainable, feed, Math.max(1, Math.min(mostSteps, steps)))
  const dispose = () => stepper.dispose()
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

  let state = first
  let step = resumed?.step ?? 0
  /** Of evaluations up to this step the best is not kept. */
  const withoutBest = resumed && !resumed.hasBest ? resumed.step : -1
  const entries: Entry[] = [...(resumed?.entries ?? [])]
  const started = performance.now()
  const seconds = () => (resumed?.seconds ?? 0) + (performance.now() - started) / 1000
  const saver = saverOf(record, resumed, warn)
  const idle = idleParameters()
  const pace = paceOf(stepper.most)
  const means = meansOf()
  const spikes = new Map<string, Spikes>()

  const log = async (entry: Entry): Promise<void> => {
    entries.push(entry)
    await record.log?.(entry)
  }
  const logMeans = async (done: number): Promise<void> => {
    const values = means.take()
    if (values) await log({ step: done, seconds: seconds(), kind: 'train', values })
  }

  /** Looks at what some steps gave. */
  const settle = async ({ first, count, history }: Chunk): Promise<void> => {
    const results = await history()
    const wrong = firstWrong(results)
    if (wrong) await diverged(`${wrong.name} is ${wrong.value} in step ${first + wrong.at + 1}`, first + wrong.at)
    for (let i = 0; i < count; i++) {
      const done = first + i + 1
      for (const [name, values] of results) {
        means.add(name, values[i]!)
        if (!/loss/i.test(name)) continue
        if (!spikes.has(name)) spikes.set(name, spikesOf(name))
        const spike = spikes.get(name)!.see(done, values[i]!)
        if (spike !== undefined) warn(spike)
      }
      if (done % every.log === 0 || done === steps) await logMeans(done)
    }
    pace.done(count)
    const done = first + count
    record.progress?.({
      step: done,
      steps,
      ...(about.data && { epoch: (done * about.data.batch) / about.data.rows }),
      values: Object.fromEntries([...results].map(([name, values]) => [name, values[count - 1]!])),
      stepsPerSecond: pace.perSecond,
      secondsLeft: (steps - done) / pace.perSecond,
      memory: about.memory,
    })
  }

  /** Throws, with the operation in which it began where that can be found. `failed` counts from 0. */
  const diverged = async (what: string, failed: number): Promise<never> => {
    await saver.idle()
    const from = await saver.latest()
    warn(`${what}; looking for the operation in which it began`)
    const found = await findBeginning({
      from,
      start: async () => (from ? restored(first, { ...from, name: 'the checkpoint' }) : firstState(trainable, options)),
      failed,
      except,
      plain: () => stepperOf(trainable, feed, stepper.most),
      debug: () => stepperOf(trainable, feed, 1, 'nan'),
    }).catch((error) => {
      warn(`it could not be looked for: ${error instanceof Error ? error.message : error}`)
      return undefined
    })
    const saved = record.save ? from?.step : undefined
    const kept =
      saved === undefined ? 'Nothing had been saved before.' : `The last good checkpoint is of step ${saved}.`
    const where = found ? ` It began in step ${found.step + 1}: ${found.error.message}` : ''
    throw new DivergedError(`fit: ${what}. ${kept}${where}`, failed + 1, saved, found && { cause: found.error })
  }

  const finiteState = async (): Promise<Checkpoint['tensors']> => {
    const tensors = await readState(state)
    const bad = firstBad(tensors, except)
    if (bad !== undefined) await diverged(`${bad} is not finite after step ${step}`, step - 1)
    return tensors
  }

  const save = async (): Promise<void> => {
    if (saver.saved === step) return
    const tensors = await finiteState()
    const unmoved = idle.see(step, tensors)
    if (unmoved !== undefined) warn(unmoved)
    // A run that goes on from here begins a new mean, and so does this one.
    if (record.save) await logMeans(step)
    await saver.save({ step, seconds: seconds(), tensors })
  }

  const evaluations = () => entries.filter(({ kind }) => kind === 'evaluation')
  /** Whether to stop. */
  const evaluate = async (): Promise<boolean> => {
    if (evaluations().at(-1)?.step === step) return false
    const values = await options.evaluate!.run({ state: state as never, step })
    checkValues(values)
    if (Object.keys(values).length === 0) return false
    const now: Entry = { step, seconds: seconds(), kind: 'evaluation', values }
    const before = evaluations().filter((entry) => entry.step > withoutBest)
    const best = isBest(now, before)
    await log(now)
    if (best) await saver.best({ step, seconds: now.seconds, tensors: await finiteState() })
    return options.stop?.(evaluations()) ?? false
  }

  /** Steps until the end, or a reason to end before. */
  const loop = async (): Promise<Fitted['status']> => {
    let pending: Chunk | undefined
    const finish = async () => {
      const last = pending
      pending = undefined
      if (last) await settle(last)
    }
    for (;;) {
      const isLast = step >= steps
      if (every.evaluate !== undefined && (isLast || step % every.evaluate === 0)) {
        await finish()
        if ((await evaluate()) && !isLast) return 'stopped'
        pace.skip()
      }
      if (isLast || options.signal?.aborted || record.signal?.aborted) {
        await finish()
        return isLast ? 'done' : 'interrupted'
      }
      if (step > 0 && step % every.save === 0) {
        await finish()
        await save()
        pace.skip()
      }
      const until = Math.min(steps, following(step, every.evaluate), following(step, every.save))
      const count = Math.min(pace.count, until - step)
      const { state: after, history } = await stepper.submit(state, step, count)
      // The device has these steps before the results of those before are waited for.
      const before = pending
      pending = { first: step, count, history }
      state = after
      step += count
      if (before) await settle(before)
      await othersTurn()
    }
  }

  let status: Fitted['status']
  try {
    if (resumed) {
      state = restored(first, resumed)
      if (step > steps)
        throw new RangeError(`fit: ${resumed.name} is of step ${step}, and ${steps} steps are asked for; ask for more`)
    }
    if (data && batches)
      for (const message of await scaleWarnings(data, batches.names, options.scale ?? {})) warn(message)
    pace.skip()
    status = await loop()
    if (step > 0 && record.save) await save()
    await saver.end()
  } catch (error) {
    dispose()
    await saver.idle()
    const message = error instanceof Error ? error.message : `${error}`
    // That this fails as well, as on a full disk, is not what is to be told.
    try {
      await record.end?.({ status: 'failed', step, seconds: seconds(), message })
    } catch {}
    throw error
  }
  await orDispose(stepper, () => record.end?.({ status, step, seconds: seconds() }))
  return { state, step, status, entries, dispose, [Symbol.dispose]: dispose }
}

/** Some steps that were submitted. */
interface Chunk {
  /** Counted from 0. */
  readonly first: number
  readonly count: number
  history(): Promise<History>
}

/** The first result that is NaN or infinite. */
function firstWrong(
  history: History,
): { readonly name: string; readonly at: number; readonly value: number } | undefined {
  const wrong = [...history].flatMap(([name, values]) => {
    const at = values.findIndex((value: number) => !Number.isFinite(value))
    return at < 0 ? [] : [{ name, at, value: values[at]! }]
  })
  return wrong.sort((a, b) => a.at - b.at)[0]
}

/** So many steps that there are `parts` of them. */
const part = (steps: number, parts: number): number => Math.max(1, Math.ceil(steps / parts))

/** The next multiple of `every` above a step. */
const following = (step: number, every: number | undefined): number =>
  every === undefined ? Number.POSITIVE_INFINITY : (Math.floor(step / every) + 1) * every

function checkEvery(what: string, every: number | undefined): number | undefined {
  if (every === undefined || (Number.isSafeInteger(every) && every >= 1)) return every
  throw new RangeError(`fit: ${what}.every is ${every}; it must be a whole number of steps, from 1`)
}

const parametersIn = (state: State): number =>
  leavesOf(state)
    .filter(({ path }) => /^state\.params(\.|$)/.test(path))
    .reduce((sum, { tensor }) => sum + wordsIn(tensor), 0)

function checkValues(values: unknown): void {
  const isRecord = typeof values === 'object' && values !== null
  const wrong = isRecord ? Object.entries(values).find(([, value]) => typeof value !== 'number') : undefined
  if (!isRecord || wrong)
    throw new TypeError(
      `fit: evaluate.run must give a record of numbers, such as { loss: 0.5 }${wrong ? `; ${wrong[0]} is a ${typeof wrong[1]}: await what item() gives` : ''}`,
    )
}
