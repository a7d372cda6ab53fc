import type { Lanes, Scalar } from '../../kernel/expr.ts'
import { typeName } from './literals.ts'

// WGSL leaves open what its builtins make of NaN. A NaN that became a number would hide that a run has diverged, so
// these functions give what a CPU gives. Arithmetic carries NaN by itself, unless a shader compiler takes x * 0.0 for
// 0, which nothing printed can prevent.

/** Operators of f32 whose builtins may turn NaN into a number. */
export type NaNOperator = 'min' | 'max' | 'exp'

export function printIsNaN(name: string, lanes: Lanes): string {
  const [mask, infinity] = ['0x7fffffffu', '0x7f800000u'].map((bits) => spread(bits, 'u32', lanes))
  return `// By its bits: a compiler of shaders may take it that x == x.
fn ${name}(x: ${typeName('f32', lanes)}) -> ${typeName('bool', lanes)} {
  return (bitcast<${typeName('u32', lanes)}>(x) & ${mask}) > ${infinity};
}`
}

/** `test` names what `printIsNaN` prints. */
export function printOrNaN(name: string, op: NaNOperator, lanes: Lanes, test: string): string {
  const type = typeName('f32', lanes)
  if (op === 'min' || op === 'max')
    return `fn ${name}(a: ${type}, b: ${type}) -> ${type} {
  return select(select(${op}(a, b), b, ${test}(b)), a, ${test}(a));
}`
  return `fn ${name}(x: ${type}) -> ${type} {
  return select(exp(x), x, ${test}(x));
}`
}

/** As WebAssembly's trunc_sat; the greatest integer that WGSL gives may be the greatest f32 below it. */
export function printToInteger(name: string, dtype: 'i32' | 'u32', lanes: Lanes, test: string): string {
  const to = typeName(dtype, lanes)
  const [zero, greatest, beyond] =
    dtype === 'i32' ? ['0', '2147483647', '2147483648.0'] : ['0u', '4294967295u', '4294967296.0']
  return `// Towards zero; what is out of range to the nearest bound, and NaN to 0.
fn ${name}(x: ${typeName('f32', lanes)}) -> ${to} {
  let bounded = select(${to}(x), ${spread(greatest, dtype, lanes)}, x >= ${spread(beyond, 'f32', lanes)});
  return select(bounded, ${spread(zero, dtype, lanes)}, ${test}(x));
}`
}

/** A value in every lane. */
const spread = (text: string, dtype: Scalar, lanes: Lanes): string =>
  lanes === 1 ? text : `${typeName(dtype, lanes)}(${text})`
