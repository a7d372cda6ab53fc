import type { RegionElement } from './plan.ts'

/** Of an element of a region. */
export const bytesOf: { readonly [E in RegionElement]: number } = { f32: 4, u32: 4, f16: 2 }
