import { runSteps, type Step } from './steps.ts'

/** Runs a call; gives the nanoseconds of each of its dispatches, of all its turns together, by the clock. */
export function timeSteps(steps: readonly Step[], words: Uint32Array, dispatches: number): readonly number[] {
  const nanoseconds = Array.from({ length: dispatches }, () => 0)
  runSteps(withClock(steps, nanoseconds), words, [])
  return nanoseconds
}

const withClock = (steps: readonly Step[], nanoseconds: number[]): readonly Step[] =>
  steps.map((step) => {
    if (!('run' in step))
      return { ...step, before: withClock(step.before, nanoseconds), body: withClock(step.body, nanoseconds) }
    const run: typeof step.run = (...numbers) => {
      const started = performance.now()
      step.run(...numbers)
      nanoseconds[step.dispatch]! += 1e6 * (performance.now() - started)
    }
    return { ...step, run }
  })
