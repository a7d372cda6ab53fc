import { warmupCosine } from '../../dsl/optim/index.ts'

/**
 * The learning rates that priors are trained with unless others are given: they rise to a peak in a tenth of the steps,
 * and fall to 0 along a cosine. For any number of steps, none of them too.
 */
export const priorSchedule = (peak: number, steps: number) =>
  warmupCosine({ peak, warmupSteps: Math.max(1, Math.ceil(steps / 10)), steps: Math.max(2, steps) })
