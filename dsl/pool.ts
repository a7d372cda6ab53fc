import { type AvgOptions, avgPool, maxPool } from './operations/pool.ts'
import { optionsOf } from './option.ts'
import type { Pool, PoolOptions } from './shape/pool.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { PerAxis } from './shape/window.ts'
import type { AnyTensor } from './tensor.ts'
import type { Held } from './trace/held.ts'
import { heldTensor, traced } from './traced-tensor.ts'

type Pooling<Op extends string, Of extends 'number' | 'float', Rank extends 1 | 2, All, None extends All> = <
  X extends AnyTensor,
  const Size extends PerAxis<Rank, number>,
  const O extends All = None,
>(
  x: Needs<Pool<Op, Of, Rank, X, Size, O>, X>,
  size: Size,
  options?: O,
) => Makes<Pool<Op, Of, Rank, X, Size, O>>

type NoOptions = Record<never, never>

const pooling =
  <Options extends object>(
    op: string,
    rank: 1 | 2,
    pool: (op: string, rank: 1 | 2, x: Held, size: number | readonly number[], options: Options) => Held,
    names: readonly (keyof Options & string)[],
  ) =>
  (x: unknown, size: number | readonly number[], options = {} as Options): AnyTensor =>
    traced(pool(op, rank, heldTensor(op, x), size, optionsOf(op, options, names as never)))

/** The greatest of each window of [..., l, c]; where several are equally great they share the gradient. */
export const maxPool1d = pooling('maxPool1d', 1, maxPool, ['stride', 'padding']) as unknown as Pooling<
  'maxPool1d',
  'number',
  1,
  PoolOptions<1>,
  NoOptions
>
/** The greatest of each window of [..., h, w, c]. */
export const maxPool2d = pooling('maxPool2d', 2, maxPool, ['stride', 'padding']) as unknown as Pooling<
  'maxPool2d',
  'number',
  2,
  PoolOptions<2>,
  NoOptions
>
/**
 * The mean of each window of [..., l, c]. Padding is not counted, unless `countIncludePad` says so: then its zeros are
 * elements like others, as is PyTorch's default.
 */
export const avgPool1d = pooling('avgPool1d', 1, avgPool, [
  'stride',
  'padding',
  'countIncludePad',
]) as unknown as Pooling<'avgPool1d', 'float', 1, PoolOptions<1> & AvgOptions, NoOptions>
/** The mean of each window of [..., h, w, c]; padding is not counted, unless `countIncludePad` says so. */
export const avgPool2d = pooling('avgPool2d', 2, avgPool, [
  'stride',
  'padding',
  'countIncludePad',
]) as unknown as Pooling<'avgPool2d', 'float', 2, PoolOptions<2> & AvgOptions, NoOptions>
