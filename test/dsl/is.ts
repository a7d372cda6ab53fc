/** `is<T>()(value)` compiles only where the value's type is T exactly. */
export const is =
  <T>() =>
  <U>(value: U, ..._same: [T, U] extends [U, T] ? [] : ['not that type']): U =>
    value
