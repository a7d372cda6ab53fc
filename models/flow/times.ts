import { type Dim, full, iota, type Key, randint, split, type Tensor, uniform } from '../../dsl/index.ts'
import { checkPositive } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { lengthOf } from './velocity.ts'

/**
 * A distribution of times in (0, 1), in terms of which a uniform number becomes a time and an average over times can be
 * weighted.
 */
export interface Times {
  readonly name: string
  /** The time below which a share u of all times lies; u and the result are [n]. */
  quantile<N extends Dim>(u: Tensor<[N]>): Tensor<[N]>
  /** The probability density at t. */
  density<N extends Dim>(t: Tensor<[N]>): Tensor<[N]>
}

/** How the uniform numbers behind a batch of times are spread, each of which is uniform in any case. */
export type Spread =
  /** Independently. */
  | 'independent'
  /**
   * One in each of n equal parts of (0, 1), and the parts are dealt in turn from a random one on, so that no row of the
   * batch has a part of its own.
   */
  | 'stratified'
  /** All 1 / n apart, from a random first one on. Kingma et al. 2021, arXiv 2107.00630, appendix I.1. */
  | 'lowDiscrepancy'

/** n times. Uniform numbers are kept 2^-24 away from 0 and 1, where densities and quantiles may be infinite. */
export function drawTimes<N extends Dim>(key: Key, n: N, times: Times, spread: Spread = 'independent'): Tensor<[N]> {
  return times.quantile(inside(spreadUniform(key, n, spread)))
}

function spreadUniform<N extends Dim>(key: Key, n: N, spread: Spread): Tensor<[N]> {
  if (spread === 'independent') return uniform(key, [n])
  const [first, within] = split(key, 2)
  const place = iota(n, 'f32')
  const size = lengthOf(place)
  const u =
    spread === 'stratified'
      ? place
          .add(randint(first, [], 0, Math.max(1, size)).cast('f32'))
          .add(uniform(within, [n]))
          .div(size)
      : place.div(size).add(uniform(first, []))
  return u.sub(u.floor())
}

/** t ~ U(0, 1). */
export const uniformTimes: Times = {
  name: 'uniform',
  quantile: (u) => u,
  density: (t) => full(t.shape, 1),
}

/** logit(t) ~ N(mean, std^2): with the defaults, 0 and 1, more of the middle. Esser et al. 2024, arXiv 2403.03206. */
export function logitNormalTimes({ mean = 0, std = 1 }: { readonly mean?: number; readonly std?: number } = {}): Times {
  checkPositive('logitNormalTimes', 'std', std)
  return {
    name: `logitNormal(${mean}, ${std})`,
    quantile: (u) =>
      u
        .mul(2)
        .sub(1)
        .erfInv()
        .mul(Math.SQRT2 * std)
        .add(mean)
        .sigmoid(),
    density: (at) => {
      const t = inside(at)
      const z = logit(t).sub(mean).div(std)
      return z
        .square()
        .mul(-0.5)
        .exp()
        .div(Math.sqrt(2 * Math.PI) * std)
        .div(variance(t))
    },
  }
}

/**
 * The log of the signal-to-noise ratio of the linear path, 2 logit(t), is logistic with this mean and scale. Uniform
 * times are those of mean 0 and scale 2; a positive mean puts more of them where data shows, as the weight t / (1 - t)
 * of the likelihood does.
 */
export function logSnrTimes({ mean = 0, scale = 2 }: { readonly mean?: number; readonly scale?: number } = {}): Times {
  checkPositive('logSnrTimes', 'scale', scale)
  return {
    name: `logSnr(${mean}, ${scale})`,
    quantile: (u) =>
      logit(u)
        .mul(scale / 2)
        .add(mean / 2)
        .sigmoid(),
    density: (at) => {
      const t = inside(at)
      const share = logit(t)
        .sub(mean / 2)
        .mul(2 / scale)
        .sigmoid()
      return share
        .mul(share.neg().add(1))
        .mul(2 / scale)
        .div(variance(t))
    },
  }
}

/**
 * The times of a distribution squeezed into (0, last), for what is not defined at t = 1: `last` times what it draws.
 */
export function timesUntil(last: number, times: Times = uniformTimes): Times {
  if (!(last > 0 && last <= 1)) throw fail(`type error: timesUntil: last is ${last}, needs a time in (0, 1]`)
  return {
    name: `${times.name} until ${last}`,
    quantile: (u) => times.quantile(u).mul(last),
    density: (t) => times.density(t.div(last)).div(last),
  }
}

/** As near to 0 and 1 as f32 tells apart on both sides: a time may be rounded to an end, where densities are 0 / 0. */
const inside = <N extends Dim>(t: Tensor<[N]>): Tensor<[N]> => t.clamp(2 ** -24, 1 - 2 ** -24)

/** t (1 - t). */
const variance = <N extends Dim>(t: Tensor<[N]>): Tensor<[N]> => t.mul(t.neg().add(1))

const logit = <N extends Dim>(t: Tensor<[N]>): Tensor<[N]> => t.log().sub(t.neg().log1p())
