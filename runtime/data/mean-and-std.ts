import type { Columns, Dataset } from './dataset.ts'
import { sizeOf } from './host-tensor.ts'

export interface MeanAndStd {
  /** Of each number of a row. */
  readonly mean: Float64Array
  /** The standard deviation of the rows that there are: the root of the mean squared distance from the mean. */
  readonly std: Float64Array
}

export interface MeanAndStdOptions {
  /** Average over the numbers of a row as well: one mean and one std. Default false. */
  readonly overRow?: boolean
  /** How many rows are in memory at a time. Default 1024. */
  readonly block?: number
}

/**
 * Mean and standard deviation of a column, in float64, a block of rows after the other: what it takes to standardise.
 * By the updates of Chan, Golub and LeVeque for merging what is known of two samples, so that nothing is lost where the
 * mean is large.
 *
 * @throws RangeError where there are no rows, or `block` is no whole number from 1.
 */
export async function meanAndStd<C extends Columns>(
  dataset: Dataset<C>,
  column: keyof C & string,
  { overRow = false, block = 1024 }: MeanAndStdOptions = {},
): Promise<MeanAndStd> {
  if (!Number.isSafeInteger(block) || block < 1)
    throw new RangeError(`meanAndStd: block is ${block}; it must be a whole number of rows, from 1`)
  const { size } = dataset
  if (size === 0) throw new RangeError('meanAndStd: there are no rows')
  if (!Object.hasOwn(dataset.columns, column)) throw new TypeError(`meanAndStd: there is no column ${column}`)
  const perRow = sizeOf(dataset.columns[column]!.shape)
  const width = overRow ? 1 : perRow
  const mean = new Float64Array(width)
  const squares = new Float64Array(width)
  let count = 0
  for (let start = 0; start < size; start += block) {
    const length = Math.min(block, size - start)
    const rows = await dataset.rows(Uint32Array.from({ length }, (_, i) => start + i))
    const added = (length * perRow) / width
    merge({ mean, squares, count }, rows[column]!, added)
    count += added
  }
  return { mean, std: squares.map((sum) => Math.sqrt(sum / count)) }
}

interface Known {
  readonly mean: Float64Array
  /** Sums of squared distances from the mean. */
  readonly squares: Float64Array
  readonly count: number
}

function merge({ mean, squares, count }: Known, values: ArrayLike<number>, added: number): void {
  const width = mean.length
  for (let k = 0; k < width; k++) {
    let sum = 0
    for (let i = k; i < values.length; i += width) sum += values[i]!
    const theirs = sum / added
    let around = 0
    for (let i = k; i < values.length; i += width) around += (values[i]! - theirs) ** 2
    const apart = theirs - mean[k]!
    const all = count + added
    squares[k]! += around + (apart * apart * count * added) / all
    mean[k]! += (apart * added) / all
  }
}
