import type { Dataset } from '../data/dataset.ts'
import { DeviceTensor, type Numbers, wordsIn } from '../tensor.ts'
import { DivergedError, findBeginning, firstBad } from './diverged.ts'
import { idleParameters } from './idle.ts'
import { epochs as orderOf } from './order.ts'
import type { Beginning, Checkpoint, End, Entry, Recorder } from './recorder.ts'
import { type Scale, scaleWarnings } from './scale.ts'
import { type Spikes, spikesOf } from './spikes.ts'
import { leavesOf, mapState, onHost, readState, restored, type State } from './state.ts'
import { type Feed, type History, type Sampling, stepperOf, type Trainable } from './steps.ts'

/** What training is asked for. */
export interface TrainOptions {
  readonly seed?: number
  readonly steps?: number
  readonly epochs?: number
  readonly data?: Dataset
  readonly inputs?: { readonly [name: string]: unknown }
  readonly state?: unknown
  readonly shuffle?: boolean
  readonly resident?: boolean
  readonly scale?: { readonly [name: string]: Scale }
  readonly log?: { readonly every?: number }
  readonly evaluate?: {
    readonly every: number
    run(at: { readonly state: never; readonly step: number }): Values | Promise<Values>
  }
  readonly save?: { readonly every?: number }
  readonly stop?: (evaluations: readonly Entry[]) => boolean
  readonly record?: Recorder
  readonly signal?: AbortSignal
}
type Values = { readonly [name: string]: number }

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

/** The most bytes of data that are put on a device unless it is asked for. */
const mostResident = 2 ** 30
/** Row numbers are given for so many steps at most. */
const mostSteps = 256
/** About how long a submission takes, in seconds: after each there is time for others, such as a page. */
const pause = 0.1

