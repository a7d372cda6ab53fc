import type { RegionElement } from '../../compiler/plan/plan.ts'

/** Of an element of a region. */
export const bytesOf: { readonly [E in RegionElement]: number } = { f32: 4, u32: 4, f16: 2 }

/** Of elements, in whole words, as they are copied: behind an odd number of halves there is room for one more. */
export const wordBytes = ({ element, length }: { readonly element: RegionElement; readonly length: number }): number =>
  4 * Math.ceil((bytesOf[element] * length) / 4)
