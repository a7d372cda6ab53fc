export { type ScalarOptions, scalar } from './scalar.ts'
export type { ScalarFunction } from './scalar-function.ts'
