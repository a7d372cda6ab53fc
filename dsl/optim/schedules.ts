import { checkFunction, checkList } from '../given.ts'
import { add, div, exp, less, maximum, minimum, mul, sin, square, sub, where } from '../operations/elementwise.ts'
import { cast } from '../operations/layout.ts'
import { checkBoundaries, checkFinite, checkFlag, checkPositive, checkSteps, optionsOf } from '../option.ts'
import type { Tensor } from '../tensor.ts'
import type { Held } from '../trace/held.ts'
import { named } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { scalar } from './scalar.ts'
import { type Schedule, valueAt } from './schedule.ts'

// Each is a formula of the number of steps that have been done, so its first value is that at 0. What a schedule has
// come to, it keeps.

/** Always the same. */
export function constant(value: number): Schedule {
  checkFinite('constant', 'the value', value)
  return scheduled('constant', () => scalar(value))
}

export interface LinearOptions {
  readonly start: number
  readonly end: number
  /** How many steps it takes from the one to the other. */
  readonly steps: number
}
/** start + (end - start) count / steps. */
export function linear(options: LinearOptions): Schedule {
  const { start, end, steps } = optionsOf(
    'linear',
    options,
    ['start', 'end', 'steps'],
    'linear({ start: 0.1, end: 0, steps: 100 })',
  )
  checkEnds('linear', { start, end })
  checkSteps('linear', 'steps', steps)
  return scheduled('linear', (count) => until(count, steps, add(mul(part(count, steps), end - start), start), end))
}

export interface LinearWarmupOptions {
  /** 0 unless given; then the first step goes nowhere. */
  readonly start?: number
  readonly peak: number
  readonly steps: number
}
/** Linear from the start to the peak, where it stays. */
export function linearWarmup(options: LinearWarmupOptions): Schedule {
  const {
    start = 0,
    peak,
    steps,
  } = optionsOf('linearWarmup', options, ['start', 'peak', 'steps'], 'linearWarmup({ peak: 0.1, steps: 100 })')
  checkEnds('linearWarmup', { start, peak })
  checkSteps('linearWarmup', 'steps', steps)
  return linear({ start, end: peak, steps })
}

export interface CosineDecayOptions {
  readonly start: number
  /** 0 unless given. */
  readonly end?: number
  /** How many steps it takes from the one to the other. */
  readonly steps: number
}
/** end + (start - end) (1 + cos(pi count / steps)) / 2 (Loshchilov and Hutter 2017, without restarts). */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  const {
    start,
    end = 0,
    steps,
  } = optionsOf('cosineDecay', options, ['start', 'end', 'steps'], 'cosineDecay({ start: 0.1, steps: 100 })')
  checkEnds('cosineDecay', { start, end })
  checkSteps('cosineDecay', 'steps', steps)
  return scheduled('cosineDecay', (count) => {
    // (1 + cos(pi c)) / 2 = sin^2(pi (1 - c) / 2), of which little is left at the end.
    const falls = square(sin(mul(part(sub(scalar(steps, 'i32'), count), steps), Math.PI / 2)))
    return until(count, steps, add(mul(falls, start - end), end), end)
  })
}

export interface WarmupCosineOptions {
  /** Where the warm-up starts; 0 unless given. */
  readonly start?: number
  readonly peak: number
  /** Where the decay ends; 0 unless given. */
  readonly end?: number
  readonly warmupSteps: number
  /** All steps, those of the warm-up included. */
  readonly steps: number
}
/** Linear to the peak, then down along a cosine. */
export function warmupCosine(options: WarmupCosineOptions): Schedule {
  const example = 'warmupCosine({ peak: 0.1, warmupSteps: 10, steps: 100 })'
  const {
    start = 0,
    peak,
    end = 0,
    warmupSteps,
    steps,
  } = optionsOf('warmupCosine', options, ['start', 'peak', 'end', 'warmupSteps', 'steps'], example)
  checkEnds('warmupCosine', { start, peak, end })
  checkSteps('warmupCosine', 'warmupSteps', warmupSteps)
  checkSteps('warmupCosine', 'steps', steps, warmupSteps + 1)
  const rise = linear({ start, end: peak, steps: warmupSteps })
  return joinSchedules([rise, cosineDecay({ start: peak, end, steps: steps - warmupSteps })], [warmupSteps])
}

