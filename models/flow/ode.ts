import { type Dim, foriLoop, full, stopGradient, type Tensor, where, whileLoop } from '../../dsl/index.ts'
import {
  type Adaptive,
  closingSteps,
  dormandPrince,
  type FixedSteps,
  type Solver,
  type Tableau,
  tableaus,
} from './solvers.ts'
import { meanOfDims } from './velocity.ts'

/** Points, and an integral along the path of each of them: 0 where nothing is integrated. */
interface Carried<N extends Dim, D extends Dim> {
  readonly x: Tensor<[N, D]>
  readonly integral: Tensor<[N]>
}

/** How points move at a time, and what is added to the integral there. */
type Slope<N extends Dim, D extends Dim> = (x: Tensor<[N, D]>, t: Tensor<[N]>) => Carried<N, D>

interface Solved<N extends Dim, D extends Dim> extends Carried<N, D> {
  /** An estimate of the error of the integral, and 0 with fixed steps, which have none. */
  readonly error: Tensor<[N]>
  /** Rows whose tolerance an adaptive solver could not meet in its steps; false with fixed steps. */
  readonly fallback: Tensor<[N], 'bool'>
  /** Slopes asked for of each row. */
  readonly evaluations: Tensor<[N], 'i32'>
}

/**
 * Solves dx/dt = slope from time `from` to time `to`, either of which may be the greater. It is one loop in the
 * program, differentiable in any way.
 */
export function solve<N extends Dim, D extends Dim>(
  slope: Slope<N, D>,
  x: Tensor<[N, D]>,
  from: number,
  to: number,
  solver: Solver,
): Solved<N, D> {
  return solver.method === 'dopri5' ? adaptive(slope, x, from, to, solver) : fixedSteps(slope, x, from, to, solver)
}

function fixedSteps<N extends Dim, D extends Dim>(
  slope: Slope<N, D>,
  x: Tensor<[N, D]>,
  from: number,
  to: number,
  { method, steps }: FixedSteps,
): Solved<N, D> {
  const tableau = tableaus[method]
  const rows = x.shape[0]
  const h = (to - from) / steps
  const { x: last, integral } = foriLoop(
    0,
    steps,
    (i, { x, integral }) => {
      const start = i.cast('f32').mul(h).add(from).broadcastTo([rows])
      const slopes = stagesOf(
        slope,
        tableau,
        x,
        (c) => start.add(c * h),
        (k, a) => k.mul(a * h),
      )
      const mean = combined(slopes, tableau.b)
      return { x: x.add(mean.x.mul(h)), integral: integral.add(mean.integral.mul(h)) }
    },
    { x, integral: full([rows], 0) },
  )
  return {
    x: last,
    integral,
    error: full([rows], 0),
    fallback: full([rows], 0, 'i32').notEqual(0),
    evaluations: full([rows], steps * tableau.b.length, 'i32'),
  }
}

/**
 * Each row has a time and a step of its own. A step that is refused is tried again smaller; the next step comes from
 * the error by a proportional-integral controller (Hairer and Wanner 1996, IV.2). The control of steps is a constant to
 * derivatives: the result is differentiated as the steps that were taken.
 */
