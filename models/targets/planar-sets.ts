import { scaledBesselI0 } from './bessel.ts'
import { fiveGaussians, gaussianMixture } from './mixture.ts'
import { type NoisyCurves, noisyCurves } from './noisy-curves.ts'
import { normalise } from './normalise.ts'
import { type MixtureTarget, mixtureTarget } from './target.ts'

// The six toy sets of Li et al., arXiv 2506.05240, in the plane. The paper names them; what it leaves open (radii,
// turns, noise) is chosen and stated here. Each is moved to mean 0 and divided by one scalar so that E||y||^2 = 2,
// which leaves its shape.

/** 4 x 4 Gaussians of std 0.1 with means in {-1.5, -0.5, 0.5, 1.5}^2, equally likely; E||raw||^2 = 2.52. */
export const gaussianGrid = (): MixtureTarget => {
  const ticks = [-1.5, -0.5, 0.5, 1.5]
  const raw = gaussianMixture(
    ticks.flatMap((a) => ticks.map((b) => [a, b])),
    0.1,
  )
  return mixtureTarget('4 x 4 grid of Gaussians', normalise(raw).mixture)
}

/**
 * The arcs (cos a, sin a) and (1 - cos a, 1/2 - sin a), a ~ U(0, pi), as in scikit-learn's `make_moons`, with noise of
 * std 0.1. 128 components.
 */
export const moons: NoisyCurves = {
  name: 'two moons',
  std: 0.1,
  curves: [
    { weight: 0.5, points: 64, at: (w) => [Math.cos(Math.PI * w), Math.sin(Math.PI * w)] },
    { weight: 0.5, points: 64, at: (w) => [1 - Math.cos(Math.PI * w), 0.5 - Math.sin(Math.PI * w)] },
  ],
}
/** `moons`; raw, its mean is (1/2, 1/4) and its variance, of both dimensions together, 21/16 - 1/pi + 0.02. */
export const twoMoons = (): MixtureTarget => noisyCurves(moons)

/** Circles around 0 of radius 1, 2 and 3, equally likely, with noise of std 0.1. 480 components. */
export const rings: NoisyCurves = {
  name: 'three rings',
  std: 0.1,
  curves: [1, 2, 3].map((radius) => ({
    weight: 1 / 3,
    points: 80 * radius,
    closed: true,
    at: (w) => [radius * Math.cos(2 * Math.PI * w), radius * Math.sin(2 * Math.PI * w)],
  })),
}
/**
 * `rings`; raw, E||y||^2 = 14/3 + 0.02. The density of one ring is the integral over its angle in closed form, at a
 * distance r from 0
 *   exp(-(r - R)^2 / (2 s^2)) e^(-z) I_0(z) / (2 pi s^2),  z = r R / s^2.
 */
export const threeRings = (): MixtureTarget => {
  const target = noisyCurves(rings)
  const { scale } = target.normalisation
  const s2 = target.mixture.std ** 2
  return {
    ...target,
    logDensity: (y) => {
      const r = Math.hypot(y[0]!, y[1]!)
      const logs = [1, 2, 3].map((raw) => {
        const radius = raw / scale
        return Math.log(scaledBesselI0((r * radius) / s2)) - (r - radius) ** 2 / (2 * s2)
      })
      const most = Math.max(...logs)
      const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0)
      return most + Math.log(sum / 3) - Math.log(2 * Math.PI * s2)
    },
  }
}

/**
 * One arm of the spiral of Archimedes, r = a, over two turns from the centre: a = 4 pi sqrt(u), u ~ U(0, 1), which is
 * nearly uniform along the arm, as in the spirals of FFJORD (Grathwohl et al. 2019), with noise of std 0.4, where turns
 * are 2 pi apart. 512 components.
 */
export const arm: NoisyCurves = {
  name: 'spiral',
  std: 0.4,
  curves: [
    {
      weight: 1,
      points: 512,
      at: (w) => rolled(4 * Math.PI * w),
      // a is 4 pi w, which leaves the curve smooth at the centre, where sqrt(u) is not.
      quantile: Math.sqrt,
      density: (w) => 2 * w,
    },
  ],
}
/** `arm`; raw, its mean is (1/pi, -2) and E||y||^2 = 8 pi^2 + 0.32. */
export const spiral = (): MixtureTarget => noisyCurves(arm)

/**
 * The cross-section of scikit-learn's `make_swiss_roll`, that is its first and last coordinates: (a cos a, a sin a), a
 * ~ U(1.5 pi, 4.5 pi), with noise of std 0.5. It leaves out the centre that the spiral has, and is denser inside, as a
 * is uniform. 384 components.
 */
export const roll: NoisyCurves = {
  name: 'Swiss roll',
  std: 0.5,
  curves: [{ weight: 1, points: 384, at: (w) => rolled(Math.PI * (1.5 + 3 * w)) }],
}
/** `roll`; raw, its mean is (2, 2 / (3 pi)) and E||y||^2 = 9.75 pi^2 + 0.5. */
export const swissRoll = (): MixtureTarget => noisyCurves(roll)

const rolled = (a: number): readonly [number, number] => [a * Math.cos(a), a * Math.sin(a)]

/** The six sets by name, made when they are asked for. */
export const planarSets = {
  fiveGaussians: (): MixtureTarget => mixtureTarget('five Gaussians', fiveGaussians()),
  gaussianGrid,
  twoMoons,
  threeRings,
  spiral,
  swissRoll,
} as const
