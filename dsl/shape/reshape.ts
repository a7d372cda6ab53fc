import type { Tensor } from '../tensor.ts'
import type { Times } from './arithmetic.ts'
import { type Extent, type Extents, type Shape, type Show, show } from './dim.ts'
import type { IsParameter } from './parameter.ts'

/**
 * A with the same elements in row-major order and the shape T: the same names, and the same product of the literal
 * dims. Dims that are type parameters are in the same order in both.
 */
export type Reshape<A, T extends Shape, Never = never> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length']
      ? Tensor<T, D>
      : [...Split<S, Never>, ...Split<T, Never>] extends [
            infer Literals,
            infer Names,
            infer Name,
            infer LiteralsT,
            infer NamesT,
            infer NameT,
          ]
        ? number extends Literals | LiteralsT
          ? Tensor<T, D>
          : { d: [Literals, Names] } extends { d: [LiteralsT, NamesT] }
            ? Tensor<T, D>
            : [Literals, Name, NameT] extends [LiteralsT, NameT, Name]
              ? Tensor<T, D>
              : `shape error: reshape: ${Show<S>} to ${Show<T>} changes the number of elements`
        : never
    : never
/** The product of the literal dims; the others, in order and as a union. */
type Split<
  S extends Shape,
  Never,
  Product extends number = 1,
  Names extends readonly unknown[] = [],
> = S extends readonly [infer d, ...infer Rest extends Shape]
  ? IsParameter<d, Never> extends true
    ? Split<Rest, Never, Product, [...Names, d]>
    : d extends number
      ? Split<Rest, Never, number extends d ? number : Times<Product, d>, Names>
      : Split<Rest, Never, Product, [...Names, d]>
  : [Product, Names, Names[number]]

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
