/** Models and what they are measured by. Here: targets whose density, velocity and least loss are known exactly. */
export {
  excessAt,
  excessOverFloor,
  type FlowPoints,
  type FlowPointsOptions,
  flowPoints,
  type Measured,
  type VelocityAt,
} from './metrics/excess.ts'
export {
  applyProjection,
  averageProjection,
  columnFeatures,
  type Distortion,
  type DistortionOptions,
  distortion,
  type Features,
  gaussianProjection,
  hadamardProjection,
  type LearnedProjectionOptions,
  learnedProjection,
  type Normalisation,
  type NormalisationKind,
  orthogonalProjection,
  type PcaOptions,
  type PrincipalMethod,
  type Projection,
  type ProjectionKind,
  type ProjectionLayer,
  type ProjectionOptions,
  type ProjectionSpecs,
  pcaProjection,
  project,
  projectionFromTensors,
  projectionLayer,
  projectionToTensors,
  type RandomProjectionOptions,
  type SavedOptions,
  type SavedProjection,
  tensorFeatures,
  unproject,
  type WhiteningOptions,
  whiteningProjection,
} from './projections/index.ts'
export { entropy } from './targets/entropy.ts'
export { type FeatureRows, type FeatureTarget, type FeatureTargetOptions, featureTarget } from './targets/features.ts'
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
export { type RowStatistics, rowStatistics } from './targets/statistics.ts'
export { type IntrinsicDimension, type TwoNearestOptions, twoNearest } from './targets/two-nearest.ts'
