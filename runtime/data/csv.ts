import { type Records, records } from './csv-records.ts'
import { DataError } from './data-error.ts'
import { type Column, type ColumnDType, type Dataset, dataset, type Given } from './dataset.ts'
import { gunzipped } from './gzip.ts'

/** Numbers of one field of the file, or of several, which are a vector. */
interface CsvNumbers {
  /** The field of the file, or a list of fields. That of the column's name unless given. */
  readonly from?: string | readonly string[]
  /** Default 'f32'. */
  readonly dtype?: ColumnDType
  /** What a missing number is read as, such as NaN. It is an error unless given. */
  readonly otherwise?: number
  readonly labels?: never
}

/** A field that has one of these words, as the index of the word. */
interface CsvLabels {
  readonly from?: string
  readonly labels: readonly string[]
  readonly dtype?: never
  readonly otherwise?: never
}
export type CsvColumn = CsvNumbers | CsvLabels
export type CsvColumns = { readonly [name: string]: CsvColumn }

export interface CsvOptions<O extends CsvColumns = CsvColumns> {
  /** The columns of the dataset, and where they come from. */
  readonly columns: O
  /** The names of the fields where the file's first line does not say them. */
  readonly header?: readonly string[]
  /** Default ','. */
  readonly delimiter?: string
  /** The texts that stand for a missing number. Default: only the empty one. */
  readonly missing?: readonly string[]
}

type ColumnOf<O> = O extends { readonly labels: readonly string[] }
  ? Column<[], 'u32'>
  : Column<
      O extends { readonly from: infer F extends readonly string[] } ? [F['length']] : [],
      O extends { readonly dtype: infer D extends ColumnDType } ? D : 'f32'
    >
export type CsvDataset<O extends CsvColumns> = Dataset<{ readonly [K in keyof O]: ColumnOf<O[K]> }>

/**
 * The rows of a CSV file (UTF-8, fields in quotes where they need them), also one that was compressed by gzip. Needs
 * the package `csv-parse`.
 *
 * @param name what errors call it.
 * @throws DataError where a field is missing, or is not what its column says.
 */
export async function parseCsv<const O extends CsvColumns>(
  bytes: Uint8Array,
  name: string,
  options: CsvOptions<O>,
): Promise<CsvDataset<O>> {
  const { delimiter = ',', missing = [''] } = options
  const expanded = await gunzipped(bytes, name)
  const { fail, forEach } = await records(expanded.bytes, expanded.file, delimiter)
  let header = options.header
  let readers: readonly Reader[] | undefined
  if (header) readers = readersOf(options.columns, header, missing, fail)
  forEach((fields) => {
    if (!header || !readers) {
      header = fields
      readers = readersOf(options.columns, header, missing, fail)
      return
    }
    if (fields.length !== header.length) fail(`expected ${header.length} fields, found ${fields.length}`)
    for (const { read } of readers) read(fields)
  })
  if (!readers) throw new DataError(expanded.file, 0, 'expected a line with the names of the fields, found none')
  return dataset(Object.fromEntries(readers.map(({ name, column }) => [name, column()]))) as unknown as CsvDataset<O>
}

/** What fills one column. */
interface Reader {
  readonly name: string
  /** Takes what is its of a record. */
  read(fields: readonly string[]): void
  /** All that it took. */
  column(): Given
}

type Fail = Records['fail']

const readersOf = (
  columns: CsvColumns,
  header: readonly string[],
  missing: readonly string[],
  fail: Fail,
): readonly Reader[] =>
  Object.entries(columns).map(([name, column]) => {
    const { from = name } = column
    const fields = typeof from === 'string' ? [from] : from
    const indices = fields.map((field) => indexIn(header, field, fail))
    const dtype = column.labels ? 'u32' : (column.dtype ?? 'f32')
    const value = column.labels
      ? labelReader(column.labels, fail)
      : numberReader(dtype, missing, checkedOtherwise(name, dtype, column.otherwise), fail)
    const all = growing(dtype)
    return {
      name,
      read: (record) => {
        for (let i = 0; i < indices.length; i++) all.push(value(record[indices[i]!]!, fields[i]!))
      },
      column: () => ({ shape: typeof from === 'string' ? [] : [from.length], data: all.whole() }),
    }
  })

function indexIn(header: readonly string[], field: string, fail: Fail): number {
  const index = header.indexOf(field)
  if (index < 0) fail(`expected a field named '${field}', found ${shortened(header.join(', '))}`)
  if (header.indexOf(field, index + 1) >= 0) fail(`expected one field named '${field}', found several`)
  return index
}

function labelReader(labels: readonly string[], fail: Fail) {
  const numbers = new Map(labels.map((label, number) => [label, number]))
  return (text: string, field: string): number =>
    numbers.get(text) ??
    fail(`expected ${field} to be one of ${shortened(labels.join(', '))}, found ${shortened(JSON.stringify(text))}`)
}

const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

function numberReader(dtype: ColumnDType, missing: readonly string[], otherwise: number | undefined, fail: Fail) {
  const { what, has } = numbersOf[dtype]
  return (text: string, field: string): number => {
    if (otherwise !== undefined && missing.includes(text)) return otherwise
    const value = isNumber.test(text) ? Number(text) : Number.NaN
    return has(value) ? value : fail(`expected ${field} to be ${what}, found ${shortened(JSON.stringify(text))}`)
  }
}

const numbersOf = {
  f32: { what: 'a number (f32)', has: (value: number) => Number.isFinite(Math.fround(value)) },
  i32: { what: 'a whole number (i32)', has: (value: number) => value === (value | 0) },
  u32: { what: 'a whole number (u32)', has: (value: number) => value === value >>> 0 },
} as const

function checkedOtherwise(name: string, dtype: ColumnDType, otherwise: number | undefined): number | undefined {
  if (otherwise !== undefined && dtype !== 'f32' && !numbersOf[dtype].has(otherwise))
    throw new TypeError(`columns: ${name} is ${dtype}, which does not have the number ${otherwise} for what is missing`)
  return otherwise
}

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}...` : text)

/** An array that becomes as long as it has to be. */
function growing(dtype: ColumnDType) {
  const make = { f32: Float32Array, i32: Int32Array, u32: Uint32Array }[dtype]
  let values = new make(64)
  let length = 0
  return {
    push(value: number): void {
      if (length === values.length) {
        const larger = new make(2 * length)
        larger.set(values)
        values = larger
      }
      values[length++] = value
    },
    whole: () => values.slice(0, length),
  }
}
