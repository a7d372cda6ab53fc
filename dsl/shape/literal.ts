import { described } from '../error.ts'
import type { Shape, Show } from './dim.ts'
import { show } from './dim.ts'

/** Numbers or booleans, in lists of lists as deep as the tensor has axes; the rule looks inside. */
export type Nested = number | boolean | readonly unknown[]

/** The shape of nested lists: theirs and their first rows'; the other rows are like the first. */
export type NestedShape<T> = T extends readonly unknown[]
  ? T extends readonly []
    ? [0]
    : NestedShape<Head<T>> extends infer First
      ? First extends Shape
        ? [NestedShape<T[number]>] extends [First]
          ? [T['length'], ...First]
          : `shape error: tensor: the rows are not all of shape ${Show<First>}, which the first has`
        : First
      : never
  : T extends number | boolean
    ? []
    : `type error: tensor: ${T extends string ? `'${T}'` : 'something'} is not a number`
type Head<T extends readonly unknown[]> = T extends readonly [infer First, ...unknown[]] ? First : T[number]

export function nestedShape(nested: unknown): readonly number[] | string {
  if (typeof nested === 'number' || typeof nested === 'boolean') return []
  if (!Array.isArray(nested)) return `type error: tensor: ${described(nested)} is not a number`
  const [first, ...rest] = nested.map(nestedShape)
  if (first === undefined) return [0]
  if (typeof first === 'string') return first
  return rest.every((row) => typeof row !== 'string' && show(row) === show(first))
    ? [nested.length, ...first]
    : `shape error: tensor: the rows are not all of shape ${show(first)}, which the first has`
}
