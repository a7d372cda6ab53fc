import type { Dim, Tensor } from '../../../index.ts'

/** Of each component of the data. */
export const mean = 0.7
export const std = 0.5

/** The exact velocity of N(mean, std^2 I) on the linear path: mean + kappa (x - t mean). */
export function gaussian<N extends Dim, D extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>): Tensor<[N, D]> {
  const rest = t.neg().add(1)
  const kappa = t
    .mul(std ** 2)
    .sub(rest)
    .div(variance(t))
  return x.sub(t.mul(mean).expand(1)).mul(kappa.expand(1)).add(mean)
}

/** The gradient of log p_t. */
export const gaussianScore = <N extends Dim, D extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>): Tensor<[N, D]> =>
  x.sub(t.mul(mean).expand(1)).div(variance(t).expand(1)).neg()

const variance = <N extends Dim>(t: Tensor<[N]>): Tensor<[N]> =>
  t
    .neg()
    .add(1)
    .square()
    .add(t.square().mul(std ** 2))

/** log p(y) of a row, in nats. */
export const logDensity = (y: readonly number[]): number =>
  y.reduce((sum, value) => sum - ((value - mean) / std) ** 2 / 2 - Math.log(std * Math.sqrt(2 * Math.PI)), 0)

/** L_align(y) of a row: (pi / 4) sum (s + delta^2 / s). */
export const alignmentOf = (y: readonly number[]): number =>
  y.reduce((sum, value) => sum + (Math.PI / 4) * (std + (value - mean) ** 2 / std), 0)
