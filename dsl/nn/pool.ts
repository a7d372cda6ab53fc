import { div } from '../operations/elementwise.ts'
import { sum } from '../operations/reduce.ts'
import * as functions from '../pool.ts'
import { type Dim, type Shape, type Show, show } from '../shape/dim.ts'
import type { Pool, PoolOptions } from '../shape/pool.ts'
import type { PerAxis } from '../shape/window.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf } from '../trace/held.ts'
import { fail } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { type Layer, layerOf, type NoParams } from './layer.ts'
import type { Shaping } from './step.ts'

/** What the function of that name gives. */
interface Pools<Op extends string, Rank extends 1 | 2, Size, Options> extends Shaping {
  readonly gives: this['takes'] extends infer X extends AnyTensor ? Pool<Op, 'float', Rank, X, Size, Options> : never
}
type Pooling<Op extends string, Rank extends 1 | 2, All> = <
  const Size extends PerAxis<Rank, number>,
  const Options extends All = Extract<Record<never, never>, All>,
>(
  size: Size,
  options?: Options,
) => Layer<'float', Pools<Op, Rank, Size, Options>, NoParams>

const pooling =
  (apply: unknown) =>
  (size: unknown, options: object = {}) =>
    layerOf(
      {},
      {
        takes: 'float',
        gives: undefined,
        apply: (_params: never, x: AnyTensor) => (apply as (...all: unknown[]) => unknown)(x, size, options),
      },
    )

// The functions of the same names as layers: windows are as far apart as they are wide unless `stride` is given.

/** The greatest of each window of [..., l, c]. */
export const maxPool1d = pooling(functions.maxPool1d) as unknown as Pooling<'maxPool1d', 1, PoolOptions<1>>
/** The greatest of each window of [..., h, w, c]. */
export const maxPool2d = pooling(functions.maxPool2d) as unknown as Pooling<'maxPool2d', 2, PoolOptions<2>>
/** The mean of each window of [..., l, c]; padding is not counted, unless `countIncludePad` says so. */
export const avgPool1d = pooling(functions.avgPool1d) as unknown as Pooling<
  'avgPool1d',
  1,
  PoolOptions<1> & { readonly countIncludePad?: boolean }
>
/** The mean of each window of [..., h, w, c]; padding is not counted, unless `countIncludePad` says so. */
export const avgPool2d = pooling(functions.avgPool2d) as unknown as Pooling<
  'avgPool2d',
  2,
  PoolOptions<2> & { readonly countIncludePad?: boolean }
>

/** The spatial axes gone. */
interface Averages extends Shaping {
  readonly gives: this['takes'] extends Tensor<infer S, infer D>
    ? number extends S['length']
      ? Tensor<Shape, D>
      : S extends readonly [...infer Lead extends Shape, Dim, Dim, infer c extends Dim]
        ? Tensor<[...Lead, c], D>
        : `shape error: globalAveragePool: ${Show<S>}: needs [..., h, w, c]`
    : never
}
/** The mean of each channel over an image: [..., h, w, c] to [..., c]. */
export const globalAveragePool: Layer<'float', Averages, NoParams> = layerOf(
  {},
  {
    takes: 'float',
    gives: undefined,
    apply: (_params: never, x: AnyTensor) => {
      const held = heldTensor('globalAveragePool', x)
      const shape = extentsOf(held)
      const [h, w] = [shape.at(-3)?.size, shape.at(-2)?.size]
      if (h === undefined || w === undefined)
        throw fail(`shape error: globalAveragePool: ${show(shape)}: needs [..., h, w, c]`)
      return traced(div(sum(held, [-3, -2]), h * w, 'globalAveragePool'))
    },
  },
)
