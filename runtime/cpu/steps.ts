import type { Place, PlanOutline } from '../../compiler/plan/plan.ts'
import { type Scheduled, scheduleOf } from '../loops.ts'

/** One function call that runs a whole nest, or a loop of them. */
export type Step = Call | Loop

interface Call {
  readonly dispatch: number
  readonly run: (...numbers: number[]) => void
  /** First point, number of points, and the address of each slot. */
  readonly arguments: readonly number[]
  /** In loops: how many bytes further each argument is with each turn of each loop around it, outermost first. */
  readonly advance: readonly (readonly number[])[]
}

interface Loop {
  /** 0: any number. */
  readonly times: number
  readonly before: readonly Step[]
  /** The loop ends where this word is 0. */
  readonly word: number | undefined
  readonly body: readonly Step[]
}

/** The functions of the module that a plan was printed as. */
export type Exports = { readonly [name: string]: Call['run'] }

/** The dispatches of a plan as calls, with the loops that it says are around them. */
export function stepsOf(
  plan: PlanOutline,
  starts: readonly number[],
  scratch: number,
  exports: Exports,
): readonly Step[] {
  const { dispatches, kernels } = plan
  const addressOf = ({ region, offset }: Place) => starts[region]! + 4 * offset
  const callsOf = (dispatch: number): readonly Call[] => {
    const { kernel, places } = dispatches[dispatch]!
    const depth = Math.max(0, ...places.map(({ advance = [] }) => advance.length))
    const advance = Array.from({ length: depth }, (_, d) => places.map((place) => 4 * (place.advance?.[d] ?? 0)))
    return kernels[kernel]!.nests.map(({ grid }, nest) => {
      const points = grid.reduce((product, { extent }) => product * extent, 1)
      const run = exports[`k${kernel}_${nest}`]!
      return {
        dispatch,
        run,
        arguments: [0, points, scratch, ...places.map(addressOf)],
        advance: advance.map((by) => [0, 0, 0, ...by]),
      }
    })
  }
  const steps = (scheduled: readonly Scheduled[]): readonly Step[] =>
    scheduled.flatMap((one): readonly Step[] =>
      'dispatch' in one
        ? callsOf(one.dispatch)
        : [
            {
              times: one.times,
              before: steps(one.before),
              word: one.test && addressOf(one.test) / 4,
              body: steps(one.body),
            },
          ],
    )
  return steps(scheduleOf(plan))
}

/** Runs steps in the given turns of the loops around them. */
export function runSteps(steps: readonly Step[], words: Uint32Array, turns: readonly number[]): void {
  for (const step of steps) {
    if ('run' in step) step.run(...argumentsAt(step, turns))
    else runLoop(step, words, turns)
  }
}

function argumentsAt({ arguments: first, advance }: Call, turns: readonly number[]): readonly number[] {
  if (advance.length === 0) return first
  return first.map((value, i) => advance.reduce((sum, by, depth) => sum + by[i]! * turns[depth]!, value))
}

function runLoop({ times, before, word, body }: Loop, words: Uint32Array, turns: readonly number[]): void {
  for (let turn = 0; times === 0 || turn < times; turn++) {
    const now = [...turns, turn]
    runSteps(before, words, now)
    if (word !== undefined && words[word] === 0) return
    runSteps(body, words, now)
  }
}
