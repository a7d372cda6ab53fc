import type { Tensor } from '../tensor.ts'
import type { Times } from './arithmetic.ts'
import { type Extent, type Extents, type Shape, type Show, show } from './dim.ts'

/** A with the same elements in row-major order and the shape T: the same names, and the same product of the literal dims. */
export type Reshape<A, T extends Shape> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | Literals<S> | Literals<T>
      ? Tensor<T, D>
      : [S[number] & string, T[number] & string, Literals<S>] extends [
            T[number] & string,
            S[number] & string,
            Literals<T>,
          ]
        ? Tensor<T, D>
        : `shape error: reshape: ${Show<S>} to ${Show<T>} changes the number of elements`
    : never
/** The product of the literal dims. */
type Literals<S extends Shape, Done extends number = 1> = S extends readonly [infer d, ...infer Rest extends Shape]
  ? d extends number
    ? number extends d
      ? number
      : Literals<Rest, Times<Done, d>>
    : Literals<Rest, Done>
  : Done

export function reshapeCheck(from: Extents, to: Extents): string | undefined {
  const unmatched = (a: Extents, b: Extents) =>
    a.filter(isNamed).filter((at) => !b.some((other) => other.dim === at.dim))
  const [lost, found] = [unmatched(from, to), unmatched(to, from)]
  // Names on one side alone stand against numbers of the other, which are then wide.
  const same =
    lost.length === 0 && found.length === 0
      ? product(from.filter((at) => !isNamed(at))) === product(to.filter((at) => !isNamed(at)))
      : lost.length === 0 || found.length === 0
  return same && product(from) === product(to)
    ? undefined
    : `shape error: reshape: ${show(from)} to ${show(to)} changes the number of elements`
}
const isNamed = (at: Extent): boolean => typeof at.dim === 'string'
const product = (shape: Extents): number => shape.reduce((done, at) => done * at.size, 1)