export async function train({ trainable, batches }: Fitting, options: TrainOptions): Promise<Fitted> {
  const { seed = 0, data, inputs = {}, record = {} } = options
  const steps = stepsOf(options, data, batches?.batch)
  const entries: Entry[] = []
  const warn = (message: string) => (record.warn ? record.warn(message) : console.warn(`fit: ${message}`))

  const feed: Feed = { inputs, ...(data && batches && { data: feedOf(options, trainable, data, batches) }) }
  const first = await firstState(trainable, options)
  const infinite = new Set(
    [...(await readState(first))]
      .filter(([path, tensor]) => firstBad(new Map([[path, tensor]]), new Set()))
      .map(([path]) => path),
  )
  const most = Math.max(1, Math.min(mostSteps, steps))
  const stepper = await stepperOf(trainable, feed, most)
  const evaluateEvery = checkEvery('evaluate', options.evaluate?.every)
  const saveEvery = checkEvery('save', options.save?.every) ?? (record.save ? roundUp(steps / 10) : undefined)
  const logEvery = checkEvery('log', options.log?.every) ?? roundUp(steps / 100)

  const about: Beginning = {
    program: trainable.name,
    seed,
    steps,
    device: trainable.device.name,
    memory: stepper.memory,
    ...(data && batches && { data: { rows: data.size, batch: batches.batch } }),
    parameters: parametersIn(first),
  }
  const resumed = await record.begin?.(about)
  let state: State = first
  let step = 0
  let before = 0
  if (resumed) {
    state = restored(first, resumed)
    ;({ step, seconds: before } = resumed)
    entries.push(...resumed.entries)
    if (step > steps)
      throw new RangeError(`fit: ${resumed.name} is of step ${step}, and ${steps} steps are asked for; ask for more`)
  }
  if (data && batches)
    for (const message of await scaleWarnings(data, batches.names, options.scale ?? {})) warn(message)

  const started = performance.now()
  const seconds = () => before + (performance.now() - started) / 1000
  const log = async (entry: Entry) => {
    entries.push(entry)
    await record.log?.(entry)
  }

  const saver = saverOf(record, step, resumed, warn)
  const idle = idleParameters()
  const means = meansOf()
  const spikes = new Map<string, Spikes>()
  const pace = paceOf(stepper.most)
  let logged = step

  /** Looks at what some steps gave. */
  const settle = async (chunk: Chunk): Promise<void> => {
    const history = await chunk.history()
    await checkHistory(history, chunk)
    for (let i = 0; i < chunk.count; i++) {
      const done = chunk.first + i + 1
      for (const [name, values] of history) {
        const value = values[i]!
        means.add(name, value)
        if (!spikes.has(name)) spikes.set(name, spikesOf(name))
        const spike = /loss/i.test(name) ? spikes.get(name)!.see(done, value) : undefined
        if (spike !== undefined) warn(spike)
      }
      if (done % logEvery === 0 || done === steps) await logMeans(done)
    }
    pace.done(chunk.count)
    const done = chunk.first + chunk.count
    const last = [...history].map(([name, values]) => [name, values[chunk.count - 1]!] as const)
    record.progress?.({
      step: done,
      steps,
      ...(about.data && { epoch: (done * about.data.batch) / about.data.rows }),
      values: Object.fromEntries(last),
      stepsPerSecond: pace.perSecond,
      secondsLeft: (steps - done) / pace.perSecond,
      memory: about.memory,
    })
  }
  const logMeans = async (done: number): Promise<void> => {
    if (done <= logged) return
    logged = done
    await log({ step: done, seconds: seconds(), kind: 'train', values: means.take() })
  }

  const checkHistory = async (history: History, chunk: Chunk): Promise<void> => {
    const wrong = [...history].flatMap(([name, values]) => {
      const at = values.findIndex((value: number) => !Number.isFinite(value))
      return at < 0 ? [] : [{ name, at, value: values[at]! }]
    })
    const [one] = wrong.sort((a, b) => a.at - b.at)
    if (one) await diverged(`${one.name} is ${one.value} in step ${chunk.first + one.at + 1}`, chunk.first + one.at)
  }
  /** Throws, with the operation in which it began where that can be found. `failed` counts from 0. */
  const diverged = async (what: string, failed: number): Promise<never> => {
    await saver.idle()
    const from = await saver.latest()
    const kept = from ? `The last good checkpoint is of step ${from.step}.` : 'Nothing had been saved before.'
    warn(`${what}; looking for the operation in which it began`)
    const found = await findBeginning({
      from,
      start: async () => (from ? restored(first, { ...from, name: 'the checkpoint' }) : firstState(trainable, options)),
      failed,
      except: infinite,
      plain: () => stepperOf(trainable, feed, most),
      debug: () => stepperOf(trainable, feed, 1, 'nan'),
    }).catch(() => undefined)
    const where = found ? ` It began in step ${found.step + 1}: ${found.error.message}` : ''
    throw new DivergedError(
      `fit: ${what}. ${kept}${where}`,
      failed + 1,
      from?.step ?? 0,
      found && { cause: found.error },
    )
  }

  const save = async (): Promise<void> => {
    if (saver.saved === step) return
    const tensors = await readState(state)
    const bad = firstBad(tensors, infinite)
    if (bad !== undefined) await diverged(`${bad} is not finite after step ${step}`, step - 1)
    const unmoved = idle.see(step, tensors)
    if (unmoved !== undefined) warn(unmoved)
    await logMeans(step)
    await saver.save({ step, seconds: seconds(), tensors })
  }
  const evaluate = async (): Promise<void> => {
    const values = await options.evaluate!.run({ state: state as never, step })
    checkValues(values)
    await log({ step, seconds: seconds(), kind: 'evaluation', values })
  }
  const isAborted = () => options.signal?.aborted || record.signal?.aborted || false
  const isEvaluated = () => entries.some((entry) => entry.kind === 'evaluation' && entry.step === step)

  let status: Fitted['status'] = 'done'
  try {
    let pending: Chunk | undefined
    const finish = async () => {
      if (pending) await settle(pending)
      pending = undefined
    }
    for (;;) {
      const isLast = step >= steps
      if (options.evaluate && !isEvaluated() && (isLast || step % evaluateEvery! === 0)) {
        await finish()
        await evaluate()
        if (options.stop?.(entries.filter(({ kind }) => kind === 'evaluation')) && !isLast) {
          status = 'stopped'
          break
        }
      }
      if (isLast || isAborted()) {
        if (!isLast) status = 'interrupted'
        break
      }
      if (saveEvery !== undefined && step > 0 && step % saveEvery === 0) {
        await finish()
        await save()
      }
      const until = Math.min(steps, next(step, evaluateEvery), next(step, saveEvery))
      const count = Math.min(pace.count, until - step)
      const { state: after, history } = await stepper.submit(state, step, count)
      const chunk: Chunk = { first: step, count, history }
      state = after
      step += count
      // The device has the next steps before the results of these are waited for.
      await finish()
      pending = chunk
      await othersTurn()
    }
    await finish()
    if (step > 0 && record.save) await save()
    await saver.end()
    await record.end?.({ status, step, seconds: seconds() })
  } catch (error) {
    await saver.idle()
    const message = error instanceof Error ? error.message : `${error}`
    await record.end?.({ status: 'failed', step, seconds: seconds(), message })
    stepper.dispose()
    throw error
  }
  const dispose = () => stepper.dispose()
  return { state, step, status, entries, dispose, [Symbol.dispose]: dispose }
}

