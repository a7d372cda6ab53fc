import type { Dim, Tensor } from '../../dsl/index.ts'
import { linearPath, type Path } from './path.ts'
import type { Velocity } from './velocity.ts'

/**
 * What a network may tell of x_t = a y + s x0, all means given x_t: the velocity a' y + s' x0, the noise x0, the data
 * y, or the score, the gradient of log p_t(x_t), which is -x0 / s. Each follows from any other; from the noise and the
 * score not at t = 0, where x_t knows nothing of the data, and from the data not at t = 1.
 */
export type Parametrisation = 'velocity' | 'noise' | 'data' | 'score'

export interface ConvertOptions {
  readonly path?: Path
  /**
   * The least share of data or noise that is divided by: what would be infinite at an end of the path is at most 1 /
   * least times as large. 1e-3 unless given.
   */
  readonly least?: number
}

/** What a network says in one parametrisation, in another: [n, d] at points x [n, d] and times t [n]. */
export function converted<N extends Dim, D extends Dim>(
  value: Tensor<[N, D]>,
  from: Parametrisation,
  to: Parametrisation,
  x: Tensor<[N, D]>,
  t: Tensor<[N]>,
  { path = linearPath, least = 1e-3 }: ConvertOptions = {},
): Tensor<[N, D]> {
  if (from === to) return value
  const [a, s] = [path.data(t).expand(1), path.noise(t).expand(1)]
  const [da, ds] = [path.dataRate(t).expand(1), path.noiseRate(t).expand(1)]
  const noiseOf = {
    velocity: () => x.mul(da).sub(value.mul(a)).div(path.wronskian),
    data: () => x.sub(value.mul(a)).div(s.maximum(least)),
    noise: () => value,
    score: () => value.mul(s).neg(),
  }
  const noise = noiseOf[from]()
  if (to === 'noise') return noise
  if (to === 'score') return noise.neg().div(s.maximum(least))
  const dataOf = {
    velocity: () => value.mul(s).sub(x.mul(ds)).div(path.wronskian),
    data: () => value,
    noise: () => x.sub(noise.mul(s)).div(a.maximum(least)),
    score: () => x.sub(noise.mul(s)).div(a.maximum(least)),
  }
  const data = dataOf[from]()
  return to === 'data' ? data : data.mul(da).add(noise.mul(ds))
}

/** The velocity of a network that tells something else. */
export const velocityOf =
  <N extends Dim, D extends Dim>(
    network: Velocity<N, D>,
    parametrisation: Parametrisation,
    options: ConvertOptions = {},
  ): Velocity<N, D> =>
  (x, t) =>
    converted(network(x, t), parametrisation, 'velocity', x, t, options)

/** The score of a flow at points x and times t, the gradient of log p_t(x): (t v - x) / (1 - t) on the linear path. */
export const scoreOf =
  <N extends Dim, D extends Dim>(v: Velocity<N, D>, options: ConvertOptions = {}): Velocity<N, D> =>
  (x, t) =>
    converted(v(x, t), 'velocity', 'score', x, t, options)

/**
 * The velocity along another path. Where data and noise have the same ratio on both, the two points differ by a factor
 * alone, so that what the network tells of data and noise there holds here.
 */
export const alongPath =
  <N extends Dim, D extends Dim>(v: Velocity<N, D>, from: Path, to: Path): Velocity<N, D> =>
  (x, t) => {
    const ratio = to.data(t).div(to.noise(t))
    const time = from.timeAt(ratio)
    // At t = 1 the ratio is infinite: the size of (a, s) serves at all times.
    const size = (path: Path, at: Tensor<[N]>) => path.data(at).square().add(path.noise(at).square()).sqrt()
    const there = x.mul(size(from, time).div(size(to, t)).expand(1))
    const told = v(there, time)
    const data = converted(told, 'velocity', 'data', there, time, { path: from })
    const noise = converted(told, 'velocity', 'noise', there, time, { path: from })
    return data.mul(to.dataRate(t).expand(1)).add(noise.mul(to.noiseRate(t).expand(1)))
  }

/**
 * The velocity on the linear path of a denoiser D(z; sigma) = E[y | z = y + sigma x0], as EDM trains it: x_t / t = y +
 * ((1 - t) / t) x0. Karras et al. 2022, arXiv 2206.00364. At times below `least` it is asked at `least`.
 */
export const velocityOfDenoiser =
  <N extends Dim, D extends Dim>(denoiser: Velocity<N, D>, least = 1e-3): Velocity<N, D> =>
  (x, t) => {
    const late = t.maximum(least)
    const data = denoiser(x.div(late.expand(1)), late.neg().add(1).div(late))
    return converted(data, 'data', 'velocity', x, t, { least })
  }
