export type {
  Compile,
  Compiled,
  CompiledFor,
  CompileSizes,
  Data,
  DeviceTensor,
  DimsOf,
  Feed,
  Resident,
} from './compiled.ts'
export { concat, full, iota, ones, where, zeros } from './create.ts'
export { FluxionError } from './error.ts'
export { type AnyProgram, type Program, type ProgramOptions, program } from './program.ts'
export { bits, foldIn, keyWords, normal, split, uniform } from './random.ts'
export { type Plus, plus, type Times, times } from './shape/arithmetic.ts'
export type { Dim, Shape } from './shape/dim.ts'
export type { DType, Float } from './shape/dtype.ts'
export { bool, f32, type Initialiser, i32, initialised, key, type Spec, type Specs, type Tensors, u32 } from './spec.ts'
export type { AnyTensor, Key, Operand, Tensor } from './tensor.ts'
export { traceInit } from './trace-init.ts'
export {
  dimsOf,
  type InputLeaf,
  isLeaf,
  type Leaf,
  mapLeaves,
  type Sizes,
  type Traced,
  tracedLeaves,
  traceProgram,
} from './trace-program.ts'
export type { Axes, Fn } from './transforms/function.ts'
export { grad, valueAndGrad } from './transforms/grad.ts'
export { jvp } from './transforms/jvp.ts'
export { vjp } from './transforms/vjp.ts'
export { map, vmap } from './transforms/vmap.ts'
export type { Tree } from './tree.ts'
