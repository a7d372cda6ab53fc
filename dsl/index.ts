export type {
  Compile,
  Compiled,
  CompiledFor,
  CompileOptions,
  CompileSizes,
  Data,
  DeviceTensor,
  DimsOf,
  Feed,
  History,
  Resident,
} from './compiled.ts'
export {
  type AssociativeScanOptions,
  associativeScan,
  type Checkpoint,
  type CustomVjp,
  checkpoint,
  cond,
  customVjp,
  foriLoop,
  type ScanOptions,
  scan,
  stopGradient,
  whileLoop,
} from './control/index.ts'
export { conv1d, conv2d } from './conv.ts'
export { convTranspose1d, convTranspose2d } from './conv-transpose.ts'
export { concat, full, iota, ones, where, zeros } from './create.ts'
export { einsum } from './einsum.ts'
export { FluxionError } from './error.ts'
export type { DataOf, Fit, FitOptions, Fitted } from './fitting.ts'
export { type Elements, type FromHostOptions, fromHost, type TensorOnHost } from './from-host.ts'
export { tensor } from './literal.ts'
export { avgPool1d, avgPool2d, maxPool1d, maxPool2d } from './pool.ts'
export { type AnyProgram, type Program, type ProgramOptions, program } from './program.ts'
export { eye, linspace } from './ramps.ts'
export {
  bernoulli,
  bits,
  type ChoiceOptions,
  categorical,
  choice,
  exponential,
  foldIn,
  gumbel,
  keyOf,
  keyWords,
  normal,
  permutation,
  rademacher,
  randint,
  split,
  truncatedNormal,
  uniform,
} from './random/index.ts'
export { type ScalarFunction, type ScalarOptions, scalar } from './scalar/index.ts'
export { type Plus, plus, type Times, times } from './shape/arithmetic.ts'
export type { ConvOptions } from './shape/conv.ts'
export type { ConvTransposeOptions } from './shape/conv-transpose.ts'
export type { Dim, Shape } from './shape/dim.ts'
export type { DType, Float } from './shape/dtype.ts'
export type { Widths } from './shape/pad.ts'
export type { PoolOptions } from './shape/pool.ts'
export type { Range } from './shape/slice.ts'
export {
  bool,
  f16,
  f32,
  type Initialiser,
  i32,
  initialised,
  key,
  type Spec,
  type Specs,
  type Tensors,
  u32,
} from './spec.ts'
export { stack } from './stack.ts'
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
export type { Pull, Push } from './transforms/applied.ts'
export type { Fn } from './transforms/function.ts'
export { grad, valueAndGrad } from './transforms/grad.ts'
export { hessian, hvp } from './transforms/hessian.ts'
export { type Jacobian, jacfwd, jacrev } from './transforms/jacobian.ts'
export { jvp, linearize } from './transforms/jvp.ts'
export type { Axes } from './transforms/mapped-axes.ts'
export { vjp } from './transforms/vjp.ts'
export { map, vmap } from './transforms/vmap.ts'
export type { Wrt } from './transforms/wrt.ts'
export type { Tree } from './tree.ts'
