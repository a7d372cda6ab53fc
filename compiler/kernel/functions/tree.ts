import type { Expr, Operator, Scalar, Variable } from '../expr.ts'

/** One-lane expressions as plain trees, for the bodies of functions. */
export const variable = (name: string, dtype: Scalar): Variable => ({ kind: 'variable', dtype, lanes: 1, name })

export const number = (value: number, dtype: Scalar): Expr => ({
  kind: 'constant',
  dtype,
  lanes: 1,
  value: dtype === 'f32' ? Math.fround(value) : value,
})

export const apply = (op: Operator, ...args: readonly Expr[]): Expr => ({
  kind: 'apply',
  dtype: op === 'less' || op === 'equal' ? 'bool' : op === 'select' ? args[1]!.dtype : args[0]!.dtype,
  lanes: 1,
  op,
  args,
})

/** c[0] + x (c[1] + x (c[2] + ...)), by Horner's rule. */
export const polynomial = (x: Variable, coefficients: readonly Expr[]): Expr =>
  coefficients.slice(0, -1).reduceRight((sum, coefficient) => apply('fma', sum, x, coefficient), coefficients.at(-1)!)
