import { type AnyProgram, type DeviceTensor, f32, program, type Shape, type Specs } from '../../dsl/index.ts'
import { sigmoid } from '../../dsl/nn/index.ts'
import { type Dataset, dataset } from '../../runtime/data/dataset.ts'
import type { Device } from '../../runtime/device.ts'
import { type Column, inRows, type Rest } from '../in-rows.ts'
import { once, type Programs } from '../programs.ts'
import type { Features } from '../projections/features.ts'
import { type Autoencoder, elements } from './autoencoder.ts'
import type { Reconstruction } from './loss.ts'

/** Each is compiled once for a model. */
const programs: Programs = new WeakMap()

/** Parameters as they are fed: as they lie on a device, or their numbers. */
export type GivenParams<P> = {
  readonly [K in keyof P]: P[K] extends { readonly '~tensor': unknown }
    ? DeviceTensor<Shape> | Float32Array
    : GivenParams<P[K]>
}

export interface RowsOptions {
  /** How many rows are computed at a time. Default 512. */
  readonly batch?: number
  /** The column with the rows of data. Default 'image'. */
  readonly column?: string
}

/**
 * The latents of all rows of a dataset, each flattened, [n, d] or [n, tokens d]; of a variational model the means.
 * `await latentsOf(model, fitted.state.params, digits, device)`.
 *
 * @throws TypeError where the dataset has no such column of f32.
 */
export async function latentsOf<X extends Shape, Z extends Shape, P extends Specs>(
  model: Autoencoder<X, Z, P>,
  params: GivenParams<P>,
  data: Dataset,
  device: Device,
  options: RowsOptions = {},
): Promise<Features> {
  const encode = once(
    programs,
    model,
    'encode',
    () =>
      program(
        { params: model.params, rows: f32('n', ...model.shape) } as never,
        (({ params, rows }: Call) => ({ made: model.encode(params as never, rows as never) })) as never,
        { name: 'latentsOf' },
      ) as unknown as AnyProgram,
  )
  return {
    data: await mapRows(encode, device, data, { params }, options),
    dimension: elements(model.latentShape as readonly number[]),
  }
}

/**
 * What the decoder makes of rows of latents, [n, ...Z] row-major: images, [n, ...X], for 'bernoulli' the probabilities
 * of the logits. Of `latentsOf` they are reconstructions, of a prior's samples new images.
 *
 * @throws RangeError where the numbers are no whole latents.
 */
export async function decodedRows<X extends Shape, Z extends Shape, P extends Specs>(
  model: Autoencoder<X, Z, P>,
  params: GivenParams<P>,
  latents: Float32Array,
  device: Device,
  { reconstruction = 'squared', batch }: Pick<RowsOptions, 'batch'> & { readonly reconstruction?: Reconstruction } = {},
): Promise<Float32Array> {
  const decode = once(
    programs,
    model,
    `decode ${reconstruction}`,
    () =>
      program(
        { params: model.params, rows: f32('n', ...model.latentShape) } as never,
        (({ params, rows }: Call) => {
          const made = model.decode(params as never, rows as never)
          return { made: reconstruction === 'bernoulli' ? sigmoid(made as never) : made }
        }) as never,
        { name: 'decodedRows' },
      ) as unknown as AnyProgram,
  )
  const data = dataset({ image: { shape: model.latentShape as readonly number[], data: latents } })
  return mapRows(decode, device, data, { params }, { ...(batch && { batch }) })
}

interface Call {
  readonly params: unknown
  readonly rows: unknown
}

/**
 * What a program makes of each row of a column, one after the other. It takes `rows`, [n, ...], and the other inputs as
 * they are given, and gives `made`, of n rows, each of which depends on one row alone.
 */
export async function mapRows(
  of: AnyProgram,
  device: Device,
  data: Dataset,
  inputs: Rest,
  { batch = 512, column = 'image' }: RowsOptions = {},
): Promise<Float32Array> {
  if (data.columns[column]?.dtype !== 'f32')
    throw new TypeError(
      `expected ${column} to be a column of f32; there are ${Object.keys(data.columns).join(', ')}: name it with { column }`,
    )
  if (!(Number.isSafeInteger(batch) && batch >= 1 && data.size >= 1))
    throw new RangeError(`expected at least one row, and a batch of at least one; got ${data.size} and ${batch}`)
  const rows: Column = {
    async of({ first, rows, n }) {
      const indices = Uint32Array.from({ length: n }, (_, i) => first + Math.min(i, rows - 1))
      return (await data.rows(indices))[column]!
    },
  }
  const run = inRows(of, device, batch)
  try {
    const { made } = await run.run(data.size, { rows }, () => inputs)
    return made as Float32Array
  } finally {
    run.dispose()
  }
}
