import { checkCount } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'

/** How an ordinary differential equation is solved: plain data, so that results can say it. */
export type Solver = FixedSteps | Adaptive

/** An explicit Runge-Kutta method with equal steps. */
export interface FixedSteps {
  readonly method: 'euler' | 'midpoint' | 'heun' | 'rk4'
  readonly steps: number
}

/**
 * Dormand and Prince 1980, of order 5 with an error estimate of order 4; each row of a batch takes steps of its own, so
 * what becomes of it does not depend on the others.
 */
export interface Adaptive {
  readonly method: 'dopri5'
  /** A step is taken where the root mean square over the dims of error / (absolute + relative |x|) is at most 1. */
  readonly relative: number
  readonly absolute: number
  /**
   * Tries, refused ones too. In the last 32 whatever is left is covered in equal steps that are not refused: a row that
   * needed them is told of.
   */
  readonly maxSteps: number
}

export const euler = (steps: number): FixedSteps => fixed('euler', steps)
export const midpoint = (steps: number): FixedSteps => fixed('midpoint', steps)
/** The explicit trapezoidal rule. */
export const heun = (steps: number): FixedSteps => fixed('heun', steps)
export const rk4 = (steps: number): FixedSteps => fixed('rk4', steps)

export function dopri5({
  relative = 1e-4,
  absolute = 1e-4,
  maxSteps = 256,
}: Partial<Omit<Adaptive, 'method'>> = {}): Adaptive {
  for (const [name, value] of [
    ['relative', relative],
    ['absolute', absolute],
  ] as const) {
    if (!(value >= 1e-7 && value < 1))
      throw fail(`type error: dopri5: ${name} is ${value}, needs a number in [1e-7, 1), as f32 resolves no less`)
  }
  checkCount('dopri5', 'maxSteps', maxSteps, closingSteps + 1)
  return { method: 'dopri5', relative, absolute, maxSteps }
}

/** The last tries of an adaptive solve, in which no step is refused. */
export const closingSteps = 32

function fixed(method: FixedSteps['method'], steps: number): FixedSteps {
  checkCount(method, 'steps', steps)
  return { method, steps }
}

/** As results say it: rk4(50), dopri5(1e-4). */
export const solverName = (solver: Solver): string =>
  solver.method === 'dopri5'
    ? `dopri5(relative ${solver.relative}, absolute ${solver.absolute})`
    : `${solver.method}(${solver.steps})`

/**
 * An explicit Runge-Kutta method: stage i is the slope at t + c_i h and x + h sum_j a_ij k_j, the step is h sum_j b_j
 * k_j.
 */
export interface Tableau {
  readonly order: number
  readonly c: readonly number[]
  readonly a: readonly (readonly number[])[]
  readonly b: readonly number[]
}

export const tableaus: { readonly [M in FixedSteps['method']]: Tableau } = {
  euler: { order: 1, c: [0], a: [[]], b: [1] },
  midpoint: { order: 2, c: [0, 1 / 2], a: [[], [1 / 2]], b: [0, 1] },
  heun: { order: 2, c: [0, 1], a: [[], [1]], b: [1 / 2, 1 / 2] },
  rk4: { order: 4, c: [0, 1 / 2, 1 / 2, 1], a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]], b: [1 / 6, 1 / 3, 1 / 3, 1 / 6] },
}

/**
 * Dormand-Prince 5(4), whose last stage is the slope at the end of the step; `error` are the weights of the fifth order
 * less those of the fourth.
 */
export const dormandPrince: Tableau & { readonly error: readonly number[] } = {
  order: 5,
  c: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  a: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ],
  b: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0],
  error: [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
}
