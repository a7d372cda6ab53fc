import type { Columns, Dataset } from '../../runtime/data/dataset.ts'
import { asF32, type HostTensor, sizeOf } from '../../runtime/data/host-tensor.ts'
import { narrowed } from './narrowed.ts'

/** Rows of features, all of one width F: what a projection is fitted to. */
export interface Features<F extends number = number> {
  /** [n, F] row-major. */
  readonly data: Float32Array
  /** F. */
  readonly dimension: F
}

/**
 * All rows of a column as features, each row flattened: `await columnFeatures(await loadMnist(), 'image')` has 10,000
 * rows of 784. All of them are in memory then.
 *
 * @throws TypeError where there is no such column of f32.
 */
export async function columnFeatures<C extends Columns>(
  dataset: Dataset<C>,
  column: keyof C & string,
): Promise<Features> {
  const found = Object.hasOwn(dataset.columns, column) ? dataset.columns[column] : undefined
  if (found?.dtype !== 'f32') {
    const columns = Object.entries(dataset.columns).map(([name, { dtype }]) => `${name} (${dtype})`)
    throw new TypeError(`columnFeatures: expected ${column} to be a column of f32; there are ${columns.join(', ')}`)
  }
  const rows = await dataset.rows(Uint32Array.from({ length: dataset.size }, (_, i) => i))
  return { data: rows[column] as Float32Array, dimension: sizeOf(found.shape) }
}

/**
 * A tensor of a file as features, a row for each index of its first axis: `tensorFeatures(await
 * loadNpy('embeddings.npy'))`, or a tensor of a `.safetensors` file.
 *
 * @throws RangeError where it has no rows, whole numbers that f32 does not have exactly, or floats of 64 bits of which
 * f32 loses more than a little.
 */
export function tensorFeatures(tensor: HostTensor): Features {
  const [, ...row] = tensor.shape
  const dimension = sizeOf(row)
  if (tensor.shape.length < 2 || dimension < 1)
    throw new RangeError(
      `tensorFeatures: expected a tensor of rows, such as [20000, 768]; got [${tensor.shape.join(', ')}]`,
    )
  const { data } = tensor
  return { data: data instanceof Float64Array ? narrowed('tensorFeatures', data, dimension) : asF32(tensor), dimension }
}

/** The number of rows, of which there must be `least`; `of` is who asks, in messages. */
export function checkFeatures(of: string, { data, dimension }: Features, least = 2): number {
  if (!(Number.isSafeInteger(dimension) && dimension >= 1))
    throw new RangeError(`${of}: expected features of a whole number of dimensions; got ${dimension}`)
  const rows = checkRows(of, data, dimension)
  if (rows < least)
    throw new RangeError(`${of}: expected at least ${least} rows of features; got ${rows}: give more rows`)
  return rows
}

/** The number of rows of this width. Throws where they are not whole, or a number is NaN or infinite. */
export function checkRows(of: string, data: Float32Array, width: number): number {
  if (data.length % width !== 0)
    throw new RangeError(
      `${of}: expected rows of ${width} numbers; got ${data.length} numbers, which are ${(data.length / width).toFixed(2)} rows: check the width`,
    )
  const wrong = data.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0)
    throw new RangeError(
      `${of}: expected finite numbers; row ${Math.floor(wrong / width)} has ${data[wrong]} at ${wrong % width}: repair or drop that row`,
    )
  return data.length / width
}

/** Throws where a width is not a whole number from 1 to `most`. */
export function checkLatentDim(of: string, latentDim: number, most = Number.POSITIVE_INFINITY): void {
  if (Number.isSafeInteger(latentDim) && latentDim >= 1 && latentDim <= most) return
  const limit = most === Number.POSITIVE_INFINITY ? 'from 1' : `from 1 to the ${most} of the features`
  throw new RangeError(`${of}: expected a whole number of latent dimensions ${limit}; got ${latentDim}`)
}

/** The rows of these indices, one after the other. */
export function rowsAt(data: Float32Array, width: number, indices: Uint32Array): Float32Array {
  const made = new Float32Array(indices.length * width)
  for (const [to, from] of indices.entries()) made.set(data.subarray(from * width, (from + 1) * width), to * width)
  return made
}

/** As many rows as there are up to `most`, from all over: what comes from files is often sorted. */
export function spreadRows(data: Float32Array, width: number, most: number): Float32Array {
  const rows = data.length / width
  const count = Math.min(rows, most)
  return rowsAt(
    data,
    width,
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count)),
  )
}
