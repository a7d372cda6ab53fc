import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { splat } from './constant.ts'
import { elementwise, type NoParams } from './elementwise.ts'

/**
 * Elements of `then` where the condition holds, else of `otherwise`; nothing of the other, not even its NaN, goes
 * through, in values or gradients.
 */
export const select: Primitive<NoParams> = elementwise({
  name: 'select',
  inputs: 3,
  dtype: ([condition, then, otherwise]) => (condition === 'bool' && then === otherwise ? then : undefined),
  takes: 'a bool condition and two inputs of one dtype',
  scalar: ([condition, then, otherwise]) => (condition ? then! : otherwise!),
  lower: (s, [condition, then, otherwise]) => s.select(condition!, then!, otherwise!),
  partials: [
    undefined,
    (b, d, { inputs: [condition] }): Value => b.emit(select, [condition!, d, splat(b, d.type, 0)], {}),
    (b, d, { inputs: [condition] }): Value => b.emit(select, [condition!, splat(b, d.type, 0), d], {}),
  ],
})
