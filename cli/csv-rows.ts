import { readFile } from 'node:fs/promises'
import { columnFeatures, type Features } from '../models/index.ts'
import { records } from '../runtime/data/csv-records.ts'
import { gunzipped } from '../runtime/data/gzip.ts'
import { parseCsv } from '../runtime/data/index.ts'
import { messageOf } from '../runtime/message-of.ts'
import { didYouMean } from '../studies/nearest.ts'

/** Rows of numbers, and what was not taken as it stands there. */
export interface CsvRows extends Features {
  readonly notes: readonly string[]
}

/**
 * The rows of a CSV file: of the fields that `column` names, or of all. What pandas writes beside numbers is known:
 * names that count from 0, and an index, whose field has no name.
 *
 * @throws Error where there is no such field, or one is no number; where fields are apart by something else than
 * commas, it says so.
 */
export async function csvRows(path: string, column: string | undefined): Promise<CsvRows> {
  const { bytes, file } = await gunzipped(await readFile(path), path)
  const lines = firstLines(bytes)
  if (lines.length === 0) throw new Error(`${path}: expected rows of numbers, found an empty file`)
  const fields = await fieldsOf(lines[0]!, path)
  const separator = separatorOf(lines)
  if (fields.length === 1 && separator !== undefined) throw new Error(`${path}: ${apartBy(separator)}`)
  const isCounted = fields.every((field, i) => field === `${i}`)
  // Without names on the first line they are numbers themselves.
  const isNamed = isCounted || fields.some((field) => !Number.isFinite(Number(field)) || field === '')
  const header = isNamed ? fields : fields.map((_, i) => `${i}`)
  const from = column === undefined ? header : column.split(',').map((field) => field.trim())
  const missing = from.find((field) => !header.includes(field))
  if (missing !== undefined)
    throw new Error(
      `${path} has no field '${missing}', but ${header.slice(0, 20).join(', ')}${didYouMean(missing, header)}`,
    )
  const counted = isCounted ? [`${path}: its first line counts from 0, and is taken for names of its fields`] : []
  try {
    const columns = { row: { from } }
    const rows = await columnFeatures(await parseCsv(bytes, file, { columns, ...(!isNamed && { header }) }), 'row')
    if (column !== undefined || !isUnnamed(header[0]!) || rows.dimension < 2) return { ...rows, notes: counted }
    if (!isIndex(rows))
      return { ...rows, notes: [`${path}: its first field has no name, and is a feature: it does not count rows`] }
    return { ...withoutFirst(rows), notes: [`${path}: its first field has no name and counts rows: left out`] }
  } catch (error) {
    const said = messageOf(error)
    const advice =
      separator !== undefined
        ? `; ${apartBy(separator)}`
        : column === undefined
          ? '; --column a,b takes some fields alone'
          : ''
    throw new Error(`${said}${advice}`, { cause: error })
  }
}

/** As pandas writes it, and writes it again where it was read as a field. */
const isUnnamed = (name: string): boolean => name === '' || name === 'Unnamed: 0'

/**
 * Whether the first field tells rows apart: whole numbers from 0 of which none comes twice, in any order, as rows that
 * were shuffled have them.
 */
function isIndex({ data, dimension }: Features): boolean {
  const numbers = data.filter((_, i) => i % dimension === 0)
  const isWhole = numbers.every((value, row) => value === Math.fround(row) || (Number.isInteger(value) && value >= 0))
  // Beyond these f32 has not all of them.
  return isWhole && (new Set(numbers).size === numbers.length || numbers.length > 2 ** 24)
}

function withoutFirst({ data, dimension }: Features): Features {
  return { data: data.filter((_, i) => i % dimension !== 0), dimension: dimension - 1 }
}

/** The first two that are not empty, as texts. */
function firstLines(bytes: Uint8Array): readonly string[] {
  const lines: string[] = []
  const isEnd = (byte: number) => byte === 10 || byte === 13
  for (let start = 0; lines.length < 2 && start < bytes.length; ) {
    const after = bytes.subarray(start)
    const length = after.findIndex(isEnd)
    const line = new TextDecoder().decode(after.subarray(0, length < 0 ? undefined : length))
    if (line.trim() !== '') lines.push(line)
    start = length < 0 ? bytes.length : start + length + 1
  }
  return lines
}

async function fieldsOf(line: string, path: string): Promise<readonly string[]> {
  const { forEach } = await records(new TextEncoder().encode(line), path, ',')
  let first: readonly string[] = []
  forEach((fields) => {
    first = fields
  })
  return first
}

const separators = [
  [';', /;/],
  ['a tab', /\t/],
  ['|', /\|/],
  ['spaces', /(?<=\S) +(?=\S)/],
] as const

/** What is between fields where it is no comma: it is there as often on both lines. */
function separatorOf(lines: readonly string[]): string | undefined {
  const found = separators.find(([, between]) => {
    const counts = lines.map((line) => line.split(between).length)
    return counts[0]! > 1 && counts.every((count) => count === counts[0])
  })
  return found?.[0]
}

const apartBy = (separator: string): string =>
  `expected commas between fields, found ${separator.length === 1 ? `'${separator}'` : separator}: write it with commas, as pandas does with to_csv(sep=',')`
