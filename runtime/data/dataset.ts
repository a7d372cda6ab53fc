import { sizeOf } from './host-tensor.ts'

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
  /**
   * The rows of these numbers, in this order. Rejects with a RangeError where there is no such row, and with a
   * DataError where a file is not what it was.
   */
  rows(indices: ArrayLike<number>): Promise<Rows<C>>
}

/** What a dataset is made of: all rows of a column, one after the other. */
export interface Given<S extends readonly number[] = readonly number[], D extends ColumnDType = ColumnDType> {
  /** Of a row; [] unless given. */
  readonly shape?: S
  /**
   * That of the data unless given. Numbers of 8 and 16 bits need one: they become it row by row, as rows are asked for.
   */
  readonly dtype?: D
  readonly data: Float32Array | Int32Array | Uint32Array | Narrow
  /** What numbers are multiplied by where they become f32. */
  readonly scale?: number
}
type Narrow = Int16Array | Uint16Array | Int8Array | Uint8Array
type ColumnOf<G> = G extends { readonly data: infer A }
  ? Column<
      G extends { readonly shape: infer S extends readonly number[] } ? Mutable<S> : [],
      G extends { readonly dtype: infer D extends ColumnDType } ? D : DTypeOf<A>
    >
  : never
type DTypeOf<A> = A extends Float32Array ? 'f32' : A extends Int32Array ? 'i32' : A extends Uint32Array ? 'u32' : never

/** A shape that was inferred as constant, as columns have it: [28, 28]. */
export type Mutable<S extends readonly number[]> = { -readonly [A in keyof S]: S[A] }

/** A dataset of arrays that are in memory: `dataset({ image: { shape: [28, 28], data }, label: { data: labels } })`. */
export function dataset<const G extends { readonly [name: string]: Given }>(
  given: G,
): Dataset<{ readonly [K in keyof G]: ColumnOf<G[K]> }> {
  const sizes = Object.entries(given).map(([name, { shape = [], data }]) => {
    const width = sizeOf(shape)
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
    Object.entries(given).map(([name, one]) => [name, { shape: one.shape ?? [], dtype: dtypeOf(name, one) }]),
  )
  const { rows: size } = first
  return {
    size,
    columns,
    rows: async (indices: ArrayLike<number>) => gathered(size, columns, given, indices),
  } as never
}

const arrays = { f32: Float32Array, i32: Int32Array, u32: Uint32Array } as const

function dtypeOf(name: string, { dtype, data, scale = 1 }: Given): ColumnDType {
  const own = Object.entries(arrays).find(([, type]) => data instanceof type)?.[0]
  const chosen = dtype ?? own
  if (chosen === undefined)
    throw new TypeError(
      `dataset: ${name} is given as ${data.constructor.name}; its dtype must be said: f32, i32 or u32`,
    )
  if (own !== undefined && own !== chosen)
    throw new TypeError(`dataset: ${name} is given as ${data.constructor.name}, which is ${own} and not ${chosen}`)
  if (scale !== 1 && chosen !== 'f32') throw new TypeError(`dataset: ${name} is ${chosen}; only f32 can be scaled`)
  if (own === undefined && chosen === 'u32' && data.some((value) => value < 0))
    throw new RangeError(`dataset: ${name} has negative numbers, which u32 does not have`)
  return chosen as ColumnDType
}

function gathered(
  size: number,
  columns: Columns,
  given: { readonly [name: string]: Given },
  indices: ArrayLike<number>,
): Rows<Columns> {
  checkIndices(size, indices)
  return Object.fromEntries(
    Object.entries(columns).map(([name, { shape, dtype }]) => {
      const { data, scale = 1 } = given[name]!
      const width = sizeOf(shape)
      const made = new arrays[dtype](indices.length * width)
      for (let i = 0; i < indices.length; i++)
        made.set(data.subarray(indices[i]! * width, (indices[i]! + 1) * width), i * width)
      if (scale !== 1) for (let i = 0; i < made.length; i++) made[i]! *= scale
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
