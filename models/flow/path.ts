import { type Dim, ones, type Tensor } from '../../dsl/index.ts'

/**
 * A path from noise to data: x_t = a(t) y + s(t) x0 with a(0) = s(1) = 0 and a(1) = s(0) = 1. Its velocity is u = a' y
 * + s' x0, and a flow's v(x, t) is the mean of u where x_t = x.
 */
export interface Path {
  readonly name: string
  /** The share of data, a. */
  data<N extends Dim>(t: Tensor<[N]>): Tensor<[N]>
  /** The share of noise, s. */
  noise<N extends Dim>(t: Tensor<[N]>): Tensor<[N]>
  /** a'. */
  dataRate<N extends Dim>(t: Tensor<[N]>): Tensor<[N]>
  /** s'. */
  noiseRate<N extends Dim>(t: Tensor<[N]>): Tensor<[N]>
  /** a' s - a s', which is the same at all times. */
  readonly wronskian: number
  /** The time at which a / s is this ratio, from 0 to infinity. */
  timeAt<N extends Dim>(ratio: Tensor<[N]>): Tensor<[N]>
}

/** x_t = t y + (1 - t) x0: straight lines. Lipman et al. 2023, arXiv 2210.02747; Liu et al. 2023, arXiv 2209.03003. */
export const linearPath: Path = {
  name: 'linear',
  data: (t) => t,
  noise: (t) => t.neg().add(1),
  dataRate: (t) => ones(t.shape),
  noiseRate: (t) => ones(t.shape).neg(),
  wronskian: 1,
  timeAt: (ratio) => ratio.reciprocal().add(1).reciprocal(),
}

/**
 * x_t = sin(pi t / 2) y + cos(pi t / 2) x0: the variance of x_t is 1 at all times for data of variance 1. Albergo and
 * Vanden-Eijnden 2023, arXiv 2209.15571.
 */
export const cosinePath: Path = {
  name: 'cosine',
  data: (t) => t.mul(quarter).sin(),
  noise: (t) => t.mul(quarter).cos(),
  dataRate: (t) => t.mul(quarter).cos().mul(quarter),
  noiseRate: (t) => t.mul(quarter).sin().mul(-quarter),
  wronskian: Math.PI / 2,
  timeAt: (ratio) => ratio.atan().div(quarter),
}
const quarter = Math.PI / 2
