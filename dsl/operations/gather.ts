import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { scatterAddShape, takeAlongShape, takeShape } from '../shape/gather.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { enter, must, type Trace } from '../trace/trace.ts'

const typed = (x: Held) => ({ shape: extentsOf(x), dtype: x.dtype })

export function take(x: Held, indices: Held, axis: number): Held {
  const { axis: at, shape } = must(takeShape(typed(x), typed(indices), axis))
  const trace = enter('take', [x, indices])
  const value = trace.builder.emit(p.gather, [x.value, indices.value], { axis: at, batch: 0 }, 'take')
  return hold(trace, value, shape, x.dtype)
}

export function takeAlong(x: Held, indices: Held, axis: number): Held {
  const { axis: at, shape } = must(takeAlongShape(typed(x), typed(indices), axis))
  const trace = enter('takeAlong', [x, indices])
  // All other axes are shared, and shared axes stand before the gathered one.
  const last = shape.length - 1
  const picked = trace.builder.emit(
    p.gather,
    [moved(trace, x.value, at, last), moved(trace, indices.value, at, last)],
    { axis: last, batch: last },
    'takeAlong',
  )
  return hold(trace, moved(trace, picked, last, at), shape, x.dtype)
}

/** A value with one axis at another position. */
function moved(trace: Trace, value: Value, from: number, to: number): Value {
  if (from === to) return value
  const axes = [...value.type.shape.keys()]
  const permutation = axes.toSpliced(from, 1).toSpliced(to, 0, from)
  return trace.builder.emit(p.transpose, [value], { permutation }, 'takeAlong')
}

export function scatterAdd(x: Held, indices: Held, updates: Held, axis: number): Held {
  const { axis: at } = must(scatterAddShape(typed(x), typed(indices), typed(updates), axis))
  const trace = enter('scatterAdd', [x, indices, updates])
  const size = x.value.type.shape[at]!
  const params = { axis: at, batch: 0, size }
  const added = trace.builder.emit(p.scatterAdd, [updates.value, indices.value], params, 'scatterAdd')
  return hold(trace, trace.builder.emit(p.add, [x.value, added], {}, 'scatterAdd'), x.shape, x.dtype)
}
