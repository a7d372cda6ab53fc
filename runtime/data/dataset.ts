/** What a row has in a column: `[28, 28]` of f32, `[]` of u32. */
export interface Column<S extends readonly number[] = readonly number[], D extends ColumnDType = ColumnDType> {
  readonly shape: S
  readonly dtype: D
}
export type ColumnDType = 'f32' | 'i32' | 'u32'
export type Columns = { readonly [name: string]: Column }

interface Arrays {
  readonly f32: Float32Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
}
/** Rows of each column, one after the other. */
export type Rows<C extends Columns> = { readonly [K in keyof C]: Arrays[C[K]['dtype']] }

/**
 * Rows of typed columns. Nothing need be in memory before rows are asked for, and the columns of one are never changed.
 */
export interface Dataset<C extends Columns = Columns> {
  /** How many rows there are. */
  readonly size: number
  readonly columns: C
  /** The rows of these numbers, in this order. Rejects with a RangeError where there is no such row, and with a DataError where a file is not what it was. */
  rows(indices: ArrayLike<number>): Promise<Rows<C>>
}

/** What a dataset is made of: all rows of a column, one after the other. */
export interface Given<S extends readonly number[] = readonly number[]> {
  /** Of a row; [] unless given. */
  readonly shape?: S
  readonly data: Float32Array | Int32Array | Uint32Array
}
type ColumnOf<G> = G extends { readonly data: infer A }
  ? Column<
      G extends { readonly shape: infer S extends readonly number[] } ? S : [],
      A extends Float32Array ? 'f32' : A extends Int32Array ? 'i32' : 'u32'
    >
  : never

/** A dataset of arrays that are in memory: `dataset({ image: { shape: [28, 28], data }, label: { data: labels } })`. */
export function dataset<const G extends { readonly [name: string]: Given }>(
  given: G,
): Dataset<{ readonly [K in keyof G]: ColumnOf<G[K]> }> {
  const sizes = Object.entries(given).map(([name, { shape = [], data }]) => {
    const width = shape.reduce((product, size) => product * size, 1)
    if (width < 1 || data.length % width !== 0)
      throw new RangeError(
        `dataset: ${name} has ${data.length} elements, which are no whole number of rows of [${shape.join(', ')}]`,
      )
    return { name, rows: data.length / width }
  })
  const [first, ...others] = sizes
  if (!first) throw new TypeError('dataset: it needs a column at least: dataset({ x: { shape: [2], data } })')
  for (const { name, rows } of others)
    if (rows !== first.rows)
      throw new RangeError(
        `dataset: ${first.name} has ${first.rows} rows and ${name} has ${rows}; they must be as many`,
      )
  const columns = Object.fromEntries(
    Object.entries(given).map(([name, { shape = [], data }]) => [name, { shape, dtype: dtypeOf(data) }]),
  )
  const arrays = Object.fromEntries(Object.entries(given).map(([name, { data }]) => [name, data]))
  const { rows: size } = first
  return {
    size,
    columns,
    rows: async (indices: ArrayLike<number>) => gathered(size, columns, arrays, indices),
  } as never
}

const dtypeOf = (data: Given['data']): ColumnDType =>
  data instanceof Float32Array ? 'f32' : data instanceof Int32Array ? 'i32' : 'u32'

function gathered(
  size: number,
  columns: Columns,
  arrays: { readonly [name: string]: Given['data'] },
  indices: ArrayLike<number>,
): Rows<Columns> {
  checkIndices(size, indices)
  return Object.fromEntries(
    Object.entries(columns).map(([name, { shape }]) => {
      const all = arrays[name]!
      const width = shape.reduce((product, length) => product * length, 1)
      const some = all.slice(0, 0).constructor as { new (length: number): Given['data'] }
      const made = new some(indices.length * width)
      for (let i = 0; i < indices.length; i++)
        made.set(all.subarray(indices[i]! * width, (indices[i]! + 1) * width), i * width)
      return [name, made]
    }),
  )
}

/** For who implements `rows`: throws where one of them is not there. */
export function checkIndices(size: number, indices: ArrayLike<number>): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    if (!Number.isSafeInteger(index) || index < 0 || index >= size)
      throw new RangeError(`there is no row ${index} in this dataset of ${size}`)
  }
}

/** Some rows of a dataset, in this order: a dataset of its own that reads from the other. */
export function subset<C extends Columns>(of: Dataset<C>, indices: ArrayLike<number>): Dataset<C> {
  checkIndices(of.size, indices)
  const chosen = Uint32Array.from(indices)
  return {
    size: chosen.length,
    columns: of.columns,
    async rows(asked) {
      checkIndices(chosen.length, asked)
      return of.rows(Uint32Array.from(asked, (index) => chosen[index]!))
    },
  }
}
