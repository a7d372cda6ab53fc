import type { Builder } from '../builder.ts'
import { stridesOf } from '../dense.ts'
import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { free, gathered, sameOnTangent } from './moves.ts'
import { expectInputs, misfit } from './type-rule.ts'

export type TransposeParams = { readonly permutation: readonly number[] }

/** Axis i of the output is axis permutation[i] of the input. */
export const transpose: Primitive<TransposeParams> = {
  name: 'transpose',
  type(inputs, { permutation }) {
    expectInputs('transpose', inputs, 1)
    const { shape, dtype } = inputs[0]!
    if (permutation.length !== shape.length || !shape.every((_, axis) => permutation.includes(axis)))
      throw misfit('transpose', inputs, `[${permutation.join(', ')}] is not an order of its ${shape.length} axes`)
    return [{ shape: permutation.map((axis) => shape[axis]!), dtype }]
  },
  evaluate([input], { permutation }, [output]) {
    const strides = stridesOf(input!.shape)
    return [
      gathered(
        input!,
        output!,
        permutation.map((axis) => strides[axis]!),
      ),
    ]
  },
  reverse: (b, { params: { permutation }, cotangents: [d] }) => [
    b.emit(transpose, [d!], { permutation: inverse(permutation) }),
  ],
  forward: sameOnTangent(() => transpose),
  batch: (b, { inputs, params: { permutation } }) => [
    b.emit(transpose, inputs, { permutation: [0, ...permutation.map((axis) => axis + 1)] }),
  ],
  lower: {
    kind: 'index',
    element: (_s, index, read, { params: { permutation } }) =>
      read(
        0,
        inverse(permutation).map((axis) => index[axis]!),
      ),
  },
  cost: free,
}

export const inverse = (permutation: readonly number[]): readonly number[] =>
  permutation.map((_, axis) => permutation.indexOf(axis))

/** A value with one of its axes moved to another place among the others. */
export function movedAxis(b: Builder, value: Value, from: number, to: number): Value {
  if (from === to) return value
  const others = [...value.type.shape.keys()].filter((axis) => axis !== from)
  return b.emit(transpose, [value], { permutation: others.toSpliced(to, 0, from) }, value.name)
}
