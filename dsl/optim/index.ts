export { type AccumulateLayout, accumulate } from './accumulate.ts'
export { type AdagradLayout, type AdagradOptions, adagrad } from './adagrad.ts'
export {
  type AdamLayout,
  type AdamOptions,
  type AdamWOptions,
  adam,
  adamW,
  type ScaleByAdamOptions,
  scaleByAdam,
} from './adam.ts'
export { chain } from './chain.ts'
export { clipByGlobalNorm, clipByValue, globalNorm } from './clip.ts'
export { addDecayedWeights, type DecayOptions, type Mask, matricesOnly } from './decay.ts'
export { type Ema, type EmaLayout, type EmaOptions, ema } from './ema.ts'
export type { Layout, State, Stateless, StateSpecs } from './layout.ts'
export { type LionLayout, type LionOptions, lion, type ScaleByLionOptions, scaleByLion } from './lion.ts'
export type { Counted, Optimiser } from './optimiser.ts'
export { type RmsLayout, type RmsPropOptions, rmsProp, type ScaleByRmsOptions, scaleByRms } from './rms-prop.ts'
export { scale } from './scale.ts'
export { type LearningRate, type Schedule, scaleBySchedule } from './schedule.ts'
export {
  constant,
  cosineDecay,
  exponentialDecay,
  joinSchedules,
  linear,
  linearWarmup,
  piecewiseConstant,
  warmupCosine,
} from './schedules.ts'
export {
  type MomentumLayout,
  type MomentumOptions,
  momentum,
  type SgdMomentumOptions,
  type SgdOptions,
  sgd,
} from './sgd.ts'
export type { Transformation } from './transformation.ts'
