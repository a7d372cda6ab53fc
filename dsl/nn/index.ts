export { elu, gelu, geluTanh, leakyRelu, mish, relu, selu, sigmoid, silu, softplus, tanh } from './activations.ts'
export {
  type AttentionOptions,
  type AttentionParams,
  type CrossAttention,
  multiHeadAttention,
  type SelfAttention,
  scaledDotProductAttention,
} from './attention.ts'
export {
  type BatchNorm,
  type BatchNormOptions,
  type BatchNormParams,
  type BatchNormState,
  batchNorm,
} from './batch-norm.ts'
export { type ConvParams, conv1d, conv2d } from './conv.ts'
export {
  type ConvTransposeLayerOptions,
  type ConvTransposeParams,
  convTranspose1d,
  convTranspose2d,
} from './conv-transpose.ts'
export type { ConvLayerOptions } from './convolution.ts'
export { type Dropout, dropout } from './dropout.ts'
export { type EmbeddingParams, embedding } from './embedding.ts'
export { type Gated, glu, swiglu } from './glu.ts'
export { type GroupNormOptions, groupNorm } from './group-norm.ts'
export * as initialisers from './initialisers.ts'
export { type AnyLayer, type Layer, layer, type NoParams } from './layer.ts'
export { type LinearOptions, type LinearParams, linear } from './linear.ts'
export {
  bce,
  type CosineOptions,
  type CrossEntropyOptions,
  cosineLoss,
  cosineSimilarity,
  crossEntropy,
  type HuberOptions,
  huber,
  klGaussians,
  type LossOptions,
  mae,
  mse,
} from './losses/index.ts'
export { type MlpOptions, type MlpParams, mlp } from './mlp.ts'
export { type LayerNormParams, layerNorm, type NormOptions, type RmsNormParams, rmsNorm } from './norm.ts'
export type { Activation, Pointwise } from './pointwise.ts'
export { avgPool1d, avgPool2d, globalAveragePool, maxPool1d, maxPool2d } from './pool.ts'
export { type RotaryOptions, rotary, sinusoidal, timestepEmbedding } from './positions.ts'
export { repeat, type Stacked } from './repeat.ts'
export { sequential } from './sequential.ts'
export type { Shaping } from './step.ts'
export { type TransformerOptions, type TransformerParams, transformer, transformerBlock } from './transformer.ts'
export { type Upsample, type UpsampleOptions, upsample2d } from './upsample.ts'
