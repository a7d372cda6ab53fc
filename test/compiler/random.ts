export { uniforms } from '../../testing/probes.ts'

/** |a - b| <= tolerance * max(1, |a|, |b|), or both NaN or equal. */
export const near = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))

/** The first place where two arrays are not near each other, for a message; undefined where they are. */
export function farApart(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): string | undefined {
  if (a.length !== b.length) return `${a.length} elements against ${b.length}`
  for (let k = 0; k < a.length; k++) if (!near(a[k]!, b[k]!, tolerance)) return `element ${k}: ${a[k]} against ${b[k]}`
  return undefined
}
