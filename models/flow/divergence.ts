import { type Dim, eye, type Key, linearize, rademacher, scan, type Tensor, vmap } from '../../dsl/index.ts'
import { checkCount } from '../../dsl/option.ts'
import { dimensionOf, sumOfDims, type Velocity } from './velocity.ts'

/**
 * How the divergence of a velocity is found: 'exact', or the directions that Hutchinson's estimate looks along, [k, n,
 * d].
 */
export type Trace<N extends Dim, D extends Dim> = 'exact' | Tensor<[number, N, D]>

/** Up to so many dims, all directions are followed at once; beyond, one after the other, in the memory of one. */
const atOnce = 4

/**
 * The velocity at n points, [n, d], and its divergence there, [n].
 *
 * Exact, it is the sum over i of e_i . J e_i: d products with the Jacobian, each for all rows together, as a row's
 * velocity depends on that row alone. Along random directions e with E[e e'] = I it is the mean of e . J e (Hutchinson
 * 1990; Grathwohl et al. 2019, arXiv 1810.01367), without bias, and with variance 2 (||J||_F^2 - sum J_ii^2) / k for k
 * directions of random signs where J is symmetric.
 */
export function velocityAndDivergence<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  x: Tensor<[N, D]>,
  t: Tensor<[N]>,
  trace: Trace<N, D>,
): readonly [velocity: Tensor<[N, D]>, divergence: Tensor<[N]>] {
  const [velocity, push] = linearize((x: Tensor<[N, D]>) => v(x, t), x)
  const along = (e: Tensor<[N, D]>): Tensor<[N]> => sumOfDims(push(e).mul(e))
  const directions = trace === 'exact' ? unitDirections(x) : trace
  const count = directions.size(0)
  const total =
    count <= atOnce
      ? vmap(along)(directions).sum(0)
      : scan((sum, e) => [sum.add(along(e)), null], sumOfDims(x).mul(0), directions)[0]
  return [velocity, trace === 'exact' ? total : total.div(count)]
}

/** e_i for all rows: [d, n, d]. */
function unitDirections<N extends Dim, D extends Dim>(x: Tensor<[N, D]>): Tensor<[number, N, D]> {
  const d = dimensionOf(x)
  const [n, dim] = x.shape
  return eye(d).expand(1).broadcastTo([d, n, d]).as([d, n, dim])
}

/**
 * Directions of random signs for a batch like x: drawn once for a whole solve, as an adaptive solver would take noise
 * that changes between its stages for error.
 */
export const randomDirections = <N extends Dim, D extends Dim>(
  key: Key,
  x: Tensor<[N, D]>,
  probes: number,
): Tensor<[number, N, D]> => {
  checkCount('randomDirections', 'probes', probes)
  return rademacher(key, [probes, ...x.shape]).cast('f32')
}
