import { places } from '../dense.ts'
import type { Params, Type } from '../graph.ts'
import type { Dense, ForwardRule, Primitive } from '../primitive.ts'

/** What has no arithmetic: it costs nothing to compute. */
export const free = (): number => 0

/** The forward rule of a linear primitive with one input: the same on the tangent. */
export const sameOnTangent =
  <P extends Params>(primitive: () => Primitive<P>): ForwardRule<P> =>
  (b, { params, tangents: [tangent] }) => [tangent && b.emit(primitive(), [tangent], params)]

/** An array made of the elements of another at start + sum of index * stride. */
export function gathered(input: Dense, output: Type, strides: readonly number[], start = 0): Dense {
  const from = places(output.shape, strides, start)
  return { ...output, data: Float64Array.from(from, (place) => input.data[place]!) }
}
