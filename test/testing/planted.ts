import type { Builder } from '../../compiler/ir/builder.ts'
import type { Value } from '../../compiler/ir/graph.ts'
import { none, type Primitive } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Shape, Tensor } from '../../dsl/index.ts'
import { hold } from '../../dsl/trace/held.ts'
import { enter } from '../../dsl/trace/trace.ts'
import { heldTensor, traced } from '../../dsl/traced-tensor.ts'

type Plain = Primitive<Record<never, never>>

/** An operation of one tensor by a primitive of the test's own. */
const operation =
  (primitive: Plain) =>
  <S extends Shape>(x: Tensor<S>): Tensor<S> => {
    const held = heldTensor('planted', x)
    const trace = enter('planted', [held])
    return traced(
      hold(trace, trace.builder.emit(primitive, [held.value], {}, 'planted'), held.shape, held.dtype),
    ) as unknown as Tensor<S>
  }

type Rule = (b: Builder, at: never) => readonly (Value | undefined)[]
const times =
  (factor: number, rule: Rule): Rule =>
  (b, at) =>
    rule(b, at).map((value) => {
      if (!value) return undefined
      const { shape, dtype } = value.type
      return b.emit(p.mul, [value, b.emit(p.constant, [], { value: factor, shape, dtype })], {})
    })

const tanh = p.tanh as unknown as Plain
const rules = tanh as unknown as { readonly reverse: Rule; readonly forward: Rule }

/** tanh(x), whose derivative is off by a factor in reverse mode, in forward mode, or in both. */
export const tanhOff = (factor: number, where: 'reverse' | 'forward' | 'both') =>
  operation({
    ...tanh,
    ...(where === 'forward' ? {} : { reverse: times(factor, rules.reverse) as never }),
    ...(where === 'reverse' ? {} : { forward: times(factor, rules.forward) as never }),
  })

/** tanh(x) that has no forward rule. */
export const tanhReverseOnly = operation({ ...tanh, forward: none('nobody wrote it') })

/** tanh(x) that turns round the leading axis where it is mapped. */
export const tanhMappedWrongly = operation({
  ...tanh,
  batch: (b, { inputs: [x], size }) => {
    const { shape } = x!.type
    const rows = Array.from({ length: size }, (_, i) =>
      b.emit(p.slice, [x!], {
        start: shape.map((_, axis) => (axis === 0 ? size - 1 - i : 0)),
        stop: shape.map((length, axis) => (axis === 0 ? size - i : length)),
        step: shape.map(() => 1),
      }),
    )
    return [b.emit(p.tanh, [b.emit(p.concat, rows, { axis: 0 })], {})]
  },
})
