import { componentAt, gaussianMixture, type Mixture } from './mixture.ts'
import { type Normalisation, normalise } from './normalise.ts'
import { gaussLegendre, type Rule } from './quadrature.ts'
import { type MixtureTarget, mixtureTarget } from './target.ts'

/**
 * Curves in the plane with isotropic Gaussian noise around them: y = c(w) + std z, w a random parameter in [0, 1], z ~
 * N(0, I).
 */
export interface NoisyCurves {
  readonly name: string
  readonly std: number
  /** Which curve is taken has the probability `weight`, of sum 1. */
  readonly curves: readonly Curve[]
}

interface Curve {
  readonly weight: number
  /** c(w), smooth. */
  at(w: number): readonly [number, number]
  /**
   * The parameter below which a share u of the probability lies; u itself where w is uniform, as where it is absent.
   */
  quantile?(u: number): number
  /** The density of w, smooth; 1 where it is absent. */
  density?(w: number): number
  /** c and the density go on at w = 1 as they begin at w = 0. */
  readonly closed?: true
  /** Points of the quadrature over w. */
  readonly points: number
}

/**
 * The target of curves with noise, centred and divided by one scalar so that E||y||^2 = 2.
 *
 * Its density is an integral over the curve, int N(y; c(w), std^2 I) p(w) dw: a mixture of infinitely many Gaussians. A
 * quadrature of that integral is a finite mixture whose weights are those of the rule, and as it turns no data into
 * other data, density, velocity, floor and entropy are then all those of one mixture. The rule is the trapezoidal one
 * for closed curves and Gauss-Legendre for others; with points no further apart than 0.8 std its relative error in the
 * density is below 1e-8 within five standard deviations of the curve, since a Gaussian that is sampled every h = a std
 * is off by 2 exp(-2 pi^2 / a^2). Under the noise of a flow that ratio only gets better: the curve shrinks by t, the
 * width is sqrt(D) > t std. Samples are drawn from the curve itself.
 *
 * `refinement` multiplies the points, to tell the error.
 */
export const noisyCurves = (
  set: NoisyCurves,
  refinement = 1,
): MixtureTarget & { readonly normalisation: Normalisation } => {
  const { mixture, normalisation } = normalise(curveMixture(set, refinement))
  const { centre, scale } = normalisation
  const weights = set.curves.map(({ weight }) => weight)
  return {
    ...mixtureTarget(set.name, mixture),
    normalisation,
    sample: (random, n) => {
      const samples = new Float32Array(2 * n)
      for (let row = 0; row < n; row += 1) {
        const curve = set.curves[componentAt(weights, random.uniform())]!
        const u = random.uniform()
        const point = curve.at(curve.quantile?.(u) ?? u)
        for (let i = 0; i < 2; i += 1)
          samples[2 * row + i] = (point[i]! + set.std * random.normal() - centre[i]!) / scale
      }
      return samples
    },
  }
}

const curveMixture = ({ curves, std }: NoisyCurves, refinement: number): Mixture => {
  const means: (readonly number[])[] = []
  const weights: number[] = []
  for (const { weight, at, density, closed, points } of curves) {
    const rule = (closed ? periodic : gaussLegendre)(points * refinement)
    for (const [k, [w]] of rule.points.entries()) {
      means.push(at(w!))
      weights.push(weight * rule.weights[k]! * (density?.(w!) ?? 1))
    }
  }
  return gaussianMixture(means, std, weights)
}

/** The trapezoidal rule on [0, 1] for what goes on as it begins. */
const periodic = (n: number): Rule => ({
  points: Array.from({ length: n }, (_, k) => Float64Array.of(k / n)),
  weights: Array.from({ length: n }, () => 1 / n),
})
