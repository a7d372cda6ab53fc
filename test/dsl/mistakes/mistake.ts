import { bool, f32, i32, key, type Tensors } from '../../../dsl/index.ts'
import { field } from '../listing.ts'

// Wrong programs, in the other files of this folder. TypeScript rejects each, and so does tracing, where the types are
// not looked at; both say `says`. The expected errors are switched off here by a comment above the line, and a test
// takes the comments out to see what TypeScript prints.

export interface Mistake {
  readonly says: string
  readonly run: (given: Given) => unknown
}
/** A list that TypeScript reads as a tuple, for it compares each entry of an array with every other. */
export type Mistakes = readonly [Mistake, ...Mistake[]]

export const specs = {
  params: field.params,
  x: f32('n', 2),
  y: f32('m', 2),
  t: f32('n'),
  ids: i32('n'),
  flag: bool('n'),
  w: f32(3, 4),
  seed: key(),
}
export type Given = Tensors<typeof specs>
export const sizes = { n: 6, m: 7 }
