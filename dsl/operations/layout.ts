import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { axisOf } from '../shape/axis.ts'
import { concatShapes } from '../shape/concat.ts'
import { type Extents, type Shape, show } from '../shape/dim.ts'
import { type DType, sameDType } from '../shape/dtype.ts'
import { expandShape } from '../shape/expand.ts'
import { reshapeCheck } from '../shape/reshape.ts'
import { extentsOf, type Held, hold, typeOf } from '../trace/held.ts'
import { bindDims, check, enter, fail, must, type Trace } from '../trace/trace.ts'
import { checkSupported } from './supported.ts'

/** The same elements under another shape; a key keeps its last axis. */
export const laidOut = (trace: Trace, x: Held, shape: Extents, name: string): Value =>
  trace.builder.emit(p.reshape, [x.value], { shape: typeOf(shape, x.dtype).shape }, name)

export function reshape(x: Held, shape: Shape): Held {
  const to = bindDims('reshape', shape)
  check(reshapeCheck(extentsOf(x), to))
  const trace = enter('reshape', [x])
  return hold(trace, laidOut(trace, x, to, 'reshape'), to, x.dtype)
}

export function expand(x: Held, axis: number): Held {
  const shape = must(expandShape(extentsOf(x), axis))
  const trace = enter('expand', [x])
  return hold(trace, laidOut(trace, x, shape, 'expand'), shape, x.dtype)
}

export function as(x: Held, shape: Shape): Held {
  const [given, stated] = [extentsOf(x), bindDims('as', shape)]
  if (given.length !== stated.length || given.some((at, i) => at.size !== stated[i]!.size)) {
    throw fail(`shape error: as: ${show(given)} is not ${show(stated)}`)
  }
  return hold(enter('as', [x]), x.value, stated, x.dtype)
}

export function cast(x: Held, dtype: DType): Held {
  checkSupported('cast', x.dtype)
  checkSupported('cast', dtype)
  const trace = enter('cast', [x])
  return hold(trace, trace.builder.emit(p.cast, [x.value], { dtype }), x.shape, dtype)
}

export const size = (x: Held, axis: number): number => extentsOf(x)[must(axisOf('size', extentsOf(x), axis))]!.size

export function concat(parts: readonly Held[], axis: number): Held {
  const [first, ...rest] = parts
  if (!first) throw fail('shape error: concat: there is nothing to join')
  let shape = extentsOf(first)
  for (const part of rest) {
    check(sameDType('concat', first.dtype, part.dtype))
    shape = must(concatShapes(shape, extentsOf(part), axis))
  }
  const at = must(axisOf('concat', shape, axis))
  const trace = enter('concat', parts)
  if (rest.length === 0) return hold(trace, first.value, shape, first.dtype)
  const values = parts.map((part) => part.value)
  return hold(trace, trace.builder.emit(p.concat, values, { axis: at }), shape, first.dtype)
}
