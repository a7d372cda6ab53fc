import { holds } from '../compiler/ir/primitives/constant.ts'
import * as p from '../compiler/ir/primitives/index.ts'
import { mostValues } from '../compiler/ir/primitives/literal.ts'
import { checkSupported } from './operations/supported.ts'
import type { Shape } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import { type Nested, type NestedShape, nestedShape } from './shape/literal.ts'
import type { AnyTensor, Tensor } from './tensor.ts'
import { hold } from './trace/held.ts'
import { enter, fail, must } from './trace/trace.ts'
import { traced } from './traced-tensor.ts'

/** Booleans are bools and numbers f32, unless another dtype is named. */
type Leaf<T> = T extends readonly unknown[] ? Leaf<T[number]> : T
type Own<T> = [Leaf<T>] extends [boolean] ? ([Leaf<T>] extends [never] ? 'f32' : 'bool') : 'f32'
type Makes<T, D extends DType> = NestedShape<T> extends infer S ? (S extends Shape ? Tensor<S, D> : AnyTensor) : never
type Needs<T> = NestedShape<T> extends infer Complaint extends string ? Complaint : T

interface Literal {
  <const T extends Nested>(values: Needs<T>): Makes<T, Own<T>>
  <const T extends Nested, D extends Exclude<DType, 'key'>>(values: Needs<T>, dtype: D): Makes<T, D>
}
/**
 * A small tensor of numbers that are written down: `tensor([[1, 2], [3, 4]])` is a Tensor<[2, 2]>. Numbers are f32 and
 * booleans bool, unless a dtype is named.
 */
export const tensor = ((values: unknown, dtype?: DType): AnyTensor => {
  const shape = must(nestedShape(values))
  const leaves = (Array.isArray(values) ? values.flat(Number.POSITIVE_INFINITY) : [values]) as readonly (
    | number
    | boolean
  )[]
  const own = dtype ?? (leaves.length > 0 && leaves.every((leaf) => typeof leaf === 'boolean') ? 'bool' : 'f32')
  checkSupported('tensor', own)
  if (leaves.length > mostValues)
    throw fail(
      `type error: tensor: ${leaves.length} numbers are too many to write into a program, which takes ${mostValues}; make them an input`,
    )
  const numbers = leaves.map((leaf) => {
    if (!holds(own, Number(leaf))) throw fail(`dtype error: tensor: ${leaf} is not of ${own}; name another dtype`)
    return Number(leaf)
  })
  const trace = enter('tensor')
  return traced(hold(trace, trace.builder.emit(p.literal, [], { values: numbers, shape, dtype: own }), shape, own))
}) as unknown as Literal
