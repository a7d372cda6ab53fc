import { type Dim, type Key, split, type Tensor, valueAndGrad, vmap } from '../dsl/index.ts'

// Which records a model, a field or an optimiser has is known to the types of the caller, and a body that is written
// for all of them sees none. What its types cannot follow is said here once.

/** An optimiser of whatever parameters; P is what is known of them. */
export interface AnyOptimiser<P = unknown> {
  state(params: unknown): unknown
  update(gradients: unknown, state: unknown, params: unknown): { readonly params: P; readonly opt: unknown }
}

/** A velocity field of whatever parameters and conditions. */
export interface AnyField {
  apply(params: unknown, x: Tensor<['n', number]>, t: Tensor<['n']>, condition: unknown): Tensor<['n', number]>
}

/** `valueAndGrad` in whatever parameters, of a loss that gives something beside its value. */
export const valueAndGradBeside = <P, A>(
  loss: (params: P) => readonly [Tensor<[]>, A],
): ((params: P) => readonly [readonly [Tensor<[]>, A], unknown]) => valueAndGrad(loss, { aux: true })

/** What is made of each token of y [n, tokens, d] by itself, with a key of its own: [tokens, n]. */
export function ofTokens<N extends Dim, K extends Dim, D extends Dim>(
  make: (y: Tensor<[N, D]>, key: Key) => Tensor<[N]>,
  y: Tensor<[N, K, D]>,
  key: Key,
): Tensor<[K, N]> {
  const each = vmap as unknown as (f: unknown, axes: object) => (y: unknown, keys: unknown) => Tensor<[K, N]>
  return each(make, { inAxes: [1, 0] })(y, split(key, [(y as Tensor<Dim[]>).size(1)]))
}
