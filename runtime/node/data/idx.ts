import { readFile } from 'node:fs/promises'
import { type ColumnOptions, columnOf, type StoredColumn } from '../../data/column.ts'
import type { ColumnDType, Mutable } from '../../data/dataset.ts'
import type { HostTensor } from '../../data/host-tensor.ts'
import { type IdxDType, parseIdx } from '../../data/idx.ts'

/**
 * An IDX file, also one that was compressed by gzip (then it needs the package `fflate`): as the tensor that it is, or
 * as a column for `dataset`, whose rows have the shape that is given: `dataset({ image: await loadIdx(path, { shape:
 * [28, 28] }) })`.
 *
 * @throws DataError where the file is malformed, or its rows are of another shape.
 */
export function loadIdx(path: string): Promise<HostTensor<IdxDType>>
export function loadIdx<const S extends readonly number[], D extends ColumnDType = 'f32'>(
  path: string,
  options: ColumnOptions<S, D>,
): Promise<StoredColumn<Mutable<S>, D>>
export async function loadIdx(path: string, options?: ColumnOptions) {
  const tensor = await parseIdx(await readFile(path), path)
  return options ? columnOf(tensor, options, path) : tensor
}
