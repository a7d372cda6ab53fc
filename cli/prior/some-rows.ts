import { rowsAt } from '../../models/projections/features.ts'

/** As many rows as there are up to `most`, from all over: files are often sorted. */
export function someRows(data: Float32Array, width: number, most: number): Float32Array {
  const rows = data.length / width
  const count = Math.min(rows, most)
  return rowsAt(
    data,
    width,
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count)),
  )
}
