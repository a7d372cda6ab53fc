import { messageOf } from '../message-of.ts'
import { DataError } from './data-error.ts'
import { installed } from './installed.ts'

/** The records of a CSV file, as texts. */
export interface Records {
  /** Gives each to a function, one after the other; nothing of them is kept. */
  forEach(take: (fields: readonly string[]) => void): void
  /** Throws what is wrong with the record that is being taken, or read: a DataError with its line and byte. */
  fail(problem: string, cause?: unknown): never
}

export async function records(bytes: Uint8Array, file: string, delimiter: string): Promise<Records> {
  const { parse } = await installed('csv-parse', import('csv-parse/browser/esm/sync'))
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  let start = mark
  const fail = (problem: string, cause?: unknown): never => {
    while (isBreak(bytes[start])) start++
    throw new DataError(file, start, `line ${lineAt(bytes, start)}: ${problem}`, { cause })
  }
  return {
    fail,
    forEach: (take) => {
      let reading = true
      try {
        parse(bytes.subarray(mark), {
          delimiter,
          record_delimiter: ['\r\n', '\n', '\r'],
          trim: true,
          skip_empty_lines: true,
          relax_column_count: true,
          on_record: (fields: string[], { bytes: end }) => {
            reading = false
            take(fields)
            reading = true
            start = mark + end
            return null
          },
        })
      } catch (error) {
        if (!reading) throw error
        const said = messageOf(error)
        fail(`expected fields between '${delimiter}', found a quote out of place (${said})`, error)
      }
    },
  }
}

const isBreak = (byte: number | undefined): boolean => byte === 10 || byte === 13

/** Lines end with \n, \r or both. */
function lineAt(bytes: Uint8Array, offset: number): number {
  let line = 1
  for (let i = 0; i < offset; i++) if (bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10)) line++
  return line
}
