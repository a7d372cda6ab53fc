export { silu } from './activations.ts'
export { type AnyLayer, type Layer, layer, type Pointwise } from './layer.ts'
export { type LinearParams, linear } from './linear.ts'
export { sequential } from './sequential.ts'
