import * as p from '../compiler/ir/primitives/index.ts'
import { described } from './error.ts'
import { checkSupported } from './operations/supported.ts'
import type { Dim } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import type { Tensor } from './tensor.ts'
import { hold } from './trace/held.ts'
import { bindDims, enter, fail } from './trace/trace.ts'
import { traced } from './traced-tensor.ts'

// Tensors that are computed from their indices.

/** Ones on the main diagonal and zeros elsewhere: [n, m], square unless m is given. */
export function eye<const N extends Dim>(n: N): Tensor<[N, N]>
export function eye<const N extends Dim, const M extends Dim>(n: N, m: M): Tensor<[N, M]>
export function eye<const N extends Dim, const M extends Dim, D extends Exclude<DType, 'key'>>(
  n: N,
  m: M,
  dtype: D,
): Tensor<[N, M], D>
export function eye(n: Dim, m: Dim = n, dtype: DType = 'f32'): unknown {
  checkSupported('eye', dtype)
  const extents = bindDims('eye', [n, m])
  const trace = enter('eye')
  const shape = extents.map((at) => at.size)
  const along = (axis: number) => trace.builder.emit(p.iota, [], { shape, axis, dtype: 'i32' }, 'eye')
  const same = trace.builder.emit(p.equal, [along(0), along(1)], {}, 'eye')
  const value = dtype === 'bool' ? same : trace.builder.emit(p.cast, [same], { dtype }, 'eye')
  return traced(hold(trace, value, extents, dtype))
}

/** `count` numbers at equal distances, the first `start` and the last `stop`; of one, `start`. */
export function linspace<const N extends Dim>(start: number, stop: number, count: N): Tensor<[N]> {
  for (const end of [start, stop])
    if (typeof end !== 'number') throw fail(`type error: linspace: ${described(end)} is not a number`)
  const extents = bindDims('linspace', [count])
  const trace = enter('linspace')
  const shape = extents.map((at) => at.size)
  const last = shape[0]! - 1
  const number = (value: number) => trace.builder.emit(p.constant, [], { value, shape, dtype: 'f32' }, 'linspace')
  const of = (primitive: typeof p.add, a: ReturnType<typeof number>, b: ReturnType<typeof number>) =>
    trace.builder.emit(primitive, [a, b], {}, 'linspace')
  const index = trace.builder.emit(p.iota, [], { shape, axis: 0, dtype: 'f32' }, 'linspace')
  const before = of(p.add, number(start), of(p.mul, index, number(last > 0 ? (stop - start) / last : 0)))
  if (last < 1) return traced(hold(trace, before, extents, 'f32')) as unknown as Tensor<[N]>
  // The sum may miss the end by a rounding.
  const isBefore = of(p.less, index, number(last))
  const value = trace.builder.emit(p.select, [isBefore, before, number(stop)], {}, 'linspace')
  return traced(hold(trace, value, extents, 'f32')) as unknown as Tensor<[N]>
}