/** Some steps that were submitted. */
interface Chunk {
  /** Counted from 0. */
  readonly first: number
  readonly count: number
  history(): Promise<History>
}

const roundUp = (value: number): number => Math.max(1, Math.ceil(value))

/** The next multiple of `every` above a step. */
const next = (step: number, every: number | undefined): number =>
  every === undefined ? Number.POSITIVE_INFINITY : (Math.floor(step / every) + 1) * every

function stepsOf({ steps, epochs }: TrainOptions, data: Dataset | undefined, batch: number | undefined): number {
  if ((steps === undefined) === (epochs === undefined))
    throw new TypeError('fit: say how long to train, by one of them: { steps: 1000 } or { epochs: 10 }')
  if (steps !== undefined) {
    if (Number.isSafeInteger(steps) && steps >= 0) return steps
    throw new RangeError(`fit: steps is ${steps}; it must be a whole number from 0`)
  }
  if (!data || batch === undefined)
    throw new TypeError('fit: epochs are of data, and there is none; say how many steps: { steps: 1000 }')
  if (!(epochs! >= 0 && Number.isFinite(epochs)))
    throw new RangeError(`fit: epochs is ${epochs}; it must be a number from 0`)
  return Math.ceil((epochs! * data.size) / batch)
}

function checkEvery(what: string, every: number | undefined): number | undefined {
  if (every === undefined || (Number.isSafeInteger(every) && every >= 1)) return every
  throw new RangeError(`fit: ${what}.every is ${every}; it must be a whole number of steps, from 1`)
}

function feedOf(
  { shuffle = true, seed = 0, resident }: TrainOptions,
  { device }: Trainable,
  set: Dataset,
  { names, batch }: Pick<Sampling, 'batch' | 'names'>,
): NonNullable<Feed['data']> {
  const width = (name: string) => set.columns[name]!.shape.reduce((product, size) => product * size, 1)
  const bytes = 4 * set.size * names.reduce((sum, name) => sum + width(name), 0)
  const fits = bytes <= Math.min(mostResident, device.limits.maxBufferSize ?? mostResident)
  return { set, names, batch, order: orderOf({ rows: set.size, batch, seed, shuffle }), resident: resident ?? fits }
}

/** From the seed, or as given. */
async function firstState(trainable: Trainable, { seed = 0, state }: TrainOptions): Promise<State> {
  const made = await trainable.init(seed)
  return state === undefined ? made : startFrom(made, state)
}

