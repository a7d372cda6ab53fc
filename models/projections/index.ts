/** Linear maps that take features of any width to the width of a latent. */
export { averageProjection } from './average.ts'
export { type Distortion, type DistortionOptions, distortion } from './distortion.ts'
export { columnFeatures, type Features, tensorFeatures } from './features.ts'
export { hadamardProjection } from './hadamard.ts'
export { applyProjection, type ProjectionLayer, type ProjectionSpecs, projectionLayer } from './layer.ts'
export { type LearnedProjectionOptions, learnedProjection } from './learned.ts'
export type { Normalisation, NormalisationKind } from './normalisation.ts'
export { type PcaOptions, pcaProjection } from './pca.ts'
export type { PrincipalMethod } from './principal.ts'
export { type Projection, type ProjectionKind, project } from './projection.ts'
export {
  gaussianProjection,
  orthogonalProjection,
  type ProjectionOptions,
  type RandomProjectionOptions,
} from './random.ts'
export { projectionFromTensors, projectionToTensors, type SavedOptions, type SavedProjection } from './saved.ts'
export { unproject } from './unproject.ts'
export { type WhiteningOptions, whiteningProjection } from './whitening.ts'
