import type { Builder } from '../builder.ts'
import { filled, places, stridesOf, wrap } from '../dense.ts'
import { type DType, sizeOf, type Type, type Value } from '../graph.ts'
import type { Dense, Primitive } from '../primitive.ts'
import { div, mul } from './arithmetic.ts'
import { broadcast } from './broadcast.ts'
import { less } from './comparisons.ts'
import { splat } from './constant.ts'
import { sameOnTangent } from './moves.ts'
import { select } from './select.ts'
import { expectAxes, expectInputs, misfit, numbers } from './type-rule.ts'

/** The axes that are folded and removed. */
export type ReduceParams = { readonly axes: readonly number[] }

/** The sum over some axes; 0 over none of their elements. */
export const sum: Primitive<ReduceParams> = {
  name: 'sum',
  type: (inputs, { axes }) => reducedType('sum', inputs, axes),
  evaluate: ([input], { axes }, [output]) => [folded(input!, axes, filled(output!, 0), (a, b) => a + b)],
  reverse: (b, { inputs: [input], params: { axes }, cotangents: [d] }) => [spread(b, d!, input!.type, axes)],
  forward: sameOnTangent(() => sum),
  batch: (b, { inputs, params }) => [b.emit(sum, inputs, inner(params))],
  lower: { kind: 'reduce', op: 'add', axes: ({ axes }) => axes },
  cost: ([input]) => sizeOf(input!.shape),
}

/**
 * The greatest over some axes, the least number of the dtype (minus infinity) over none of their elements; where
 * several are equally great they share the gradient.
 */
export const reduceMax: Primitive<ReduceParams> = {
  name: 'reduceMax',
  type: (inputs, { axes }) => reducedType('reduceMax', inputs, axes),
  evaluate: ([input], { axes }, [output]) => [
    folded(input!, axes, filled(output!, leastOf(output!.dtype)), (a, b) => Math.max(a, b)),
  ],
  reverse: (b, { inputs: [x], outputs: [max], params: { axes }, cotangents: [d] }) => {
    const weights = shares(b, x!, max!, axes)
    return [b.emit(mul, [spread(b, d!, x!.type, axes), weights], {})]
  },
  forward: (b, { inputs: [x], outputs: [max], params: { axes }, tangents: [t] }) => [
    t && b.emit(sum, [b.emit(mul, [t, shares(b, x!, max!, axes)], {})], { axes }),
  ],
  batch: (b, { inputs, params }) => [b.emit(reduceMax, inputs, inner(params))],
  lower: { kind: 'reduce', op: 'max', axes: ({ axes }) => axes },
  cost: ([input]) => sizeOf(input!.shape),
}

/** What the greatest of nothing is. */
const leastOf = (dtype: DType): number =>
  dtype === 'i32' ? -(2 ** 31) : dtype === 'u32' ? 0 : Number.NEGATIVE_INFINITY

function reducedType(name: string, inputs: readonly Type[], axes: readonly number[]): readonly Type[] {
  expectInputs(name, inputs, 1)
  const { shape, dtype } = inputs[0]!
  expectAxes(name, inputs, axes, shape.length)
  if (!numbers([dtype])) throw misfit(name, inputs, `cannot fold ${dtype}`)
  return [{ shape: shape.filter((_, axis) => !axes.includes(axis)), dtype }]
}

function folded(input: Dense, axes: readonly number[], into: Dense, fold: (a: number, b: number) => number): Dense {
  const strides = stridesOf(into.shape)
  const kept = keptAxes(input, axes)
  const to = places(
    input.shape,
    input.shape.map((_, axis) => (axes.includes(axis) ? 0 : strides[kept.indexOf(axis)]!)),
  )
  for (let k = 0; k < to.length; k++) into.data[to[k]!] = wrap(fold(into.data[to[k]!]!, input.data[k]!), into.dtype)
  return into
}

/** 1 / (number of greatest elements) where x is one of them, else 0. */
function shares(b: Builder, x: Value, max: Value, axes: readonly number[]): Value {
  const below = b.emit(less, [x, spread(b, max, x.type, axes)], {})
  const mask = b.emit(select, [below, splat(b, x.type, 0), splat(b, x.type, 1)], {})
  return b.emit(div, [mask, spread(b, b.emit(sum, [mask], { axes }), x.type, axes)], {})
}

/** A reduced value back over the axes that it was reduced over. */
const spread = (b: Builder, value: Value, to: Type, axes: readonly number[]): Value =>
  b.emit(broadcast, [value], { shape: to.shape, axes: keptAxes(to, axes) })

const keptAxes = ({ shape }: Type, axes: readonly number[]): readonly number[] =>
  [...shape.keys()].filter((axis) => !axes.includes(axis))

const inner = ({ axes }: ReduceParams): ReduceParams => ({ axes: axes.map((axis) => axis + 1) })
