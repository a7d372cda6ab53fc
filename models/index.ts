/** Models and what they are measured by. Here: targets whose density, velocity and least loss are known exactly. */
export { collapseAlarm } from './metrics/collapse.ts'
export type { CollapseCheck, CollapseInput, CollapseReport, CollapseRule } from './metrics/collapse-check.ts'
export { type Correlation, type CorrelationOptions, pearson, spearman } from './metrics/correlation.ts'
export { type EnergyOptions, energyDistance } from './metrics/energy.ts'
export {
  excessAt,
  excessOverFloor,
  type FlowPoints,
  type FlowPointsOptions,
  flowPoints,
  type Measured,
  type VelocityAt,
} from './metrics/excess.ts'
export { fitGaussian, frechetBetween, frechetDistance, type Gaussian } from './metrics/frechet.ts'
export {
  type KnnMeasured,
  knnEntropy,
  knnLogDistance,
  knnLogDistanceWithin,
  type NeighbourOptions,
} from './metrics/knn.ts'
export { type LikelihoodGap, likelihoodGap } from './metrics/likelihood.ts'
export { type ManifoldOptions, type PrecisionRecall, precisionRecall } from './metrics/manifold.ts'
export { type MmdOptions, medianDistance, squaredMmd } from './metrics/mmd.ts'
export { effectiveModes, type Modes, type ModesOptions, modesOf, outlierRadius } from './metrics/modes.ts'
export {
  type BesideFloor,
  besideFloor,
  type FloorOptions,
  type Metric,
  type NoiseFloor,
  noiseFloor,
  withNoiseFloor,
} from './metrics/noise-floor.ts'
export { type Points, type Sampler, samplerOf } from './metrics/points.ts'
export { type Paths, type Straightness, straightness } from './metrics/straightness.ts'
export { type SlicedOptions, slicedWasserstein, wassersteinPower } from './metrics/wasserstein.ts'
export { entropy } from './targets/entropy.ts'
export { bayesFloor } from './targets/floor.ts'
export {
  divergence,
  fiveGaussians,
  gaussianMixture,
  logDensity,
  type Mixture,
  marginal,
  sample,
  secondMoment,
  velocities,
  velocity,
} from './targets/mixture.ts'
export type { Estimate } from './targets/quadrature.ts'
export { type HostRandom, hostRandom } from './targets/random.ts'
