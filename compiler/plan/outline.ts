import { workOf } from '../kernel/work.ts'
import type { Plan, PlanOutline } from './plan.ts'

/**
 * What is saved of a plan. The expressions of kernels share their parts, so that written out as a tree they could be
 * very long.
 */
export const outline = (plan: Plan): PlanOutline => ({
  ...plan,
  kernels: plan.kernels.map(({ name, nests }) => ({
    name,
    nests: nests.map((nest) => ({ grid: nest.grid.map(({ extent }) => ({ extent })), work: workOf(nest) })),
  })),
})
