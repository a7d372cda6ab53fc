/**
 * Autoencoders as values, and their training: rows of data to latents [n, d] or [n, tokens, d] and back. Losses are
 * sums over pixels and over latents, means over the batch.
 */
export type { Autoencoder, Posterior } from './autoencoder.ts'
export {
  type CodebookFeatures,
  type CodebookFeaturesOptions,
  codebookFeatures,
  type VaeFeatures,
  type VaeFeaturesOptions,
  vaeFeatures,
} from './autoencoder-features.ts'
export { type ClassifierFeatures, type ClassifierFeaturesOptions, classifierFeatures } from './classifier-features.ts'
export { type ConvAutoencoderOptions, type ConvAutoencoderParams, convAutoencoder } from './conv.ts'
export {
  type AutoencoderLossOptions,
  type AutoencoderTerms,
  autoencoderLoss,
  type Reconstruction,
  type Regulariser,
  reconstructionLoss,
  reparameterised,
  type Student,
} from './loss.ts'
export { type MlpAutoencoderOptions, type MlpAutoencoderParams, mlpAutoencoder } from './mlp.ts'
export { type LatentNormalisation, normalisedLatents } from './normalise.ts'
export { type AutoencoderOptions, autoencoder, type OwnNetwork } from './own.ts'
export { type PatchAutoencoderOptions, type PatchAutoencoderParams, patchAutoencoder } from './patch.ts'
export {
  type QuantisedState,
  type QuantisedStepOptions,
  type QuantisedTerms,
  quantisedStep,
} from './quantised-step.ts'
export {
  type CodebookMethod,
  type CodebookParams,
  type CodebookState,
  type Quantised,
  type VectorQuantiser,
  type VectorQuantiserOptions,
  vectorQuantiser,
} from './quantiser.ts'
export { decodedRows, type GivenParams, latentsOf, type RowsOptions } from './rows.ts'
export type { ImageShape, Latent, LatentShape } from './sizes.ts'
export {
  type AutoencoderInputs,
  type AutoencoderState,
  type AutoencoderStepOptions,
  autoencoderStep,
} from './step.ts'
export type { FeatureTraining } from './trained.ts'
