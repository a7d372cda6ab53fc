import { lineOf } from '../ir/source.ts'
import type { Note } from '../kernel/kernel.ts'
import type { Origin } from '../kernel/scalars.ts'

/** What a statement says of where its value comes from: its name, and the author's line where that is known. */
export const noteOf =
  ({ name, source }: Origin): Note =>
  () => {
    const line = lineOf(source)
    return line && `${name}, ${line}`
  }
