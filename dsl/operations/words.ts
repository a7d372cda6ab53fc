import type { Held } from '../trace/held.ts'

/** The axes of a value that its author does not see: the two words of a key, which stay last and whole. */
export const wordsOf = (x: Held): readonly number[] => x.value.type.shape.slice(x.shape.length)
