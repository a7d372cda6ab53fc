import { described } from '../error.ts'
import { checkFunction } from '../given.ts'
import { mul, sub } from '../operations/elementwise.ts'
import { checkFinite } from '../option.ts'
import type { Tensor } from '../tensor.ts'
import { type Needed, tensorIn } from '../tensor-in.ts'
import type { Held } from '../trace/held.ts'
import { fail, named } from '../trace/trace.ts'
import { traced } from '../traced-tensor.ts'
import { next } from './count.ts'
import { type Transformation, transformationOf } from './transformation.ts'

/** A number for each step: a traced function of how many steps have been done, so 0 at the first one. */
export type Schedule = (count: Tensor<[], 'i32'>) => Tensor<[]>
export type LearningRate = number | Schedule

/** Multiplies updates by the schedule's value at the number of updates made before. */
export function scaleBySchedule(schedule: Schedule): Transformation<{ readonly count: 'count' }> {
  checkFunction('scaleBySchedule', schedule, 'a schedule')
  return transformationOf('scaleBySchedule', { count: 'count' }, (updates, before) => {
    const count = next(before.count)
    const by = rateAt(schedule, count)
    return { updates: updates.map((update) => mul(update, by)), state: { count } }
  })
}

export function checkRate(of: string, rate: LearningRate): void {
  if (typeof rate === 'function') return
  if (typeof rate !== 'number')
    throw fail(`type error: ${of}: ${described(rate)} is not a learning rate; give a number or a schedule`)
  checkFinite(of, 'learningRate', rate)
}

/**
 * The learning rate of the step that is counted last. It is told by the new count and not by the old one: were both of
 * them read, the new one could not be written over the old.
 */
export const rateAt = (rate: LearningRate, counted: Held): Held | number =>
  typeof rate === 'number' ? rate : valueAt(rate, sub(counted, 1))

/** A schedule's value after a number of steps. */
export const valueAt = (schedule: Schedule, count: Held): Held =>
  named('schedule', () =>
    tensorIn(schedule(traced(count) as unknown as Tensor<[], 'i32'>), '', 'the value of the schedule', scalarFloat),
  )
const scalarFloat: Needed = { shape: [], dtype: 'f32', fits: (given) => given.length === 0 }
