import { type Dim, full, type Key, normal, split, stopGradient, type Tensor } from '../../dsl/index.ts'
import { checkCount } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { linearPath } from './path.ts'
import { type DrawOptions, drawn, drawPathPoint, meanOfDraws } from './path-point.ts'
import { logSnrTimes, type Times, timesUntil } from './times.ts'
import { dimensionOf, sumOfDims, type Velocity } from './velocity.ts'

export interface LikelihoodBoundOptions extends DrawOptions {
  /** The last time T of the integral, beyond which a decoder takes over; 0.99 unless given. */
  readonly last?: number
  /**
   * Where times are drawn, squeezed into (0, T). Log-SNR logistic with mean 2 and scale 2 unless given, which has more
   * of them where the weight is large.
   */
  readonly times?: Times
  /** As for `align`: 'full' unless given. */
  readonly gradient?: 'full' | 'target-only'
}

/**
 * An unbiased estimate of a bound on -log p(y), in nats, [n], and as a loss the alignment loss with the weight that
 * makes it exact:
 *   -log p(y) <= (d/2) log(2 pi e) + int_0^T t/(1-t) [E ||v(x_t, t) - u||^2 - d / ((1-t)^2 + t^2)] dt + E[(1 + snr_T)/2
 *   ||y - yhat(x_T)||^2 - d/2],
 * snr = t^2 / (1-t)^2, yhat = x_t + (1 - t) v. For the exact velocity and T -> 1 it is an equality (the I-MMSE identity
 * of Kong et al. 2023, arXiv 2302.03792, in the variables of a flow). For a learned velocity it bounds the likelihood
 * of the model's stochastic equation up to T, with the decoder N(yhat(x_T), I / (1 + snr_T)) behind it (Kingma et al.
 * 2021, arXiv 2107.00630): not that of the flow's equation, which `logProb` computes.
 *
 * The first term, less d/2 and plus the integral of the baseline, (d/2) log(1 + snr_T), and the decoder's (d/2) log(2
 * pi / (1 + snr_T)) cancel to what stands here.
 *
 * In place of d stands ||x0||^2, whose mean it is: for large t the error of the best velocity is about ||x0||^2 itself,
 * so that most of the variance goes.
 */
export function negativeLogLikelihoodBound<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  key: Key,
  { draws = 1, ...options }: LikelihoodBoundOptions = {},
): Tensor<[N]> {
  const what = 'negativeLogLikelihoodBound'
  return meanOfDraws(what, drawOf(what, v, y, options), key, draws)
}

/** A mean of independent draws, and how far that may be from what it is the mean of. */
export interface MonteCarloEstimate<N extends Dim> {
  readonly value: Tensor<[N]>
  /** Of the value: the standard deviation of the draws, over the root of how many there are. */
  readonly standardError: Tensor<[N]>
}

/**
 * The evidence lower bound (ELBO) on log p(y), in nats, [n]: the negative of `negativeLogLikelihoodBound`, with its
 * standard error. 16 draws unless given; it takes two to tell how far they are apart.
 */
export function elbo<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  key: Key,
  { draws = 16, ...options }: LikelihoodBoundOptions = {},
): MonteCarloEstimate<N> {
  checkCount('elbo', 'draws', draws, 2)
  const once = drawOf('elbo', v, y, options)
  const { bound } = drawn((key) => ({ bound: once(key) }), key, draws)
  return {
    value: bound.mean(0).neg() as Tensor<[Dim]> as Tensor<[N]>,
    standardError: bound.std(0, { correction: 1 }).div(Math.sqrt(draws)) as Tensor<[Dim]> as Tensor<[N]>,
  }
}

/** One draw of the bound. */
function drawOf<N extends Dim, D extends Dim>(
  what: string,
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  {
    last = 0.99,
    times = likelihoodTimes,
    spread = 'lowDiscrepancy',
    gradient = 'full',
  }: Omit<LikelihoodBoundOptions, 'draws'>,
): (key: Key) => Tensor<[N]> {
  if (!(last > 0 && last < 1)) throw fail(`type error: ${what}: last is ${last}, needs a time in (0, 1)`)
  const d = dimensionOf(y)
  const asked = (x: Tensor<[N, D]>) => (gradient === 'full' ? x : stopGradient(x))
  const until = timesUntil(last, times)
  return (key) => {
    const [inside, atEnd] = split(key, 2)
    const { t, x, u, x0 } = drawPathPoint(y, inside, until, spread, linearPath)
    const rest = t.neg().add(1)
    const baseline = sumOfDims(x0.square()).div(rest.square().add(t.square()))
    const error = sumOfDims(v(asked(x), t).sub(u).square()).sub(baseline)
    const integral = error.mul(t.div(rest)).div(until.density(t))
    const lastNoise = normal(atEnd, y.shape)
    const end = full(t.shape, last)
    const xT = lastNoise.mul(1 - last).add(y.mul(last))
    const decoded = asked(xT).add(v(asked(xT), end).mul(1 - last))
    const snr = (last / (1 - last)) ** 2
    const tail = sumOfDims(decoded.sub(y).square())
      .mul((1 + snr) / 2)
      .sub(d / 2)
    return integral.add(tail).add((d / 2) * Math.log(2 * Math.PI * Math.E))
  }
}

const likelihoodTimes = logSnrTimes({ mean: 2, scale: 2 })
