import type { Expr, Operator, Rare, Scalar, ScalarFunction, Variable } from '../expr.ts'

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
  dtype: comparisons.has(op) ? 'bool' : op === 'select' ? args[1]!.dtype : args[0]!.dtype,
  lanes: 1,
  op,
  args,
})

const comparisons: ReadonlySet<Operator> = new Set(['less', 'lessEqual', 'equal'])

export const cast = (x: Expr, dtype: Scalar): Expr => ({ kind: 'apply', dtype, lanes: 1, op: 'cast', args: [x] })
export const bitcast = (x: Expr, dtype: Scalar): Expr => ({ kind: 'apply', dtype, lanes: 1, op: 'bitcast', args: [x] })

export const f32 = (value: number): Expr => number(value, 'f32')
export const i32 = (value: number): Expr => number(value, 'i32')
export const add = (a: Expr, b: Expr): Expr => apply('add', a, b)
export const sub = (a: Expr, b: Expr): Expr => apply('sub', a, b)
export const mul = (a: Expr, b: Expr): Expr => apply('mul', a, b)
export const div = (a: Expr, b: Expr): Expr => apply('div', a, b)
export const fma = (a: Expr, b: Expr, c: Expr): Expr => apply('fma', a, b, c)
export const less = (a: Expr, b: Expr): Expr => apply('less', a, b)
export const equal = (a: Expr, b: Expr): Expr => apply('equal', a, b)
export const and = (a: Expr, b: Expr): Expr => apply('and', a, b)
export const select = (condition: Expr, then: Expr, otherwise: Expr): Expr =>
  apply('select', condition, then, otherwise)

/** Gives the value of an expression a name, so that it is computed once. */
export type Bind = (name: string, value: Expr) => Variable

/** A function of f32 with one result, from what writes its steps in order. */
export function define(
  name: string,
  about: string,
  params: readonly Variable[],
  write: (bind: Bind) => Expr,
  rare?: Rare,
): ScalarFunction {
  const body: { variable: Variable; value: Expr }[] = []
  const result = write((named, value) => {
    const bound = variable(named, value.dtype)
    body.push({ variable: bound, value })
    return bound
  })
  return { name, about, params, body, results: [result], ...(rare && { rare }) }
}

/** c[0] + x (c[1] + x (c[2] + ...)), by Horner's rule. */
export const polynomial = (x: Variable, coefficients: readonly Expr[]): Expr =>
  coefficients.slice(0, -1).reduceRight((sum, coefficient) => apply('fma', sum, x, coefficient), coefficients.at(-1)!)
