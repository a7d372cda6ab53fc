import { appendFile, truncate } from 'node:fs/promises'
import { reasonOf, writeAtomically } from './atomic-write.ts'

/** A file that grows by whole records: lines, or events. */
export interface GrowingFile {
  /** Makes it what it is to begin with, in place of what it has; without this it begins with nothing. */
  begin(text: string): Promise<void>
  /** Adds a record. Where that cannot be, as on a full disk, it is told, and done with the next. */
  add(record: string | Uint8Array): Promise<void>
  /** Rejects where there are records that could not be written. */
  end(): Promise<void>
}

export function growingFile(path: string, tell: (message: string) => void): GrowingFile {
  /** Bytes that are known to be whole records. */
  let length = 0
  let waiting = Buffer.alloc(0)
  let failure: unknown
  const flush = async (): Promise<void> => {
    const bytes = waiting
    try {
      // What was written in part is written again.
      if (failure !== undefined) await truncate(path, length).catch(unlessMissing)
      await appendFile(path, bytes)
      length += bytes.length
      waiting = waiting.subarray(bytes.length)
      failure = undefined
    } catch (error) {
      if (failure === undefined) tell(`warning: ${path}: not written, since ${reasonOf(error)}; it will be tried again`)
      failure = error
    }
  }
  let flushing: Promise<void> = Promise.resolve()
  return {
    async begin(text) {
      await writeAtomically(path, text)
      length = Buffer.byteLength(text)
    },
    add(record) {
      waiting = Buffer.concat([waiting, typeof record === 'string' ? Buffer.from(record) : record])
      flushing = flushing.then(flush)
      return flushing
    },
    async end() {
      await flushing
      if (waiting.length > 0) await flush()
      if (failure !== undefined) throw new Error(`${path}: not written, since ${reasonOf(failure)}`, { cause: failure })
    },
  }
}

/** A file that could not even be made. */
function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
