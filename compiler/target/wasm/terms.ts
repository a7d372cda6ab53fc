import type { Expr, Operator, Scalar } from '../../kernel/expr.ts'

/** Expressions of one lane, spelled short: for scalar functions that are written by hand. */

export const apply = (op: Operator, dtype: Scalar, ...args: readonly Expr[]): Expr => ({
  kind: 'apply',
  op,
  dtype,
  lanes: 1,
  args,
})
export const f32 = (value: number): Expr => ({ kind: 'constant', dtype: 'f32', lanes: 1, value: Math.fround(value) })
export const i32 = (value: number): Expr => ({ kind: 'constant', dtype: 'i32', lanes: 1, value })
export const add = (a: Expr, b: Expr): Expr => apply('add', a.dtype, a, b)
export const sub = (a: Expr, b: Expr): Expr => apply('sub', a.dtype, a, b)
export const mul = (a: Expr, b: Expr): Expr => apply('mul', a.dtype, a, b)
export const div = (a: Expr, b: Expr): Expr => apply('div', a.dtype, a, b)
export const and = (a: Expr, b: Expr): Expr => apply('and', a.dtype, a, b)
export const shl = (a: Expr, by: number): Expr => apply('shl', a.dtype, a, i32(by))
export const shr = (a: Expr, by: number): Expr => apply('shr', a.dtype, a, i32(by))
export const fma = (a: Expr, b: Expr, c: Expr): Expr => apply('fma', 'f32', a, b, c)
export const less = (a: Expr, b: Expr): Expr => apply('less', 'bool', a, b)
export const equal = (a: Expr, b: Expr): Expr => apply('equal', 'bool', a, b)
export const select = (condition: Expr, then: Expr, otherwise: Expr): Expr =>
  apply('select', then.dtype, condition, then, otherwise)
export const cast = (a: Expr, dtype: Scalar): Expr => apply('cast', dtype, a)
export const bits = (a: Expr, dtype: Scalar): Expr => apply('bitcast', dtype, a)
