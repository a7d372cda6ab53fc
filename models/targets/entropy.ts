import { dimension, logDensity, type Mixture } from './mixture.ts'
import { type Estimate, expectation, standardNormal } from './quadrature.ts'

/** The differential entropy -E log p(y), in nats, by quadrature; up to three dimensions. */
export const entropy = (target: Mixture): Estimate => {
  const at = (h: number): number =>
    expectation(target, standardNormal(dimension(target), h), (x) => -logDensity(target, x))
  const value = at(0.25)
  return { value, error: Math.abs(value - at(0.5)) }
}
