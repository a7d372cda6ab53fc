/**
 * Flow priors and the alignment of latents with them, autoencoders that have latents, the targets that both are tried
 * on, and what they are measured by.
 */
export * from './autoencoder/index.ts'
export {
  type FreePoints,
  type FreePointsOptions,
  type FreePointsState,
  freePointsStep,
} from './experiments/free-points.ts'
export * from './flow/index.ts'
export { type Agreement, type AgreementOf, type AgreementOptions, alignmentAgreement } from './metrics/agreement.ts'
export { collapseAlarm } from './metrics/collapse.ts'
export type {
  CollapseCheck,
  CollapseInput,
  CollapseReport,
  CollapseRule,
  CollapseStandard,
  WatchedLatents,
} from './metrics/collapse-check.ts'
export {
  type CollapseValues,
  type CollapseWatchOptions,
  collapseWatch,
} from './metrics/collapse-watch.ts'
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
export { type FrechetEstimate, frechetEstimate } from './metrics/frechet-error.ts'
export { type Images, type PeakOptions, type PerImage, psnr } from './metrics/images.ts'
export {
  type KnnMeasured,
  knnEntropy,
  knnLogDistance,
  knnLogDistanceWithin,
  type NeighbourOptions,
} from './metrics/knn.ts'
export { type LikelihoodGap, likelihoodGap } from './metrics/likelihood.ts'
export { type Labelled, type LinearProbe, type LinearProbeOptions, linearProbe } from './metrics/linear-probe.ts'
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
export {
  type PrintedBound,
  type PrintedBoundReportOptions,
  type PrintedBoundRows,
  printedBound,
} from './metrics/printed-bound.ts'
export { ssim } from './metrics/similarity.ts'
export { type Paths, type Straightness, straightness } from './metrics/straightness.ts'
export { type SlicedOptions, slicedWasserstein, wassersteinPower } from './metrics/wasserstein.ts'
export { type Share, wilsonShare } from './metrics/wilson.ts'
export { averagedParams, disposeParams } from './prior/average.ts'
export {
  type ConditionOptions,
  type LogProbs,
  type MonteCarloEstimates,
  type Prior,
  type PriorAlignmentOptions,
  type PriorElboOptions,
  type PriorLogProbOptions,
  type PriorOptions,
  type PriorSampleOptions,
  priorOn,
} from './prior/prior.ts'
export { type TrainedPrior, type TrainingColumns, type TrainPriorOptions, trainPrior } from './prior/train-prior.ts'
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
export {
  type AlignmentMap,
  type AlignmentOptions,
  alignmentAt,
  alignmentLoss,
  alignmentMap,
  weightedAlignment,
} from './targets/alignment.ts'
export { type DiagonalGaussian, diagonalGaussian } from './targets/diagonal-gaussian.ts'
export { empirical } from './targets/empirical.ts'
export { entropy } from './targets/entropy.ts'
export { type ExactField, type ExactFieldParams, exactField } from './targets/exact-field.ts'
export {
  type EmpiricalVelocityOptions,
  empiricalVelocity,
  exactVelocity,
} from './targets/exact-velocity.ts'
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
export { gaussianGrid, planarSets, spiral, swissRoll, threeRings, twoMoons } from './targets/planar-sets.ts'
export type { Estimate } from './targets/quadrature.ts'
export { type HostRandom, hostRandom } from './targets/random.ts'
export { type RowStatistics, rowStatistics } from './targets/statistics.ts'
export { type MixtureTarget, mixtureTarget, type Target } from './targets/target.ts'
export { type IntrinsicDimension, type TwoNearestOptions, twoNearest } from './targets/two-nearest.ts'
