import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { checkList } from '../given.ts'
import type { Shape } from '../shape/dim.ts'
import { padding, type Widths } from '../shape/pad.ts'
import { type Range, sliceAxes } from '../shape/slice.ts'
import { splitSizes } from '../shape/split.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { bindDims, check, enter, fail, must, type Trace } from '../trace/trace.ts'
import { splat } from './elementwise.ts'
import { laidOut } from './layout.ts'
import { wordsOf } from './words.ts'

export function slice(x: Held, ranges: readonly Range[]): Held {
  checkList('slice', ranges, 'a list of ranges', 'slice([[0, 2]])')
  const axes = must(sliceAxes(extentsOf(x), ranges))
  const trace = enter('slice', [x])
  const words = wordsOf(x)
  const part = trace.builder.emit(
    p.slice,
    [x.value],
    {
      start: [...axes.map(({ start }) => start), ...words.map(() => 0)],
      stop: [...axes.map(({ stop }) => stop), ...words],
      step: [...axes.map(({ step }) => step), ...words.map(() => 1)],
    },
    'slice',
  )
  const shape = axes.flatMap(({ kept }) => kept ?? [])
  const kept = shape.length === axes.length ? part : laidOut(trace, { ...x, value: part }, shape, 'slice')
  return hold(trace, kept, shape, x.dtype)
}

/** Each is an equation. */
const mostParts = 2 ** 16

export function split(x: Held, parts: number | Shape, axis: number): readonly Held[] {
  if (typeof parts !== 'number') checkList('split', parts, 'a number of parts or a list of sizes', 'split(2)')
  const bound = typeof parts === 'number' ? parts : bindDims('split', parts)
  if (typeof parts === 'number' && parts > mostParts)
    throw fail(`type error: split: ${parts} parts are too many to name; take them by their axis, as vmap and scan do`)
  const { axis: at, sizes } = must(splitSizes(extentsOf(x), bound, axis))
  const trace = enter('split', [x])
  const { shape } = x.value.type
  let start = 0
  return sizes.map((part) => {
    const stop = start + part.size
    const params = {
      start: shape.map(() => 0).with(at, start),
      stop: shape.with(at, stop),
      step: shape.map(() => 1),
    }
    start = stop
    return hold(trace, trace.builder.emit(p.slice, [x.value], params, 'split'), x.shape.with(at, part.dim), x.dtype)
  })
}

export function pad(x: Held, widths: Widths, value: number): Held {
  check(x.dtype === 'key' ? 'dtype error: pad: key is not a number' : undefined)
  if (typeof widths !== 'number') checkList('pad', widths, 'a width or a list of widths', 'pad([[0, 1]])')
  const { low, high, shape } = must(padding(extentsOf(x), widths))
  const trace = enter('pad', [x])
  return hold(trace, padded(trace, x, low, high, value, 'pad'), shape, x.dtype)
}

/** Zeros are what the primitive puts around; anything else takes their place where nothing was. */
export function padded(
  trace: Trace,
  x: Held,
  low: readonly number[],
  high: readonly number[],
  value: number,
  name: string,
): Value {
  const { builder } = trace
  const { shape } = x.value.type
  if ([...low, ...high].every((width) => width === 0)) return x.value
  const around = (inner: Value) => builder.emit(p.pad, [inner], { low, high }, name)
  const zeros = around(x.value)
  if (Object.is(value, 0)) return zeros
  const all = zeros.type.shape.map((size) => ({ dim: size, size }))
  const within = around(builder.emit(p.constant, [], { value: 1, shape, dtype: 'bool' }, name))
  return builder.emit(p.select, [within, zeros, splat(name, trace, x.dtype, value, all)], {}, name)
}
