import type { IsBest } from './best.ts'
import { DivergedError, findBeginning, firstBad } from './diverged.ts'
import { idleParameters } from './idle.ts'
import { meansOf } from './means.ts'
import { firstState, type TrainOptions } from './options.ts'
import { othersTurn, paceOf } from './pace.ts'
import type { Beginning, Checkpoint, End, Entry, Recorder, Resumed } from './recorder.ts'
import { saverOf } from './saver.ts'
import { type Spikes, spikesOf } from './spikes.ts'
import { readState, restored, type State } from './state.ts'
import { type Feed, type History, type Stepper, stepperOf, type Trainable } from './steps.ts'

/** After how many steps something is done; not at all where undefined. */
export interface Every {
  readonly log: number
  readonly evaluate: number | undefined
  readonly save: number
}

/** All that a training is made of. */
export interface Made {
  readonly trainable: Trainable
  readonly options: TrainOptions
  readonly record: Recorder
  readonly warn: (message: string) => void
  readonly every: Every
  readonly isBest: IsBest
  readonly about: Beginning
  readonly feed: Feed
  readonly stepper: Stepper
  readonly first: State
  readonly resumed: Resumed | undefined
  /** Tensors of the state that may have infinities. */
  readonly except: ReadonlySet<string>
}

/** Some steps that were submitted. */
interface Chunk {
  /** Counted from 0. */
  readonly first: number
  readonly count: number
  history(): Promise<History>
}

/** A training under way. */
export class Training {
  readonly entries: Entry[]
  readonly #made: Made
  readonly #saver: ReturnType<typeof saverOf>
  readonly #pace: ReturnType<typeof paceOf>
  readonly #idle = idleParameters()
  readonly #means = meansOf()
  readonly #spikes = new Map<string, Spikes>()
  readonly #started = performance.now()
  #state: State
  #step: number
  /** Steps whose results have not been looked at. */
  #pending: Chunk | undefined

  constructor(made: Made) {
    const { record, resumed, stepper, first, warn } = made
    this.#made = made
    this.entries = [...(resumed?.entries ?? [])]
    this.#state = first
    this.#step = resumed?.step ?? 0
    this.#saver = saverOf(record, resumed, warn)
    this.#pace = paceOf(stepper.most)
  }

  get state(): State {
    return this.#state
  }

  /** How many have been done. */
  get step(): number {
    return this.#step
  }

