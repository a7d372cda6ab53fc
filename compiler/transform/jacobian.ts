import { Builder } from '../ir/builder.ts'
import { type Graph, sizeOf, type Type, type Value } from '../ir/graph.ts'
import { splat } from '../ir/primitives/constant.ts'
import { cast, equal, iota, reshape, transpose } from '../ir/primitives/index.ts'
import { batch } from './batch.ts'
import { linearize } from './forward.ts'
import { vjp } from './reverse.ts'

// The derivatives of output j of a graph in its input i, at [j][i]: the output's axes, then the input's. A linear map
// is batched over the unit vectors of one side.

/** Forward, a batch for each input of as many tangents as it has elements. */
export function jacobianByColumns(b: Builder, graph: Graph, args: readonly Value[]): readonly (readonly Value[])[] {
  const { push } = linearize(b, graph, args)
  const columns = graph.inputs.map(({ type }, i) =>
    overUnits(b, type, (unit, made) =>
      push(
        graph.inputs.map((_, k) => (k === i ? unit : undefined)),
        made,
      ),
    ),
  )
  return graph.outputs.map((output, j) =>
    graph.inputs.map((input, i) => {
      const shape = [...output.type.shape, ...input.type.shape]
      const made = columns[i]![j]
      if (!made) return splat(b, { shape, dtype: output.type.dtype }, 0)
      const permutation = [...output.type.shape.map((_, axis) => axis + 1), 0]
      return b.emit(reshape, [b.emit(transpose, [made], { permutation })], { shape }, `d_${output.name}`)
    }),
  )
}

/** Backward, a batch for each output of as many cotangents as it has elements. */
export function jacobianByRows(b: Builder, graph: Graph, args: readonly Value[]): readonly (readonly Value[])[] {
  const { pull } = vjp(
    b,
    graph,
    args,
    graph.inputs.map((_, i) => i),
  )
  return graph.outputs.map(({ type }, j) => {
    const rows = overUnits(b, type, (unit, made) =>
      pull(
        graph.outputs.map((_, k) => (k === j ? unit : undefined)),
        made,
      ),
    )
    return graph.inputs.map((input, i) =>
      b.emit(reshape, [rows[i]!], { shape: [...type.shape, ...input.type.shape] }, `d_${input.name}`),
    )
  })
}

/**
 * What a linear map makes of all unit vectors of a type at once, along a new leading axis; undefined where it makes
 * nothing.
 */
function overUnits(
  b: Builder,
  type: Type,
  linear: (unit: Value, made: Builder) => readonly (Value | undefined)[],
): readonly (Value | undefined)[] {
  const made = new Builder()
  made.source = b.source
  const results = linear(made.input(type, 'unit'), made)
  const some = results.filter((result) => result !== undefined)
  const batched = batch(b, made.graph('unit vectors', some), [units(b, type)], [true], sizeOf(type.shape))
  return results.map((result) => result && batched[some.indexOf(result)])
}

/** The unit vectors of a type, stacked. */
function units(b: Builder, { shape, dtype }: Type): Value {
  const size = sizeOf(shape)
  const [row, column] = [0, 1].map((axis) => b.emit(iota, [], { shape: [size, size], axis, dtype: 'i32' }))
  const identity = b.emit(cast, [b.emit(equal, [row!, column!], {})], { dtype })
  return b.emit(reshape, [identity], { shape: [size, ...shape] }, 'units')
}
