import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { checkList } from '../given.ts'
import { axesOf } from '../shape/axes.ts'
import { axisOf } from '../shape/axis.ts'
import { broadcastToCheck } from '../shape/broadcast-to.ts'
import type { Shape } from '../shape/dim.ts'
import { permutation, transposition } from '../shape/permute.ts'
import { flatShape, repeatShape, tileShape } from '../shape/repeat.ts'
import { squeezeShape } from '../shape/squeeze.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { bindDims, check, enter, must } from '../trace/trace.ts'
import { laidOut } from './layout.ts'
import { stretch } from './stretch.ts'
import { wordsOf } from './words.ts'

// The elements of one tensor at other places.

export function squeeze(x: Held, axis: number | undefined): Held {
  const shape = must(squeezeShape(extentsOf(x), axis))
  const trace = enter('squeeze', [x])
  return hold(trace, laidOut(trace, x, shape, 'squeeze'), shape, x.dtype)
}

export function flatten(x: Held): Held {
  const shape = flatShape(extentsOf(x))
  const trace = enter('flatten', [x])
  return hold(trace, laidOut(trace, x, shape, 'flatten'), shape, x.dtype)
}

export const transpose = (x: Held): Held => ordered('transpose', x, must(transposition(extentsOf(x))))

export function permute(x: Held, order: readonly number[]): Held {
  checkList('permute', order, 'a list of axes', 'permute([1, 0])')
  return ordered('permute', x, must(permutation(extentsOf(x), order)))
}

function ordered(op: string, x: Held, axes: readonly number[]): Held {
  const trace = enter(op, [x])
  const all = [...axes, ...wordsOf(x).map((_, i) => axes.length + i)]
  const shape = axes.map((axis) => x.shape[axis]!)
  return hold(trace, trace.builder.emit(p.transpose, [x.value], { permutation: all }, op), shape, x.dtype)
}

export function broadcastTo(x: Held, shape: Shape): Held {
  const to = bindDims('broadcastTo', shape)
  check(broadcastToCheck(extentsOf(x), to))
  const trace = enter('broadcastTo', [x])
  return hold(trace, stretch(trace.builder, x.value, extentsOf(x), to), to, x.dtype)
}

export function flip(x: Held, axes: number | readonly number[] | undefined): Held {
  if (axes !== undefined && typeof axes !== 'number') checkList('flip', axes, 'an axis or a list of axes', 'flip(0)')
  const at = [...must(axesOf('flip', extentsOf(x), axes))].sort((a, b) => a - b)
  const trace = enter('flip', [x])
  return hold(trace, trace.builder.emit(p.flip, [x.value], { axes: at }, 'flip'), x.shape, x.dtype)
}

export function roll(x: Held, shift: number, axis: number): Held {
  check(Number.isInteger(shift) ? undefined : `type error: roll: ${described(shift)} is not a whole number of places`)
  const at = must(axisOf('roll', extentsOf(x), axis))
  const trace = enter('roll', [x])
  const { shape } = x.value.type
  const size = shape[at]!
  // The last `by` elements come first.
  const by = size === 0 ? 0 : ((shift % size) + size) % size
  if (by === 0) return hold(trace, x.value, x.shape, x.dtype)
  const part = (start: number, stop: number): Value =>
    trace.builder.emit(
      p.slice,
      [x.value],
      { start: shape.map(() => 0).with(at, start), stop: shape.with(at, stop), step: shape.map(() => 1) },
      'roll',
    )
  const parts = [part(size - by, size), part(0, size - by)]
  return hold(trace, trace.builder.emit(p.concat, parts, { axis: at }, 'roll'), x.shape, x.dtype)
}

export function repeat(x: Held, count: number, axis: number): Held {
  const { axis: at, shape } = must(repeatShape(extentsOf(x), count, axis))
  const trace = enter('repeat', [x])
  // [n] as [n, 1] stretched to [n, count], which is [n * count].
  const sizes = x.value.type.shape.toSpliced(at + 1, 0, count)
  const axes = x.value.type.shape.map((_, i) => (i <= at ? i : i + 1))
  const copies = trace.builder.emit(p.broadcast, [x.value], { shape: sizes, axes }, 'repeat')
  return hold(trace, laidOut(trace, { ...x, value: copies }, shape, 'repeat'), shape, x.dtype)
}

export function tile(x: Held, counts: readonly number[]): Held {
  checkList('tile', counts, 'a list of numbers of copies', 'tile([2, 1])')
  const { from, counts: all, shape } = must(tileShape(extentsOf(x), counts))
  const trace = enter('tile', [x])
  // [n] as [1, n] stretched to [count, n], which is [count * n].
  const words = wordsOf(x)
  const sizes = [...from.flatMap((at, i) => [all[i]!, at.size]), ...words]
  const lead = from.length - x.shape.length
  const axes = [...x.shape.map((_, i) => 2 * (lead + i) + 1), ...words.map((_, i) => 2 * from.length + i)]
  const copies = trace.builder.emit(p.broadcast, [x.value], { shape: sizes, axes }, 'tile')
  return hold(trace, laidOut(trace, { ...x, value: copies }, shape, 'tile'), shape, x.dtype)
}
