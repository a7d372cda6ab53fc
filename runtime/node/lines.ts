import { appendFile, truncate } from 'node:fs/promises'
import { reasonOf, writeAtomically } from './atomic-write.ts'

/** A file of lines that grows. */
export interface Lines {
  /** Makes it what it is to begin with. */
  begin(): Promise<void>
  /** Adds a line. Where that cannot be, as on a full disk, it is told, and done with the next. */
  add(line: string): Promise<void>
  /** Rejects where there are lines that could not be written. */
  end(): Promise<void>
}

/** @param first with which it begins, in place of what it has. */
export function linesOf(path: string, first: readonly string[], tell: (message: string) => void): Lines {
  /** Bytes that are known to be whole lines. */
  let length = 0
  let waiting = ''
  let failure: unknown
  const flush = async (): Promise<void> => {
    const text = waiting
    try {
      // What was written in part is written again.
      if (failure !== undefined) await truncate(path, length)
      await appendFile(path, text)
      length += Buffer.byteLength(text)
      waiting = waiting.slice(text.length)
      failure = undefined
    } catch (error) {
      if (failure === undefined) tell(`warning: ${path}: not written, since ${reasonOf(error)}; it will be tried again`)
      failure = error
    }
  }
  let flushing: Promise<void> = Promise.resolve()
  return {
    async begin() {
      const text = first.join('')
      await writeAtomically(path, text)
      length = Buffer.byteLength(text)
    },
    add(line) {
      waiting += line
      flushing = flushing.then(flush)
      return flushing
    },
    async end() {
      await flushing
      if (waiting !== '') await flush()
      if (failure !== undefined) throw new Error(`${path}: not written, since ${reasonOf(failure)}`, { cause: failure })
    },
  }
}
