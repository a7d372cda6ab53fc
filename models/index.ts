/** Models and what they are measured by. Here: targets whose density, velocity and least loss are known exactly. */
export {
  excessAt,
  excessOverFloor,
  type FlowPoints,
  type FlowPointsOptions,
  flowPoints,
  type Measured,
  type VelocityAt,
} from './metrics/excess.ts'
export { type AlignmentOptions, alignmentAt, alignmentLoss, weightedAlignment } from './targets/alignment.ts'
export { type DiagonalGaussian, diagonalGaussian } from './targets/diagonal-gaussian.ts'
export { empirical } from './targets/empirical.ts'
export { entropy } from './targets/entropy.ts'
export {
  type EmpiricalVelocityOptions,
  empiricalVelocity,
  exactVelocity,
  type VelocityField,
} from './targets/exact-velocity.ts'
export { bayesFloor } from './targets/floor.ts'
export {
  divergence,
  fiveGaussians,
  gaussianMixture,
  logDensity,
  type Mixture,
  marginal,
  sample,
  secondMoment,
  velocities,
  velocity,
} from './targets/mixture.ts'
export { gaussianGrid, planarSets, spiral, swissRoll, threeRings, twoMoons } from './targets/planar-sets.ts'
export type { Estimate } from './targets/quadrature.ts'
export { type HostRandom, hostRandom } from './targets/random.ts'
export { type MixtureTarget, mixtureTarget, type Target } from './targets/target.ts'
