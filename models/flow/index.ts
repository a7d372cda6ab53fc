/**
 * Flow priors and alignment: functions of a velocity, for use inside programs. Time 0 is noise, time 1 is data; losses
 * are sums over dims, for each row.
 */
export { type AdaptiveWeightOptions, adaptiveWeight, gradientNormRatio } from './adaptive-weight.ts'
export {
  type AlignOptions,
  align,
  alignAt,
  alignTokens,
  type TimeWeight,
} from './alignment.ts'
export { type Coupling, coupledNoise, type OptimalTransport, transportPlan } from './coupling.ts'
export { randomDirections, type Trace, velocityAndDivergence } from './divergence.ts'
export type { Condition, Conditioning, ConditionParams } from './fields/condition.ts'
export { type MlpFieldOptions, type MlpFieldParams, mlpField } from './fields/mlp-field.ts'
export { type SimpleMlpAdaLNOptions, type SimpleMlpAdaLNParams, simpleMlpAdaLN } from './fields/simple-mlp-ada-ln.ts'
export { type FromStateDictOptions, fromStateDict, toStateDict } from './fields/state-dict.ts'
export type { Stated } from './fields/state-dict-entries.ts'
export {
  type TransformerFieldOptions,
  type TransformerFieldParams,
  transformerField,
} from './fields/transformer-field.ts'
export type { VelocityField } from './fields/velocity-field.ts'
export { type FlowMatchingOptions, flowMatching } from './flow-matching.ts'
export { type LogProb, type LogProbOptions, logProb } from './likelihood.ts'
export {
  elbo,
  type LikelihoodBoundOptions,
  type MonteCarloEstimate,
  negativeLogLikelihoodBound,
} from './likelihood-bound.ts'
export { type MatchOptions, matchDistribution } from './match-distribution.ts'
export {
  alongPath,
  type ConvertOptions,
  converted,
  type Parametrisation,
  scoreOf,
  velocityOf,
  velocityOfDenoiser,
} from './parametrisation.ts'
export { cosinePath, linearPath, type Path } from './path.ts'
export {
  type PrintedBoundOptions,
  type PrintedBoundTerms,
  printedBoundTerms,
  printedBoundTermsAt,
} from './printed-bound.ts'
export { type PriorInputs, type PriorState, type PriorStepOptions, priorStep } from './prior-step.ts'
export { type FlowOptions, flow, type StochasticOptions, sampleStochastic, trajectory } from './sampling.ts'
export {
  type Adaptive,
  dopri5,
  euler,
  type FixedSteps,
  heun,
  midpoint,
  rk4,
  type Solver,
  solverName,
} from './solvers.ts'
export {
  drawTimes,
  logitNormalTimes,
  logSnrTimes,
  type Spread,
  type Times,
  timesUntil,
  uniformTimes,
} from './times.ts'
export { guided, reversed, type Velocity } from './velocity.ts'
