import { sizeOf, type Value } from '../../ir/graph.ts'
import type { Primitive } from '../../ir/primitive.ts'
import type { DotParams } from '../../ir/primitives/dot.ts'
import { broadcast, concat, constant, dot, reduceMax, reshape, sum, threefry } from '../../ir/primitives/index.ts'
import { type Rewrite, rewrite, type Site, splatOf } from './rewrite.ts'

/**
 * What is the same all along an axis is computed once and repeated afterwards: broadcasts go outwards, through whatever
 * does not mix the axes that they repeat. A network's layers of a time that all rows of a batch share are then those of
 * one row.
 */
export const repeats: readonly Rewrite[] = [
  rewrite(concat, (site) => once(site as never, concat as never, (axis) => axis !== site.params.axis)),
  ...[sum, reduceMax].map((primitive) =>
    rewrite(primitive, (site) => {
      const { axes } = site.params
      const [x] = site.inputs
      const repeated = repeatedAxes(site, x!).filter((axis) => !axes.includes(axis))
      if (repeated.length === 0) return undefined
      const folded = site.emit(primitive, [narrow(site, x!, repeated)], { axes })
      return widened(site, folded)
    }),
  ),
  rewrite(dot, (site) => {
    const [x, y] = site.inputs
    const [inX, inY] = [repeatedAxes(site, x!), repeatedAxes(site, y!)]
    const { batch, contract } = site.params
    const taken = (side: 0 | 1) => [...batch, ...contract].map((pair) => pair[side])
    const shared = batch.filter(([i, j]) => inX.includes(i) && inY.includes(j))
    const free = (axes: readonly number[], side: 0 | 1) => axes.filter((axis) => !taken(side).includes(axis))
    const fromX = [...free(inX, 0), ...shared.map(([i]) => i)]
    const fromY = [...free(inY, 1), ...shared.map(([, j]) => j)]
    if (fromX.length + fromY.length === 0) return undefined
    return widened(site, site.emit(dot, [narrow(site, x!, fromX), narrow(site, y!, fromY)], site.params as DotParams))
  }),
  // A reshape that leaves the repeated axes where they are, in front or among axes of size 1.
  rewrite(reshape, (site) => {
    const [x] = site.inputs
    const { shape } = x!.type
    const to = site.type.shape
    const repeated = repeatedAxes(site, x!).filter((axis) => place(shape, to, axis) !== undefined)
    if (repeated.length === 0 || splatOf(site, x!) !== undefined) return undefined
    const into = to.map((size, axis) => (repeated.some((from) => place(shape, to, from) === axis) ? 1 : size))
    return widened(site, site.emit(reshape, [narrow(site, x!, repeated)], { shape: into }))
  }),
]

/** The same of any primitive that is computed element by element. Of several outputs, none is rewritten. */
export const repeatsOf = (primitive: Primitive): readonly Rewrite[] =>
  primitive.lower.kind === 'map' && primitive.name !== threefry.name
    ? [{ primitive, apply: (site) => once(site, primitive, () => true) }]
    : []

/**
 * An equation whose inputs all have the output's shape, or differ from it in axes that are not `apart`: on one element
 * of each axis along which all of them are repeated.
 */
function once(site: Site, primitive: Primitive, apart: (axis: number) => boolean): Value | undefined {
  const moved = site.inputs.filter((input) => splatOf(site, input) === undefined)
  if (moved.length === 0) return undefined
  const [first = [], ...rest] = moved.map((input) => repeatedAxes(site, input))
  const common = first.filter((axis) => apart(axis) && rest.every((axes) => axes.includes(axis)))
  if (common.length === 0) return undefined
  const inputs = site.inputs.map((input) => narrow(site, input, common))
  return widened(site, site.emit(primitive, inputs, site.params))
}

/** The axes of more than one element along which a value is known to be the same. */
function repeatedAxes(site: Pick<Site, 'madeBy'>, value: Value): readonly number[] {
  const inner = site.madeBy(broadcast, value)
  if (!inner) return []
  const { shape, axes } = inner.params
  const from = inner.inputs[0]!.type.shape
  return [...shape.keys()].filter((axis) => {
    const i = axes.indexOf(axis)
    return shape[axis]! > 1 && (i < 0 || from[i] === 1)
  })
}

/** A value with one element along axes that it is repeated along. */
function narrow(site: Site, value: Value, along: readonly number[]): Value {
  if (along.length === 0) return value
  const shape = value.type.shape.map((size, axis) => (along.includes(axis) ? 1 : size))
  const splat = splatOf(site, value)
  if (splat !== undefined) return site.emit(constant, [], { value: splat, shape, dtype: value.type.dtype })
  const { inputs, params } = site.madeBy(broadcast, value)!
  return site.emit(broadcast, inputs, { shape, axes: params.axes })
}

const widened = (site: Site, value: Value): Value =>
  site.emit(broadcast, [value], { shape: site.type.shape, axes: [...site.type.shape.keys()] })

/**
 * Which axis of a reshaped value is this one: that of the same size with as many elements before it; undefined where it
 * is part of another, or has parts.
 */
function place(from: readonly number[], to: readonly number[], axis: number): number | undefined {
  const before = sizeOf(from.slice(0, axis))
  const found = to.findIndex((size, at) => size === from[axis] && sizeOf(to.slice(0, at)) === before)
  return found < 0 ? undefined : found
}
