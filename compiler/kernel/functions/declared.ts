import type { Declared, Scalar, ScalarFunction } from '../expr.ts'

// The functions that primitives call. What each computes stands in a file of its own, which is loaded for the programs that call it.

export const acos = declared('acos', async () => (await import('./asin.ts')).acos)
export const asin = declared('asin', async () => (await import('./asin.ts')).asin)
export const atan = declared('atan', async () => (await import('./atan.ts')).atan)
export const atan2 = declared('atan2', async () => (await import('./atan.ts')).atan2)
export const cos = declared('cos_f32', async () => (await import('./sin.ts')).cos)
export const erf = declared('erf', async () => (await import('./erf.ts')).erf)
export const erfInv = declared('erf_inv', async () => (await import('./erf-inv.ts')).erfInv)
export const expm1 = declared('expm1', async () => (await import('./expm1.ts')).expm1)
export const log1p = declared('log1p', async () => (await import('./log1p.ts')).log1p)
export const pow = declared('pow_f32', async () => (await import('./pow.ts')).pow)
export const rem = declared('rem_f32', async () => (await import('./rem.ts')).rem)
export const sin = declared('sin_f32', async () => (await import('./sin.ts')).sin)
export const tan = declared('tan', async () => (await import('./tan.ts')).tan)
export const tanh = declared('tanh_f32', async () => (await import('./tanh.ts')).tanh)
export const threefry = declared('threefry', async () => (await import('./threefry.ts')).threefry, ['u32', 'u32'])
export const toHalf = declared('to_half', async () => (await import('./to-half.ts')).toHalf)

/** Functions by their names. */
export type Functions = ReadonlyMap<string, ScalarFunction>

export async function loaded(functions: readonly (ScalarFunction | Declared)[]): Promise<Functions> {
  const all = await Promise.all(functions.map((fn) => ('load' in fn ? fn.load() : fn)))
  return new Map(all.map((fn) => [fn.name, fn]))
}

function declared(name: string, load: () => Promise<ScalarFunction>, results: readonly Scalar[] = ['f32']): Declared {
  return { name, load, results: results.map((dtype) => ({ dtype })) }
}
