import { describe, expect, test } from 'vitest'
import { FluxionError, f32, grad, i32, type Tensor } from '../../dsl/index.ts'
import {
  constant,
  cosineDecay,
  exponentialDecay,
  joinSchedules,
  linear,
  linearWarmup,
  piecewiseConstant,
  type Schedule,
  sgd,
  warmupCosine,
} from '../../dsl/optim/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { evaluator, within } from './optim-run.ts'
import { closeTo, runBody } from './run.ts'

/** The values of a schedule at 0 .. last. */
function values(schedule: Schedule, last: number): readonly number[] {
  const of = evaluator({ count: i32() }, ({ count }: { count: Tensor<[], 'i32'> }) => ({ value: schedule(count) }))
  return Array.from({ length: last + 1 }, (_, count) => (of({ count }) as { value: [number] }).value[0])
}
const closed = (formula: (count: number) => number, last: number): readonly number[] =>
  Array.from({ length: last + 1 }, (_, count) => formula(count))

const numRuns = times * 30
const rate = within(-2, 2)
const steps = fc.integer({ min: 1, max: 12 })
const along = (start: number, end: number, steps: number) => (count: number) =>
  start + (end - start) * Math.min(1, count / steps)
const falling = (start: number, end: number, steps: number) => (count: number) =>
  end + ((start - end) * (1 + Math.cos(Math.PI * Math.min(1, count / steps)))) / 2

describe('schedules have their closed forms', () => {
  test('constant', () => {
    expect(values(constant(0.25), 3)).toEqual([0.25, 0.25, 0.25, 0.25])
  })

  test('linear and linearWarmup', () => {
    fc.assert(
      fc.property(rate, rate, steps, (start, end, steps) => {
        const last = steps + 3
        const found = values(linear({ start, end, steps }), last)
        closeTo(found, closed(along(start, end, steps), last), 1e-13)
        expect(found.slice(steps)).toEqual(Array(4).fill(end))
        expect(values(linearWarmup({ start, peak: end, steps }), last)).toEqual(found)
        expect(values(linearWarmup({ peak: end, steps }), last)[0]! === 0).toBe(true)
      }),
      { numRuns },
    )
  })

  test('cosineDecay', () => {
    fc.assert(
      fc.property(rate, rate, steps, (start, end, steps) => {
        const last = steps + 3
        const found = values(cosineDecay({ start, end, steps }), last)
        closeTo(found, closed(falling(start, end, steps), last), 1e-13)
        expect(found.slice(steps)).toEqual(Array(4).fill(end))
        closeTo(values(cosineDecay({ start, steps }), last), closed(falling(start, 0, steps), last), 1e-13)
      }),
      { numRuns },
    )
  })

  test('warmupCosine', () => {
    fc.assert(
      fc.property(rate, rate, rate, steps, steps, (start, peak, end, warmupSteps, more) => {
        const [steps, last] = [warmupSteps + more, warmupSteps + more + 3]
        const rise = along(start, peak, warmupSteps)
        const fall = falling(peak, end, more)
        const formula = (count: number) => (count < warmupSteps ? rise(count) : fall(count - warmupSteps))
        const found = values(warmupCosine({ start, peak, end, warmupSteps, steps }), last)
        closeTo(found, closed(formula, last), 1e-13)
        closeTo(found[warmupSteps], peak, 1e-13)
        expect(found[steps]).toBe(end)
      }),
      { numRuns },
    )
  })

  test('piecewiseConstant', () => {
    fc.assert(
      fc.property(
        fc.array(rate, { minLength: 1, maxLength: 5 }),
        fc.array(steps, { minLength: 4, maxLength: 4 }),
        (parts, gaps) => {
          const boundaries = parts.slice(1).map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b, 0))
          const last = (boundaries.at(-1) ?? 0) + 2
          const formula = (count: number) => parts[boundaries.filter((from) => count >= from).length]!
          expect(values(piecewiseConstant({ values: parts, boundaries }), last)).toEqual(closed(formula, last))
        },
      ),
      { numRuns },
    )
  })

  test('exponentialDecay', () => {
    const ratio = within(0.3, 1.5)
    fc.assert(
      fc.property(
        rate,
        ratio,
        steps,
        fc.boolean(),
        fc.option(rate, { nil: undefined }),
        (start, rate, steps, staircase, end) => {
          const formula = (count: number) => {
            const value = start * rate ** (staircase ? Math.floor(count / steps) : count / steps)
            return end === undefined ? value : end < start ? Math.max(value, end) : Math.min(value, end)
          }
          const last = 3 * steps
          const schedule = exponentialDecay({ start, rate, steps, staircase, ...(end === undefined ? {} : { end }) })
          closeTo(values(schedule, last), closed(formula, last), 1e-12)
        },
      ),
      { numRuns },
    )
  })

  test('joined, each begins at its own 0', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(rate, rate, steps), { minLength: 1, maxLength: 4 }),
        fc.array(steps, { minLength: 3, maxLength: 3 }),
        (parts, gaps) => {
          const boundaries = parts.slice(1).map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b, 0))
          const last = (boundaries.at(-1) ?? 0) + 5
          const formula = (count: number) => {
            const which = boundaries.filter((from) => count >= from).length
            const [start, end, steps] = parts[which]!
            return along(start, end, steps)(count - (boundaries[which - 1] ?? 0))
          }
          const schedules = parts.map(([start, end, steps]) => linear({ start, end, steps }))
          closeTo(values(joinSchedules(schedules, boundaries), last), closed(formula, last), 1e-12)
        },
      ),
      { numRuns },
    )
  })

  test("an author's own is a function of the count, and is never asked about less than 0", () => {
    const root: Schedule = (count) => count.cast('f32').sqrt()
    closeTo(values(joinSchedules([constant(3), root], [2]), 4), [3, 3, 0, 1, Math.SQRT2], 1e-14)
    // The gradient of what is not chosen is 0 times its slope, which must be a number.
    const of = evaluator(
      { count: i32(), peak: f32() },
      ({ count, peak }: { count: Tensor<[], 'i32'>; peak: Tensor<[]> }) => ({
        slope: grad((peak: Tensor<[]>) => joinSchedules([constant(3), (count) => peak.mul(root(count))], [2])(count))(
          peak,
        ),
      }),
    )
    expect([0, 1, 2, 6].map((count) => of({ count, peak: 5 }))).toEqual(
      [0, 0, 0, 2].map((slope) => ({ slope: [slope] })),
    )
  })
})

