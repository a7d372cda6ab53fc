import { readFile } from 'node:fs/promises'
import { type ColumnOptions, columnOf, type StoredColumn } from '../../data/column.ts'
import { DataError } from '../../data/data-error.ts'
import { type Column, type ColumnDType, type Dataset, dataset, type Mutable } from '../../data/dataset.ts'
import { type HostTensor, sizeOf } from '../../data/host-tensor.ts'
import { type NpyDType, parseNpy, serializeNpy } from '../../data/npy.ts'
import { type NpzTensors, parseNpz } from '../../data/npz.ts'
import { writeAtomically } from '../atomic-write.ts'

/**
 * A `.npy` file: as the tensor that it is, or as a column for `dataset`, whose rows have the shape that is given.
 *
 * @throws DataError where the file is malformed, or its rows are of another shape.
 */
export function loadNpy(path: string): Promise<HostTensor<NpyDType>>
export function loadNpy<const S extends readonly number[], D extends ColumnDType = 'f32'>(
  path: string,
  options: ColumnOptions<S, D>,
): Promise<StoredColumn<Mutable<S>, D>>
export async function loadNpy(path: string, options?: ColumnOptions) {
  const tensor = await parseNpy(await readFile(path), path)
  return options ? columnOf(tensor, options, path) : tensor
}

/** Writes a `.npy` file, whole or not at all: `saveNpy('samples.npy', { dtype: 'f32', shape: [1000, 2], data })`. */
export const saveNpy = async (path: string, tensor: HostTensor<NpyDType>): Promise<void> =>
  writeAtomically(path, [serializeNpy(tensor)])

/** Which tensors of a `.npz` file become columns. */
export interface NpzOptions<O extends NpzColumns = NpzColumns> {
  readonly columns: O
}
export type NpzColumns = { readonly [name: string]: NpzColumn }
export interface NpzColumn extends ColumnOptions {
  /** The tensor's name in the file. That of the column unless given. */
  readonly from?: string
}
type NpzDataset<O extends NpzColumns> = Dataset<{
  readonly [K in keyof O]: Column<
    Mutable<O[K]['shape']>,
    O[K] extends { readonly dtype: infer D extends ColumnDType } ? D : 'f32'
  >
}>

/**
 * A `.npz` file: all its tensors, or a dataset of some of them. Needs the package `fflate` where it is compressed.
 *
 * @throws DataError where the file is malformed, a tensor is not there, or rows are of another shape.
 */
export function loadNpz(path: string): Promise<NpzTensors>
export function loadNpz<const O extends NpzColumns>(path: string, options: NpzOptions<O>): Promise<NpzDataset<O>>
export async function loadNpz(path: string, options?: NpzOptions) {
  const tensors = await parseNpz(await readFile(path), path)
  if (!options) return tensors
  const columns = Object.entries(options.columns).map(([name, column]) => {
    const { from = name } = column
    if (!Object.hasOwn(tensors, from))
      throw new DataError(path, undefined, `expected a tensor '${from}', found ${Object.keys(tensors).join(', ')}`)
    return [name, columnOf(tensors[from]!, column, `${path}/${from}.npy`)] as const
  })
  checkRows(columns, path)
  return dataset(Object.fromEntries(columns))
}

function checkRows(
  columns: readonly (readonly [string, StoredColumn<readonly number[], ColumnDType>])[],
  path: string,
): void {
  const rows = columns.map(([, { data, shape }]) => data.length / sizeOf(shape))
  const other = rows.findIndex((count) => count !== rows[0])
  if (other > 0)
    throw new DataError(
      path,
      undefined,
      `expected ${rows[0]} rows of ${columns[other]![0]}, as many as of ${columns[0]![0]}, found ${rows[other]}`,
    )
}
