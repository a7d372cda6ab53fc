import { describe, expect, test } from 'vitest'
import { straightness } from '../../../models/index.ts'
import * as fc from '../../fc.ts'

/** [steps + 1, n, 2] of `at(time, path)` at equal steps. */
const follow = (steps: number, n: number, at: (time: number, path: number) => readonly number[]): number[] =>
  Array.from({ length: steps + 1 }, (_, step) => Array.from({ length: n }, (_, path) => at(step / steps, path))).flat(2)

const integer = fc.integer({ min: -3, max: 3 })

describe('straightness', () => {
  test('straight paths of constant speed have no curvature, and are as long as their ends are apart', () => {
    fc.assert(
      fc.property(integer, integer, fc.integer({ min: 1, max: 9 }), (a, b, steps) => {
        fc.pre(a !== 0 || b !== 0)
        const data = follow(steps, 3, (time, path) => [a * time + path, b * time - 2 * path])
        const { curvature, arcOverChord } = straightness({ data, steps, dimension: 2 })
        expect(curvature.value).toBeLessThan(1e-24)
        expect(curvature.standardError).toBeLessThan(1e-24)
        expect(arcOverChord).toBeCloseTo(1, 12)
      }),
    )
  })

  test('half a circle of radius r has curvature (pi^2 - 4) r^2, and is pi / 2 as long as its ends are apart', () => {
    const circle = (steps: number): ReturnType<typeof straightness> =>
      straightness({
        data: follow(steps, 2, (time, path) => [
          Math.cos(Math.PI * time) * (path + 1),
          Math.sin(Math.PI * time) * (path + 1),
        ]),
        steps,
        dimension: 2,
      })
    // The mean over radii 1 and 2; the difference of the two over 2 is the error.
    const exact = (Math.PI ** 2 - 4) * 2.5
    expect(circle(1000).curvature.value).toBeCloseTo(exact, 4)
    expect(circle(1000).curvature.standardError).toBeCloseTo((Math.PI ** 2 - 4) * 1.5, 4)
    expect(circle(1000).arcOverChord).toBeCloseTo(Math.PI / 2, 5)
    expect(circle(4).curvature.value).toBeLessThan(exact)
  })

  test('a straight path of uneven speed has curvature and no extra length; at times of its own it has none', () => {
    // x = time^2: int (2 t - 1)^2 dt = 1/3.
    const data = follow(500, 1, (time) => [time * time, 0])
    const uneven = straightness({ data, steps: 500, dimension: 2 })
    expect(uneven.curvature.value).toBeCloseTo(1 / 3, 4)
    expect(uneven.arcOverChord).toBeCloseTo(1, 12)
    const times = Array.from({ length: 501 }, (_, step) => 5 - (step / 500) ** 2)
    expect(straightness({ data, steps: 500, dimension: 2, times }).curvature.value).toBeLessThan(1e-20)
  })

  test('is the mean of ||dx/dt||^2 less ||x1 - x0||^2, however it is moved or turned', () => {
    const path = fc.array(fc.tuple(integer, integer), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(path, integer, (points, by) => {
        const steps = points.length - 1
        const square = (i: number, j: number): number =>
          (points[i]![0]! - points[j]![0]!) ** 2 + (points[i]![1]! - points[j]![1]!) ** 2
        let exact = -square(0, steps)
        for (let step = 0; step < steps; step += 1) exact += steps * square(step, step + 1)
        const measured = straightness({ data: points.flat(), steps, dimension: 2 }).curvature.value
        expect(measured).toBeCloseTo(exact, 9)
        const turned = points.flatMap(([x, y]) => [by - y!, by + x!])
        expect(straightness({ data: turned, steps, dimension: 2 }).curvature.value).toBeCloseTo(exact, 9)
      }),
    )
  })

  test('refuses paths that are none', () => {
    const of = (data: number[], steps: number, times?: number[]) => (): unknown =>
      straightness({ data, steps, dimension: 1, ...(times === undefined ? {} : { times }) })
    expect(of([1, 2, 3], 1)).toThrow(
      '[2, n, 1], a multiple of 2 numbers and at least one path; got 3: keep the first points',
    )
    expect(of([1, 2], 0)).toThrow('expected at least one step and one dimension; got 0 and 1')
    expect(of([1, 2, 3, Number.NaN], 1)).toThrow('path 1 has NaN after step 1: the solver diverged there')
    expect(of([1, 2, 3], 2, [0, 1])).toThrow('expected 3 times, one more than there are steps; got 2')
    expect(of([1, 2, 3], 2, [0, 1, 0.5])).toThrow('step 1 goes from 1 to 0.5')
  })
})
