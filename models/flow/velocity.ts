import type { Dim, Tensor } from '../../dsl/index.ts'

/**
 * A velocity, as all of these functions take it: n points in d dims and a time for each of them in, dx/dt there out.
 * Time 0 is noise x0 ~ N(0, I), time 1 is data.
 *
 * A trained network is one, `(x, t) => field.apply(params, x, t)`; so are an exact velocity, and what `guided`,
 * `velocityOf` and `reversed` make. Rows do not depend on each other.
 */
export type Velocity<N extends Dim, D extends Dim> = (x: Tensor<[N, D]>, t: Tensor<[N]>) => Tensor<[N, D]>

/** The sum over the dims of each point: [n, d] to [n]. */
export const sumOfDims = <N extends Dim, D extends Dim>(x: Tensor<[N, D]>): Tensor<[N]> => x.sum(1)

/** The mean over the dims of each point. */
export const meanOfDims = <N extends Dim, D extends Dim>(x: Tensor<[N, D]>): Tensor<[N]> =>
  sumOfDims(x).div(dimensionOf(x))

/** What n is bound to. */
export const lengthOf = <N extends Dim>(x: Tensor<[N]> | Tensor<[N, Dim]>): number => (x as unknown as Rows).size(0)

/** What d is bound to. */
export const dimensionOf = <N extends Dim, D extends Dim>(x: Tensor<[N, D]>): number => (x as unknown as Rows).size(1)

type Rows = Tensor<['n', 'd']>

/**
 * A velocity that follows the condition more than it was trained to: v_u + scale (v_c - v_u). At scale 1 it is
 * `conditional`, at 0 `unconditional`. Ho and Salimans 2022, arXiv 2207.12598.
 */
export const guided =
  <N extends Dim, D extends Dim>(
    conditional: Velocity<N, D>,
    unconditional: Velocity<N, D>,
    scale: number,
  ): Velocity<N, D> =>
  (x, t) => {
    const free = unconditional(x, t)
    return free.add(conditional(x, t).sub(free).mul(scale))
  }

/**
 * The velocity of a model whose time runs the other way, 0 at data and 1 at noise, as in Stable Diffusion 3 and in much
 * of the rectified-flow literature: v(x, t) = -v'(x, 1 - t). It is its own inverse.
 */
export const reversed =
  <N extends Dim, D extends Dim>(v: Velocity<N, D>): Velocity<N, D> =>
  (x, t) =>
    v(x, t.neg().add(1)).neg()
