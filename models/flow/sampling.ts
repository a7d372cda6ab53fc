import { concat, type Dim, foldIn, foriLoop, full, iota, type Key, normal, scan, type Tensor } from '../../dsl/index.ts'
import { checkCount, checkNotNegative } from '../../dsl/option.ts'
import { solve } from './ode.ts'
import { converted } from './parametrisation.ts'
import { linearPath, type Path } from './path.ts'
import { rk4, type Solver } from './solvers.ts'
import type { Velocity } from './velocity.ts'

export interface FlowOptions {
  /** rk4(50) unless given. */
  readonly solver?: Solver
  /** 0 unless given. */
  readonly from?: number
  /** 1 unless given. */
  readonly to?: number
}

/**
 * Points carried along the flow's equation dx/dt = v(x, t): noise x0 ~ N(0, I) becomes samples. From 1 to 0, data
 * becomes the noise that it would be made of.
 */
export const flow = <N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  x: Tensor<[N, D]>,
  { solver = rk4(50), from = 0, to = 1 }: FlowOptions = {},
): Tensor<[N, D]> => solve((x, t) => ({ x: v(x, t), integral: full([x.shape[0]], 0) }), x, from, to, solver).x

/** Where points are at each of `steps` + 1 equal times from 0 to 1, [steps + 1, n, d], by the midpoint rule. */
export function trajectory<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  x: Tensor<[N, D]>,
  steps: number,
): Tensor<[number, N, D]> {
  checkCount('trajectory', 'steps', steps)
  const h = 1 / steps
  const [rows] = x.shape
  const turn = (x: Tensor<[N, D]>, i: Tensor<[], 'i32'>): [Tensor<[N, D]>, Tensor<[N, D]>] => {
    const t = i.cast('f32').mul(h).broadcastTo([rows])
    const half = x.add(v(x, t).mul(h / 2))
    return [x.add(v(half, t.add(h / 2)).mul(h)), x]
  }
  const [last, before] = scan(turn, x, iota(steps))
  return concat([before, last.expand(0)])
}

export interface StochasticOptions {
  /** 'euler' (Euler-Maruyama) unless given; or 'heun', which asks for two velocities a step. */
  readonly method?: 'euler' | 'heun'
  readonly steps: number
  /**
   * How much noise: the variance that is added in dt is noise * s(t) dt, where s is the path's share of noise, 1 - t on
   * the linear path. 1 unless given; at 0 it is the flow's equation.
   */
  readonly noise?: number
  /** The path of the velocity. Linear unless given. */
  readonly path?: Path
}

/**
 * Samples along a stochastic equation whose x_t has the same distribution at each time as the flow's: dx = (v + w score
 * / 2) dt + sqrt(w) dW. The score is -E[x0 | x_t] / s, and w = noise s, so that nothing is divided by the path's share
 * s of noise. Noise forgets what earlier steps got wrong, for more steps. Song et al. 2021, arXiv 2011.13456; Ma et al.
 * 2024, arXiv 2401.08740.
 */
export function sampleStochastic<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  x0: Tensor<[N, D]>,
  key: Key,
  { method = 'euler', steps, noise = 1, path = linearPath }: StochasticOptions,
): Tensor<[N, D]> {
  checkCount('sampleStochastic', 'steps', steps)
  checkNotNegative('sampleStochastic', 'noise', noise)
  const h = 1 / steps
  const [rows] = x0.shape
  const drift = (x: Tensor<[N, D]>, t: Tensor<[N]>) => {
    const velocity = v(x, t)
    return velocity.sub(converted(velocity, 'velocity', 'noise', x, t, { path }).mul(noise / 2))
  }
  return foriLoop(
    0,
    steps,
    (i, x) => {
      const t = i.cast('f32').mul(h).broadcastTo([rows])
      const spread = path
        .noise(t)
        .mul(noise * h)
        .sqrt()
        .expand(1)
      const kicked = x.add(normal(foldIn(key, i), x.shape).mul(spread))
      const first = drift(kicked, t)
      const along = kicked.add(first.mul(h))
      return method === 'euler' ? along : kicked.add(first.add(drift(along, t.add(h))).mul(h / 2))
    },
    x0,
  )
}