  /** Over all sittings. */
  get seconds(): number {
    return (this.#made.resumed?.seconds ?? 0) + (performance.now() - this.#started) / 1000
  }

  /** Takes up what was saved, if anything was. Throws where it does not fit, or is of more steps than are asked for. */
  goOn(): void {
    const { first, resumed, about } = this.#made
    if (!resumed) return
    this.#state = restored(first, resumed)
    if (this.#step > about.steps)
      throw new RangeError(
        `fit: ${resumed.name} is of step ${this.#step}, and ${about.steps} steps are asked for; ask for more`,
      )
  }

  /**
   * Steps until the end, or a reason to end before, and saves what came of them.
   *
   * Rejects with a DivergedError where a number is none, and as the recorder and what is fed do.
   */
  async run(): Promise<Exclude<End['status'], 'failed'>> {
    this.#pace.skip()
    const status = await this.#loop()
    if (this.#step > 0 && this.#made.record.save) await this.#save()
    await this.#saver.end()
    return status
  }

  /** Resolves when nothing is being saved any more. */
  idle(): Promise<void> {
    return this.#saver.idle()
  }

  async #loop(): Promise<Exclude<End['status'], 'failed'>> {
    const { options, record, every, about, stepper } = this.#made
    for (;;) {
      const isLast = this.#step >= about.steps
      if (every.evaluate !== undefined && (isLast || this.#step % every.evaluate === 0)) {
        await this.#finish()
        if ((await this.#evaluate()) && !isLast) return 'stopped'
        this.#pace.skip()
      }
      if (isLast || options.signal?.aborted || record.signal?.aborted) {
        await this.#finish()
        return isLast ? 'done' : 'interrupted'
      }
      if (this.#step > 0 && this.#step % every.save === 0) {
        await this.#finish()
        await this.#save()
        this.#pace.skip()
      }
      const until = Math.min(about.steps, following(this.#step, every.evaluate), following(this.#step, every.save))
      const count = Math.min(this.#pace.count, until - this.#step)
      const { state, history } = await stepper.submit(this.#state, this.#step, count)
      // The device has these steps before the results of those before are waited for.
      const before = this.#pending
      this.#pending = { first: this.#step, count, history }
      this.#state = state
      this.#step += count
      if (before) await this.#settle(before)
      await othersTurn()
    }
  }

  async #finish(): Promise<void> {
    const last = this.#pending
    this.#pending = undefined
    if (last) await this.#settle(last)
  }

  /** Looks at what some steps gave. */
  async #settle({ first, count, history }: Chunk): Promise<void> {
    const { every, about, record } = this.#made
    const { steps, data, memory } = about
    const results = await history()
    const wrong = firstWrong(results)
    if (wrong) await this.#diverged(`${wrong.name} is ${wrong.value} in step ${first + wrong.at + 1}`, first + wrong.at)
    for (let i = 0; i < count; i++) {
      const done = first + i + 1
      for (const [name, values] of results) this.#see(done, name, values[i]!)
      if (done % every.log === 0 || done === steps) await this.#logMeans(done)
    }
    this.#pace.done(count)
    const done = first + count
    record.progress?.({
      step: done,
      steps,
      ...(data && { epoch: (done * data.batch) / data.rows }),
      values: Object.fromEntries([...results].map(([name, values]) => [name, values[count - 1]!])),
      stepsPerSecond: this.#pace.perSecond,
      secondsLeft: (steps - done) / this.#pace.perSecond,
      memory,
    })
  }

  /** A result of a step: it counts for the mean, and where it is a loss that has leapt, that is told. */
  #see(step: number, name: string, value: number): void {
    this.#means.add(name, value)
    if (!/loss/i.test(name)) return
    const spikes = this.#spikes.get(name) ?? spikesOf(name)
    this.#spikes.set(name, spikes)
    const spike = spikes.see(step, value)
    if (spike !== undefined) this.#made.warn(spike)
  }

  async #log(entry: Entry): Promise<void> {
    this.entries.push(entry)
    await this.#made.record.log?.(entry)
  }

  async #logMeans(step: number): Promise<void> {
    const values = this.#means.take()
    if (values) await this.#log({ step, seconds: this.seconds, kind: 'train', values })
  }

  async #save(): Promise<void> {
    const { record, warn } = this.#made
    const step = this.#step
    if (this.#saver.saved === step) return
    const tensors = await this.#finiteState()
    const unmoved = this.#idle.see(step, tensors)
    if (unmoved !== undefined) warn(unmoved)
    // A run that goes on from here begins a new mean, and so does this one.
    if (record.save) await this.#logMeans(step)
    await this.#saver.save({ step, seconds: this.seconds, tensors })
  }

  /** Whether to stop. */
  async #evaluate(): Promise<boolean> {
    const { options, resumed, isBest } = this.#made
    const step = this.#step
    if (this.#evaluations().at(-1)?.step === step) return false
    const values = await options.evaluate!.run({ state: this.#state as never, step })
    checkValues(values)
    if (Object.keys(values).length === 0) return false
    const now: Entry = { step, seconds: this.seconds, kind: 'evaluation', values }
    // Of those up to there the best was not kept.
    const without = resumed && !resumed.hasBest ? resumed.step : -1
    const before = this.#evaluations().filter((entry) => entry.step > without)
    const best = isBest(now, before)
    await this.#log(now)
    if (best) await this.#saver.best({ step, seconds: now.seconds, tensors: await this.#finiteState() })
    return options.stop?.(this.#evaluations()) ?? false
  }

  #evaluations(): readonly Entry[] {
    return this.entries.filter(({ kind }) => kind === 'evaluation')
  }

  async #finiteState(): Promise<Checkpoint['tensors']> {
    const tensors = await readState(this.#state)
    const bad = firstBad(tensors, this.#made.except)
    if (bad !== undefined) await this.#diverged(`${bad} is not finite after step ${this.#step}`, this.#step - 1)
    return tensors
  }

  /** Throws, with the operation in which it began where that can be found. `failed` counts from 0. */
  async #diverged(what: string, failed: number): Promise<never> {
    const { trainable, options, record, warn, feed, stepper, first, except } = this.#made
    await this.#saver.idle()
    const from = await this.#saver.latest()
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

/** The next multiple of `every` above a step. */
const following = (step: number, every: number | undefined): number =>
  every === undefined ? Number.POSITIVE_INFINITY : (Math.floor(step / every) + 1) * every

function checkValues(values: unknown): void {
  const isRecord = typeof values === 'object' && values !== null
  const wrong = isRecord ? Object.entries(values).find(([, value]) => typeof value !== 'number') : undefined
  if (!isRecord || wrong)
    throw new TypeError(
      `fit: evaluate.run must give a record of numbers, such as { loss: 0.5 }${wrong ? `; ${wrong[0]} is a ${typeof wrong[1]}: await what item() gives` : ''}`,
    )
}
