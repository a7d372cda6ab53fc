export { array, type NdArray, type Nested } from './array.ts'
export {
  checkGradient,
  compareGradient,
  type GradientComparison,
  type GradientOptions,
  type ProbedDerivative,
  Undecided,
} from './check-gradient.ts'
export { checkJvp, type JvpOptions } from './check-jvp.ts'
export { checkVmap, type VmapOptions } from './check-vmap.ts'
export type { Tolerance } from './difference.ts'
export type { Slope } from './differences.ts'
export type { Range } from './elements.ts'
export { type Arrays, evaluateProgram, type Given } from './evaluate.ts'
export { matchers } from './matchers.ts'
export { type ProgramsOptions, programs, type RandomProgram } from './programs/programs.ts'
export {
  type ArraysOptions,
  arrays,
  broadcasting,
  type ShapesOptions,
  type SizeRange,
  shapes,
  sizes,
} from './sizes.ts'
export {
  checkEquivariant,
  checkInvariant,
  permutation,
  reflection,
  rotation,
  type SymmetryOptions,
  scaling,
  type Transform,
  translation,
} from './symmetries.ts'
export { type TensorsOptions, tensors } from './tensors.ts'
