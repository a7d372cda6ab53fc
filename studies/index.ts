/** What trains, measures and reports, in Node: the main job, and the questions of the paper as studies. */
export type { AlignConfig } from './align/config.ts'
export { type PriorPlan, priorPlan } from './align/features.ts'
export { mainJob, type Study, studies } from './align/plans.ts'
export type {
  ModelMeasures,
  ModelResults,
  PriorResults,
  Regulariser,
  Repeat,
  Results,
  Settings,
} from './align/results.ts'
export { type Job, runJob } from './align/run.ts'
export type { ModelPlan } from './align/world.ts'
export type { PriorOptions, ToyAlignOptions, ToyPriorOptions } from './configs.ts'
export { runReport } from './report/of-runs.ts'
export { readResults } from './report/read.ts'
export { reportOf } from './report/report.ts'
