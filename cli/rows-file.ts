import { extname } from 'node:path'
import { saveNpy, writeAtomically } from '../runtime/node/index.ts'
import { checkWritten } from './written-file.ts'

/**
 * Looks, before there is anything to write, whether a file of rows can be written, as `checkWritten` does.
 *
 * @throws Error as that, and where it is neither .npy nor .csv.
 */
export async function checkRowsFile(path: string, read: readonly string[] = []): Promise<string> {
  const extension = extname(path).toLowerCase()
  if (extension !== '.npy' && extension !== '.csv')
    throw new Error(`--out takes FILE.npy or FILE.csv, was given '${path}'`)
  return checkWritten('out', path, read)
}

/**
 * Rows of numbers, [n, fields], as a .npy file, or as CSV whose first line has the names: whole or not at all, and the
 * same numbers when they are read again.
 */
export async function saveRows(path: string, data: Float32Array, fields: readonly string[]): Promise<void> {
  const width = fields.length
  const rows = data.length / width
  if (extname(path).toLowerCase() === '.npy') return saveNpy(path, { dtype: 'f32', shape: [rows, width], data })
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width), decimal).join(','),
  )
  await writeAtomically(path, `${[fields.join(','), ...lines].join('\n')}\n`)
}

/** Nine digits are enough for any f32 to be read again as it was. */
const decimal = (value: number): string => `${Number(value.toPrecision(9))}`