describe('what is no schedule', () => {
  const wrong: readonly [says: string, make: () => unknown][] = [
    [
      'type error: linear: steps is 0, needs a whole number of at least 1',
      () => linear({ start: 0, end: 1, steps: 0 }),
    ],
    [
      'type error: linearWarmup: steps is 1.5, needs a whole number of at least 1',
      () => linearWarmup({ peak: 1, steps: 1.5 }),
    ],
    [
      'type error: cosineDecay: steps is 3000000000, needs a whole number below 2 ** 31',
      () => cosineDecay({ start: 1, steps: 3e9 }),
    ],
    ['type error: cosineDecay: start is NaN, needs a number', () => cosineDecay({ start: Number.NaN, steps: 1 })],
    [
      'type error: warmupCosine: steps is 3, needs a whole number of at least 4',
      () => warmupCosine({ peak: 1, warmupSteps: 3, steps: 3 }),
    ],
    [
      'type error: exponentialDecay: rate is 0, needs a number above 0',
      () => exponentialDecay({ start: 1, rate: 0, steps: 1 }),
    ],
    [
      'type error: piecewiseConstant: 2 boundaries for 2 values; needs one between each two',
      () => piecewiseConstant({ values: [1, 2], boundaries: [1, 2] }),
    ],
    [
      'type error: joinSchedules: boundaries[1] is 4, needs a whole number of at least 5',
      () => joinSchedules([constant(1), constant(2), constant(3)], [4, 4]),
    ],
  ]
  test.each(wrong)('%s', (says, make) => {
    let thrown: unknown
    try {
      make()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(FluxionError)
    expect((thrown as FluxionError).complaint).toBe(says)
    expect((thrown as FluxionError).frame?.file).toBe(import.meta.filename)
  })

  test('is told where its value is asked for', () => {
    const stepped = (learningRate: unknown) => () =>
      runBody(
        { x: i32() },
        ({ x }) => {
          const p = x.cast('f32')
          return sgd({ learningRate: learningRate as Schedule }).update(p, { count: x }, p).params
        },
        { x: 0 },
      )
    expect(stepped((count: unknown) => count)).toThrow('dtype error: the value of the schedule is i32, needs f32')
    expect(stepped((count: Tensor<[], 'i32'>) => count.cast('f32').expand(0))).toThrow(
      'shape error: the value of the schedule is [1], needs []',
    )
    expect(stepped(() => 0.1)).toThrow('type error: the value of the schedule is not a tensor [] of f32')
    expect(stepped('fast')).toThrow("type error: sgd: 'fast' is not a learning rate; give a number or a schedule")
    expect(stepped(Number.NaN)).toThrow('type error: sgd: learningRate is NaN, needs a number')
  })
})
