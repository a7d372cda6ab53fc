/**
 * `is<T>()(value)` compiles only where the value's type is T exactly. In boxes, not in tuples: of each tuple tsc makes
 * all the methods of an array.
 */
export const is =
  <T>() =>
  <U>(value: U, ..._same: { t: T; u: U } extends { t: U; u: T } ? [] : ['not that type']): U =>
    value
