import { meanOver } from './mean-over.ts'
import { dimension, type Mixture } from './mixture.ts'
import type { Estimate } from './quadrature.ts'

/** The differential entropy -E log p(y), in nats, by quadrature; up to three dimensions. */
export const entropy = (target: Mixture): Estimate => {
  const at = (h: number): number => meanOver(dimension(target), h)(target, (here) => -here.logDensity)
  const value = at(0.4)
  return { value, error: Math.abs(value - at(0.55)) }
}