function adaptive<N extends Dim, D extends Dim>(
  slope: Slope<N, D>,
  x: Tensor<[N, D]>,
  from: number,
  to: number,
  { relative, absolute, maxSteps }: Adaptive,
): Solved<N, D> {
  const rows = x.shape[0]
  const span = to - from
  const zero = full([rows], 0)
  const start = {
    x,
    integral: zero,
    error: zero,
    /** The share of the span that is done, from 0 to 1. */
    done: zero,
    /** The next step, as a share of the span. */
    h: full([rows], 1 / 32),
    /** The error ratio of the last step taken. */
    before: full([rows], 1),
    fallback: zero,
    evaluations: zero,
    left: full([], maxSteps),
  }
  const end = whileLoop(
    (at) => at.done.less(1).any(),
    (at) => {
      const rest = at.done.neg().add(1)
      const closing = at.left.lessEqual(closingSteps)
      // What is left in as many equal steps as there are tries left.
      const forced = rest.div(at.left.maximum(1).broadcastTo([rows]))
      const isForced = closing.broadcastTo([rows])
      const wanted = stopGradient(where(isForced, forced, at.h.minimum(rest)))
      // Where next to nothing would be left, it is taken along.
      const h = where(rest.sub(wanted).less(1e-6), rest, wanted)
      const step = h.mul(span)
      const column = step.expand(1)
      const t = at.done.mul(span).add(from)
      const slopes = stagesOf(
        slope,
        dormandPrince,
        at.x,
        (c) => t.add(step.mul(c)),
        (k, a) => k.mul(column.mul(a)),
      )
      const mean = combined(slopes, dormandPrince.b)
      const nextX = at.x.add(mean.x.mul(column))
      const nextIntegral = at.integral.add(mean.integral.mul(step))
      const apart = combined(slopes, dormandPrince.error)
      const errorX = stopGradient(apart.x.mul(column))
      const errorIntegral = stopGradient(apart.integral.mul(step))
      const scale = stopGradient(at.x.abs().maximum(nextX.abs()).mul(relative).add(absolute))
      const scaleIntegral = stopGradient(at.integral.abs().maximum(nextIntegral.abs()).mul(relative).add(absolute))
      const ratio = meanOfDims(errorX.div(scale).square())
        .sqrt()
        .maximum(errorIntegral.div(scaleIntegral).abs())
        .maximum(1e-4)
      const active = at.done.less(1)
      const fits = ratio.lessEqual(1)
      const taken = active.and(fits.or(isForced))
      const refused = active.and(taken.not())
      const factor = ratio
        .pow(-0.7 / 5)
        .mul(at.before.pow(0.4 / 5))
        .mul(0.9)
        .clamp(0.2, 5)
      const smaller = ratio
        .pow(-1 / 5)
        .mul(0.9)
        .clamp(0.1, 0.9)
      return {
        x: where(taken.expand(1), nextX, at.x),
        integral: where(taken, nextIntegral, at.integral),
        error: at.error.add(where(taken, errorIntegral.abs(), 0)),
        done: where(taken, where(rest.sub(h).lessEqual(0), 1, at.done.add(h)), at.done),
        // NaN in the error refuses the step, and it is tried much smaller.
        h: stopGradient(
          where(taken, h.mul(factor), where(refused, h.mul(where(ratio.isFinite(), smaller, 0.1)), at.h)),
        ),
        before: where(taken.and(ratio.isFinite()), ratio, at.before),
        fallback: at.fallback.maximum(where(taken.and(fits.not()), 1, 0)),
        evaluations: at.evaluations.add(where(active, dormandPrince.b.length, 0)),
        left: at.left.sub(1),
      }
    },
    start,
    { maxSteps },
  )
  return {
    x: end.x,
    integral: end.integral,
    error: end.error,
    fallback: end.fallback.greater(0),
    evaluations: end.evaluations.cast('i32'),
  }
}

/**
 * The slopes of all stages; `at` gives the times of a stage, and `times` a slope of points multiplied by a weight and
 * the step.
 */
function stagesOf<N extends Dim, D extends Dim>(
  slope: Slope<N, D>,
  { c, a }: Tableau,
  x: Tensor<[N, D]>,
  at: (c: number) => Tensor<[N]>,
  times: (k: Tensor<[N, D]>, a: number) => Tensor<[N, D]>,
): readonly Carried<N, D>[] {
  const slopes: Carried<N, D>[] = []
  for (const [i, weights] of a.entries()) {
    const moved = weights.reduce((sum, weight, j) => (weight === 0 ? sum : sum.add(times(slopes[j]!.x, weight))), x)
    slopes.push(slope(moved, at(c[i]!)))
  }
  return slopes
}

/** sum_i w_i k_i, of points and of integrals, over the weights that are not 0. */
function combined<N extends Dim, D extends Dim>(
  slopes: readonly Carried<N, D>[],
  weights: readonly number[],
): Carried<N, D> {
  const parts = slopes.flatMap(({ x, integral }, i) => {
    const weight = weights[i]!
    return weight === 0 ? [] : [{ x: x.mul(weight), integral: integral.mul(weight) }]
  })
  return parts.reduce((sum, part) => ({ x: sum.x.add(part.x), integral: sum.integral.add(part.integral) }))
}
