import type { AnyTensor } from '../tensor.ts'

// A rule is what an operation makes, or a string that says why it cannot; a check is never, or such a string. The
// string becomes the type of the parameter, so that tsc prints it as its one-line complaint. The value-level twin of a
// rule likewise gives what is made, or the string.

/**
 * The type of a parameter: what was given where the rule holds, else the complaint. `infer` keeps inference from
 * walking into the rule.
 */
export type Needs<Rule, Given> = [Rule] extends [never]
  ? Given
  : Rule extends infer Complaint extends string
    ? Complaint
    : Given

/** The type of a result. */
export type Makes<Rule> = Rule extends string ? AnyTensor : Rule

/** The first check's complaint, else the second's. */
export type Or<Check, Next> = [Check] extends [never] ? Next : Check

/** True for any, of which types that look into trees would find no end. */
export type IsAny<T> = 0 extends 1 & T ? true : false

/** T as the type of a result, not to be inferred from what the result is used for. */
export type Same<T> = T extends infer G ? G : never
