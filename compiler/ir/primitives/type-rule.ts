import type { Scalar } from '../../kernel/expr.ts'
import type { DType, Type } from '../graph.ts'

/** 'f32[256, 2]' */
export const showType = ({ dtype, shape }: Type): string => `${dtype}[${shape.join(', ')}]`

/** A complaint of a type rule: the primitive, what it was given, and what is wrong with that. */
export const misfit = (primitive: string, inputs: readonly Type[], wrong: string): Error =>
  new Error(`${primitive}(${inputs.map(showType).join(', ')}): ${wrong}`)

/** Throws where the number of inputs is not the one that the primitive takes. */
export function expectInputs(primitive: string, inputs: readonly Type[], count: number): void {
  if (inputs.length !== count)
    throw misfit(primitive, inputs, `takes ${count} ${count === 1 ? 'input' : 'inputs'} and is given ${inputs.length}`)
}

/** Throws where a list of axes is not increasing or leaves 0 .. rank - 1. */
export function expectAxes(primitive: string, inputs: readonly Type[], axes: readonly number[], rank: number): void {
  for (const [i, axis] of axes.entries())
    if (!Number.isInteger(axis) || axis < 0 || axis >= rank || (i > 0 && axis <= axes[i - 1]!))
      throw misfit(primitive, inputs, `axes [${axes.join(', ')}] must increase and lie in 0 .. ${rank - 1}`)
}

/** Throws where a list of sizes is not one of whole numbers from 0, or has not one for each axis. */
export function expectSizes(primitive: string, inputs: readonly Type[], sizes: readonly number[], rank?: number): void {
  if (rank !== undefined && sizes.length !== rank)
    throw misfit(primitive, inputs, `[${sizes.join(', ')}] must have ${rank} numbers, one for each axis`)
  for (const size of sizes)
    if (!Number.isInteger(size) || size < 0)
      throw misfit(primitive, inputs, `[${sizes.join(', ')}] must be whole numbers from 0`)
}

/** The kernel's dtype for a tensor's: half precision is computed in f32. */
export const scalarOf = (dtype: DType): Scalar => (dtype === 'f16' ? 'f32' : dtype)

/** The dtype that all inputs have, where it is one of `allowed`. */
export const oneOf =
  (...allowed: readonly DType[]) =>
  (inputs: readonly DType[]): DType | undefined =>
    inputs.every((dtype) => dtype === inputs[0]) && allowed.includes(inputs[0]!) ? inputs[0] : undefined
export const floats = oneOf('f32', 'f16')
export const numbers = oneOf('f32', 'f16', 'i32', 'u32')
