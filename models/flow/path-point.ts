import { type Dim, type Key, normal, split, type Tensor, vmap } from '../../dsl/index.ts'
import { checkCount } from '../../dsl/option.ts'
import type { Path } from './path.ts'
import { drawTimes, type Spread, type Times } from './times.ts'

/** Points on their way. */
export interface PathPoint<N extends Dim, D extends Dim> {
  /** Their times. */
  readonly t: Tensor<[N]>
  /** Where they are then. */
  readonly x: Tensor<[N, D]>
  /** How they move: what the velocity is the mean of. */
  readonly u: Tensor<[N, D]>
  /** The noise that they come from. */
  readonly x0: Tensor<[N, D]>
}

/** A time for each of the data y, and where it is then on the path from this noise. */
export function pathPoint<N extends Dim, D extends Dim>(
  y: Tensor<[N, D]>,
  x0: Tensor<[N, D]>,
  t: Tensor<[N]>,
  path: Path,
): PathPoint<N, D> {
  const at = (share: Path['data']) => share(t).expand(1)
  return {
    t,
    x0,
    x: y.mul(at(path.data)).add(x0.mul(at(path.noise))),
    u: y.mul(at(path.dataRate)).add(x0.mul(at(path.noiseRate))),
  }
}

/** The same with noise and times drawn. */
export function drawPathPoint<N extends Dim, D extends Dim>(
  y: Tensor<[N, D]>,
  key: Key,
  times: Times,
  spread: Spread,
  path: Path,
): PathPoint<N, D> {
  const [forNoise, forTimes] = split(key, 2)
  return pathPoint(y, normal(forNoise, y.shape), drawTimes(forTimes, y.shape[0], times, spread), path)
}

/** How often and how times and noise are drawn for each row. */
export interface DrawOptions {
  /** Times and noise drawn for each row. 1 unless given. */
  readonly draws?: number
  /** How the times of a batch are spread: 'lowDiscrepancy' unless given. */
  readonly spread?: Spread
}

/** The mean over independent draws. */
export const meanOfDraws = <T extends Tensor<[Dim]> | Tensor<[Dim, Dim]>>(
  what: string,
  once: (key: Key) => T,
  key: Key,
  draws: number,
): T => meansOfDraws(what, (key) => ({ mean: once(key) }), key, draws).mean

/** The same of several values, each draw giving all of them. */
export function meansOfDraws<T extends { readonly [name: string]: Tensor<[Dim]> | Tensor<[Dim, Dim]> }>(
  what: string,
  once: (key: Key) => T,
  key: Key,
  draws: number,
): T {
  checkCount(what, 'draws', draws)
  if (draws === 1) return once(key)
  const all = drawn(once, key, draws)
  return Object.fromEntries(Object.entries(all).map(([name, each]) => [name, each.mean(0)])) as unknown as T
}

/** What independent draws give, by name, one after the other: [draws, n]. */
export const drawn = <T extends { readonly [name: string]: Tensor<[Dim]> | Tensor<[Dim, Dim]> }>(
  once: (key: Key) => T,
  key: Key,
  draws: number,
): { readonly [K in keyof T]: Tensor<['k', 'n']> } =>
  (vmap(once) as unknown as (keys: unknown) => { readonly [K in keyof T]: Tensor<['k', 'n']> })(split(key, [draws]))
