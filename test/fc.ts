import {
  type Arbitrary,
  type IAsyncProperty,
  type IProperty,
  asyncProperty as ofPromises,
  property as ofValues,
} from 'fast-check'

export * from 'fast-check'

// fast-check's own types of these are over tuples of any length, and each property is of a type of its own, which takes
// long where there are hundreds.

/** A law that holds of whatever the arbitraries make. */
export const property: Over<Verdict, IProperty<unknown[]>> = ofValues
export const asyncProperty: Over<Promise<Verdict>, IAsyncProperty<unknown[]>> = ofPromises

// biome-ignore lint/suspicious/noConfusingVoidType: a law says false, or throws and says nothing
type Verdict = boolean | void

interface Over<Says, Property> {
  <A>(a: Arbitrary<A>, law: (a: A) => Says): Property
  <A, B>(a: Arbitrary<A>, b: Arbitrary<B>, law: (a: A, b: B) => Says): Property
  <A, B, C>(a: Arbitrary<A>, b: Arbitrary<B>, c: Arbitrary<C>, law: (a: A, b: B, c: C) => Says): Property
  <A, B, C, D>(
    a: Arbitrary<A>,
    b: Arbitrary<B>,
    c: Arbitrary<C>,
    d: Arbitrary<D>,
    law: (a: A, b: B, c: C, d: D) => Says,
  ): Property
  <A, B, C, D, E>(
    a: Arbitrary<A>,
    b: Arbitrary<B>,
    c: Arbitrary<C>,
    d: Arbitrary<D>,
    e: Arbitrary<E>,
    law: (a: A, b: B, c: C, d: D, e: E) => Says,
  ): Property
}
