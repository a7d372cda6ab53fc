import type { Dim } from './dim.ts'

// TypeScript postpones `D extends 1` where D is a type parameter of the function around it, and with that all that
// depends on it: a shape of [N, 1] could not meet one of [N, D]. Such a D is treated as what it is in its function: no
// literal. Where it then comes to be one, the shape is still right: 1 with D is D.
//
// Postponed it must be all the same within rules, whose own parameters are such as well; else it would be decided there
// once for all. `Never` does this: it is `never`, and a parameter of each rule down to here.

/** Whether a dim is a type parameter: the only one that any dim may be. */
export type IsParameter<D, Never> = { d: [Dim] extends [D] ? 1 : Never } extends { d: Never } ? false : true

/** Whether a dim is the literal L. */
export type Is<D, L extends Dim, Never> =
  IsParameter<D, Never> extends true ? false : { d: D } extends { d: L } ? true : false