export interface PiecewiseConstantOptions {
  readonly values: readonly number[]
  /** The counts at which the next value begins, in rising order. */
  readonly boundaries: readonly number[]
}
/** values[i] before boundaries[i], and the last one after all of them. */
export function piecewiseConstant(options: PiecewiseConstantOptions): Schedule {
  const example = 'piecewiseConstant({ values: [0.1, 0.01], boundaries: [100] })'
  const { values, boundaries } = optionsOf('piecewiseConstant', options, ['values', 'boundaries'], example)
  checkList('piecewiseConstant', values, 'a list of values', example)
  checkBoundaries('piecewiseConstant', boundaries, values.length, 'values')
  for (const [i, value] of values.entries()) checkFinite('piecewiseConstant', `values[${i}]`, value)
  return scheduled('piecewiseConstant', (count) =>
    values.slice(1).reduce((before, value, i) => where(less(count, boundaries[i]!), before, value), scalar(values[0]!)),
  )
}

export interface ExponentialDecayOptions {
  readonly start: number
  /** What it is multiplied by every so many steps. */
  readonly rate: number
  readonly steps: number
  /** Whether that happens at once, after so many steps, and not a little at each. */
  readonly staircase?: boolean
  /** What it does not pass. */
  readonly end?: number
}
/** start rate^(count / steps), with the exponent rounded down for a staircase. */
export function exponentialDecay(options: ExponentialDecayOptions): Schedule {
  const example = 'exponentialDecay({ start: 0.1, rate: 0.5, steps: 100 })'
  const {
    start,
    rate,
    steps,
    staircase = false,
    end,
  } = optionsOf('exponentialDecay', options, ['start', 'rate', 'steps', 'staircase', 'end'], example)
  checkFlag('exponentialDecay', 'staircase', staircase)
  checkEnds('exponentialDecay', { start, ...(end === undefined ? {} : { end }) })
  checkPositive('exponentialDecay', 'rate', rate)
  checkSteps('exponentialDecay', 'steps', steps)
  return scheduled('exponentialDecay', (count) => {
    const times = staircase ? cast(div(count, steps), 'f32') : part(count, steps)
    const value = mul(exp(mul(times, Math.log(rate))), start)
    if (end === undefined) return value
    return end < start ? maximum(value, end) : minimum(value, end)
  })
}

/** One schedule after another: schedules[i] before boundaries[i], each seeing how many steps it has done itself. */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  checkList('joinSchedules', schedules, 'a list of schedules', 'joinSchedules([a, b], [100])')
  for (const schedule of schedules) checkFunction('joinSchedules', schedule, 'a schedule')
  checkBoundaries('joinSchedules', boundaries, schedules.length, 'schedules')
  return scheduled('joinSchedules', (count) => {
    const first = valueAt(schedules[0]!, count)
    return boundaries.reduce((before, from, i) => {
      const since = maximum(sub(count, from), 0)
      return where(less(count, from), before, valueAt(schedules[i + 1]!, since))
    }, first)
  })
}

/** A schedule of a formula. */
const scheduled =
  (name: string, value: (count: Held) => Held): Schedule =>
  (count) =>
    named(name, () => traced(value(heldTensor(name, count)))) as unknown as Tensor<[]>

const part = (count: Held, steps: number): Held => div(cast(count, 'f32'), steps)

/** A value until so many steps are done, and what it then is, exactly. */
const until = (count: Held, steps: number, value: Held, then: number): Held => where(less(count, steps), value, then)

function checkEnds(of: string, ends: { readonly [name: string]: number }): void {
  for (const [name, value] of Object.entries(ends)) checkFinite(of, name, value)
}