/** What was given for each tensor of a state: a tensor, or its elements. */
function startFrom(like: State, given: unknown): State {
  return mapState(like, ({ path, tensor }) => {
    const value = path
      .split('.')
      .slice(1)
      .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), given)
    if (value instanceof DeviceTensor) return value
    const length = wordsIn(tensor)
    if (typeof value === 'number' && length === 1) return startFrom(tensor, arrayLike(tensor, [value]))
    if (!ArrayBuffer.isView(value) || value.constructor !== arrayLike(tensor, []).constructor)
      throw new TypeError(
        `fit: ${path} needs a tensor or a ${arrayLike(tensor, []).constructor.name} of ${length} elements, was given ${value === undefined ? 'nothing' : `a ${typeof value}`}`,
      )
    const numbers = value as unknown as Numbers
    if (numbers.length !== length)
      throw new TypeError(
        `fit: ${path} needs ${length} elements ([${tensor.shape.join(', ')}]), was given ${numbers.length}`,
      )
    const words = numbers.slice()
    return onHost(tensor, words instanceof Int32Array ? new Uint32Array(words.buffer) : words)
  }) as State
}

const arrayLike = ({ dtype }: DeviceTensor, values: readonly number[]): Numbers =>
  dtype === 'f32' || dtype === 'f16'
    ? Float32Array.from(values)
    : dtype === 'i32'
      ? Int32Array.from(values)
      : Uint32Array.from(values)

const parametersIn = (state: State): number =>
  leavesOf(state)
    .filter(({ path }) => path.startsWith('state.params'))
    .reduce((sum, { tensor }) => sum + wordsIn(tensor), 0)

function checkValues(values: unknown): void {
  const isRecord = typeof values === 'object' && values !== null
  const wrong = isRecord ? Object.entries(values).find(([, value]) => typeof value !== 'number') : undefined
  if (!isRecord || wrong)
    throw new TypeError(
      `fit: evaluate.run must give a record of numbers, such as { loss: 0.5 }${wrong ? `; ${wrong[0]} is a ${typeof wrong[1]}: await what item() gives` : ''}`,
    )
}

/** Means of named values, in float64. */
function meansOf() {
  const sums = new Map<string, { sum: number; count: number }>()
  return {
    add(name: string, value: number): void {
      const known = sums.get(name) ?? { sum: 0, count: 0 }
      sums.set(name, { sum: known.sum + value, count: known.count + 1 })
    },
    take(): Values {
      const means = Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count]))
      sums.clear()
      return means
    },
  }
}

/** How many steps a submission has: as many as about `pause` takes, at most four times as many as the one before. Their number changes no result. */
function paceOf(most: number) {
  let count = 1
  let before = performance.now()
  let perStep = 0
  return {
    get count() {
      return count
    },
    get perSecond() {
      return perStep > 0 ? 1 / perStep : 0
    },
    done(steps: number): void {
      const now = performance.now()
      const took = (now - before) / 1000 / steps
      before = now
      perStep = perStep === 0 ? took : 0.8 * perStep + 0.2 * took
      count = Math.max(1, Math.min(most, 4 * count, Math.round(pause / Math.max(took, 1e-6))))
    },
  }
}

/** Saves one checkpoint after the other. One that cannot be saved is told of, and is no reason to lose what has been trained; but that the last one could not be is an error. */
function saverOf(record: Recorder, step: number, from: Checkpoint | undefined, warn: (message: string) => void) {
  let running: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | undefined
  let saved = from ? step : -1
  let kept = record.latest ? undefined : from
  return {
    get saved() {
      return saved
    },
    /** Begins when the one before is done. */
    async save(checkpoint: Checkpoint): Promise<void> {
      await running
      if (!record.latest) kept = checkpoint
      saved = checkpoint.step
      running = (record.save?.(checkpoint) ?? Promise.resolve()).then(
        () => {
          failure = undefined
        },
        (error) => {
          failure = { error }
          warn(error instanceof Error ? error.message : `${error}`)
        },
      )
    },
    idle: () => running,
    async latest(): Promise<Checkpoint | undefined> {
      return record.latest ? record.latest() : kept
    },
    async end(): Promise<void> {
      await running
      if (failure) throw failure.error
    },
  }
}

/** Lets others have the thread. A timer would wait a millisecond or more. */
const othersTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(undefined)
    }
  })
