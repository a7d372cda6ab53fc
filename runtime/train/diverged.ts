import type { Checkpoint } from './recorder.ts'
import { readState, type State } from './state.ts'
import type { Stepper } from './steps.ts'

/** Training came to a number that is none, and stopped. What was saved before is intact. */
export class DivergedError extends Error {
  /** The steps that had been done when it was found, the one in which it came up among them. */
  readonly step: number
  /** The step to which the last good checkpoint belongs; undefined where none was saved. */
  readonly saved: number | undefined

  constructor(message: string, step: number, saved: number | undefined, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DivergedError'
    this.step = step
    this.saved = saved
  }
}

export interface Search {
  /** From where to look; else from the first state. */
  readonly from: Checkpoint | undefined
  /** Its state. */
  start(): Promise<State>
  /** The number of the step whose results are no numbers, counted from 0. */
  readonly failed: number
  /** Tensors of the state that may have infinities. */
  readonly except: ReadonlySet<string>
  /** Runs the steps as they were run. */
  plain(): Promise<Stepper>
  /** Runs them and looks at every operation. */
  debug(): Promise<Stepper>
}

/**
 * Finds the operation in which NaN or an infinity began, by doing the steps again: they give the same numbers.
 *
 * @returns the NonFiniteError that says so, and its step, counted from 0; undefined where doing it again does not find
 * it.
 */
export async function findBeginning(
  search: Search,
): Promise<{ readonly step: number; readonly error: Error } | undefined> {
  const first = search.from?.step ?? 0
  const plain = await search.plain()
  try {
    const stateAt = async (step: number) => replay(plain, await search.start(), first, step)
    const isGood = async (step: number) =>
      step === first || firstBad(await readState(await stateAt(step)), search.except) === undefined
    // Results may be numbers for some steps after the state went bad.
    let [good, bad] = [first, search.failed]
    if (await isGood(bad)) good = bad
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2)
      if (await isGood(middle)) good = middle
      else bad = middle
    }
    const debug = await search.debug()
    try {
      const { history } = await debug.submit(await stateAt(good), good, 1)
      await history()
      return undefined
    } catch (error) {
      return { step: good, error: error as Error }
    } finally {
      debug.dispose()
    }
  } finally {
    plain.dispose()
  }
}

async function replay(stepper: Stepper, from: State, first: number, to: number): Promise<State> {
  let state = from
  for (let step = first; step < to; ) {
    const count = Math.min(stepper.most, to - step)
    state = (await stepper.submit(state, step, count)).state
    step += count
  }
  return state
}

/** The first tensor with an element that is no number, but for some. */
export function firstBad(tensors: Checkpoint['tensors'], except: ReadonlySet<string>): string | undefined {
  for (const [path, { data }] of tensors)
    if (data instanceof Float32Array && !except.has(path) && !allFinite(data)) return path
  return undefined
}

/** States have millions of them: a loop takes a tenth of the time of `every`. */
function allFinite(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i += 1) if (!Number.isFinite(data[i])) return false
  return true
}
