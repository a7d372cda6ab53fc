import { described } from '../../dsl/error.ts'
import { checkCount } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'

/** The shape of a row of data. */
export type Row = readonly [number, ...number[]]
/** Height and width in pixels; and channels, last. */
export type ImageShape = readonly [number, number] | readonly [number, number, number]
/** How large a latent is: d, or [tokens, d]. */
export type Latent = number | readonly [number, number]
export type LatentShape<Z extends Latent> = Z extends readonly [infer K extends number, infer D extends number]
  ? [K, D]
  : Z extends number
    ? [Z]
    : never

export function latentShapeOf(op: string, latent: Latent): readonly number[] {
  const shape = typeof latent === 'number' ? [latent] : latent
  if (!Array.isArray(shape) || shape.length < 1 || shape.length > 2)
    throw fail(`type error: ${op}: latent is ${described(latent)}, needs a number of dims or [tokens, dims]`)
  for (const size of shape) checkCount(op, 'latent', size)
  return shape
}

/** Height, width and channels of images; one channel unless it is said. */
export function imageSizes(op: string, shape: ImageShape): { height: number; width: number; channels: number } {
  if (!Array.isArray(shape) || shape.length < 2 || shape.length > 3)
    throw fail(`type error: ${op}: shape is ${described(shape)}, needs [height, width] or [height, width, channels]`)
  for (const [i, size] of shape.entries()) checkCount(op, `shape[${i}]`, size)
  const [height, width, channels = 1] = shape
  return { height, width, channels }
}
