import type { Expr } from '../../kernel/expr.ts'
import type { Scalars } from '../../kernel/scalars.ts'
import { sizeOf } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { free, sameOnTangent } from './moves.ts'
import { expectInputs, expectSizes, misfit } from './type-rule.ts'

export type ReshapeParams = { readonly shape: readonly number[] }

/** The same elements in row-major order under another shape. */
export const reshape: Primitive<ReshapeParams> = {
  name: 'reshape',
  type(inputs, { shape }) {
    expectInputs('reshape', inputs, 1)
    expectSizes('reshape', inputs, shape)
    const [input] = inputs
    const [has, wants] = [sizeOf(input!.shape), sizeOf(shape)]
    if (has !== wants) throw misfit('reshape', inputs, `has ${has} elements and [${shape.join(', ')}] needs ${wants}`)
    return [{ shape, dtype: input!.dtype }]
  },
  evaluate: ([input], _params, [output]) => [{ ...output!, data: input!.data }],
  reverse: (b, { inputs: [input], cotangents: [d] }) => [b.emit(reshape, [d!], { shape: input!.type.shape })],
  forward: sameOnTangent(() => reshape),
  batch: (b, { inputs, size, params: { shape } }) => [b.emit(reshape, inputs, { shape: [size, ...shape] })],
  lower: {
    kind: 'index',
    element: (s, index, read, { inputs: [input], output }) => read(0, reindexed(s, index, output.shape, input!.shape)),
  },
  cost: free,
}

/**
 * The index in shape `to` of the element that stands at `index` in shape `from`. Both shapes fall apart into blocks of
 * axes with equal products; only within a block of several axes is the index flattened and split again, so that shared
 * axes cost no division.
 */
function reindexed(
  s: Scalars,
  index: readonly Expr[],
  from: readonly number[],
  to: readonly number[],
): readonly Expr[] {
  const result: Expr[] = to.map(() => s.index(0))
  if (sizeOf(from) === 0) return result
  for (const block of blocks(from, to)) {
    let flat = s.index(0)
    for (const axis of block.from) flat = s.add(s.mul(flat, s.index(from[axis]!)), index[axis]!)
    let inner = 1
    for (const [k, axis] of [...block.to.entries()].reverse()) {
      const whole = s.div(flat, s.index(inner))
      result[axis] = k === 0 ? whole : s.rem(whole, s.index(to[axis]!))
      inner *= to[axis]!
    }
  }
  return result
}

/** Runs of axes of two shapes of the same size, not empty, with equal products; axes of size 1 are in none. */
function blocks(a: readonly number[], b: readonly number[]): readonly { from: number[]; to: number[] }[] {
  const [left, right] = [a, b].map((shape) => [...shape.keys()].filter((axis) => shape[axis] !== 1))
  const found: { from: number[]; to: number[] }[] = []
  let [i, j] = [0, 0]
  while (i < left!.length) {
    const block = { from: [left![i++]!], to: [right![j++]!] }
    let [p, q] = [a[block.from[0]!]!, b[block.to[0]!]!]
    while (p !== q) {
      if (p < q) {
        p *= a[left![i]!]!
        block.from.push(left![i++]!)
      } else {
        q *= b[right![j]!]!
        block.to.push(right![j++]!)
      }
    }
    found.push(block)
  }
  return found
}
