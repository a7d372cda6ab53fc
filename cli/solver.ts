import { dopri5, euler, heun, midpoint, rk4, type Solver } from '../models/index.ts'
import { oneOf, optional, whole } from './options.ts'

const fixed = { euler, midpoint, heun, rk4 }
const names = ['euler', 'midpoint', 'heun', 'rk4', 'dopri5'] as const

/** How a command solves the equation of a flow. */
export const solverOptions = {
  solver: oneOf('of the equation of the flow', names, 'rk4'),
  steps: optional(whole('equal steps of the solver; dopri5 chooses its own', 50), '50'),
}

/** @throws Error where steps are given to a solver that chooses its own. */
export function solverOf({
  solver,
  steps,
}: {
  readonly solver: (typeof names)[number]
  readonly steps?: number | undefined
}): Solver {
  if (solver !== 'dopri5') return fixed[solver](steps ?? 50)
  if (steps === undefined) return dopri5()
  throw new Error(`--steps is ${steps}, and dopri5 chooses its own steps; leave --steps out, or take --solver rk4`)
}
