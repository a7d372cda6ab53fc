import type { Equation, Value } from '../ir/graph.ts'

/** Why a value has memory and is not computed inside what needs it. */
export type Reason =
  /** It leaves the graph. */
  | { readonly kind: 'output' }
  /** It goes into a loop, or comes out of one. */
  | { readonly kind: 'loop' }
  /** It ends what can follow this sum in its own loop: whoever computed it again would do the sum again. */
  | { readonly kind: 'sum'; readonly of: Equation }
  /** It has sums over rows, and this equation reads it otherwise than row by row. */
  | { readonly kind: 'rows'; readonly reader: Equation }
  /** It meets itself in this comparison, and computed in two places it might be two numbers. */
  | { readonly kind: 'compared'; readonly in: Equation }
  /**
   * Each element, of so many operations, would be computed so many times: in so many sums and stored values, most often
   * in `most`.
   */
  | {
      readonly kind: 'repeated'
      readonly times: number
      readonly operations: number
      readonly users: number
      readonly most: Equation | Value
    }
  /** So many nests would each read all that it is made of, so many tensors of its size. */
  | { readonly kind: 'reads'; readonly tensors: number; readonly users: number }
  /** An expression of so many equations ends with it. */
  | { readonly kind: 'long'; readonly equations: number }

/** One for each value that is stored. */
export type Reasons = ReadonlyMap<Value, Reason>
