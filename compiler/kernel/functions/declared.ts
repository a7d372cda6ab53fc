import type { Declared, Scalar, ScalarFunction } from '../expr.ts'

// The functions that primitives call. What each computes stands in a file of its own, which is loaded for the programs
// that call it.

export const acos = declared('acos', () => import('./asin.ts'))
export const asin = declared('asin', () => import('./asin.ts'))
export const atan = declared('atan', () => import('./atan.ts'))
export const atan2 = declared('atan2', () => import('./atan.ts'))
export const cos = declared('cos', () => import('./sin.ts'), 'cos_f32')
export const erf = declared('erf', () => import('./erf.ts'))
export const erfInv = declared('erfInv', () => import('./erf-inv.ts'), 'erf_inv')
export const expm1 = declared('expm1', () => import('./expm1.ts'))
export const log = declared('log', () => import('./log.ts'), 'log_f32')
export const log1p = declared('log1p', () => import('./log1p.ts'))
export const pow = declared('pow', () => import('./pow.ts'), 'pow_f32')
export const rem = declared('rem', () => import('./rem.ts'), 'rem_f32')
export const sin = declared('sin', () => import('./sin.ts'), 'sin_f32')
export const tan = declared('tan', () => import('./tan.ts'))
export const tanh = declared('tanh', () => import('./tanh.ts'), 'tanh_f32')
export const threefry = declared('threefry', () => import('./threefry.ts'), 'threefry', ['u32', 'u32'])
export const toHalf = declared('toHalf', () => import('./to-half.ts'), 'to_half')

/** Functions by their names. */
export type Functions = ReadonlyMap<string, ScalarFunction>

export async function loaded(functions: readonly (ScalarFunction | Declared)[]): Promise<Functions> {
  const all = await Promise.all(functions.map((fn) => ('load' in fn ? fn.load() : fn)))
  return new Map(all.map((fn) => [fn.name, fn]))
}

function declared<N extends string>(
  exported: N,
  module: () => Promise<{ readonly [K in N]: ScalarFunction }>,
  name: string = exported,
  results: readonly Scalar[] = ['f32'],
): Declared {
  return { name, load: async () => (await module())[exported], results: results.map((dtype) => ({ dtype })) }
}
