import { erfcReference, erfReference, tail } from './erf-reference.ts'

/**
 * The inverse of erf in float64, to 5e-15 relative, by Halley's method: with e = (erf(y) - x) / erf'(y) the next y is y
 * - e / (1 + y e), since erf'' = -2 y erf'. It begins with the formula of S. Winitzki, A handy approximation for the
 * error function and its inverse (2008), which is right to 0.2 %; so after three steps nothing changes.
 */
export function erfInvReference(x: number): number {
  const size = Math.abs(x)
  if (!(size < 1)) return size === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN
  const log = Math.log1p(-size * size)
  const half = 2 / (Math.PI * a) + log / 2
  let y = Math.sqrt(-log / a / (Math.sqrt(half * half - log / a) + half))
  for (let step = 0; step < 3; step++) {
    // In the tail 1 - size is exact, and what is near 1 has no more digits.
    const beyond = y < tail ? erfReference(y) - size : 1 - size - erfcReference(y)
    const error = (beyond * Math.exp(y * y) * Math.sqrt(Math.PI)) / 2
    y -= error / (1 + y * error)
  }
  return Math.sign(x) * y
}

const a = 0.147
