import type { Primitive } from '../primitive.ts'
import { less } from './comparisons.ts'
import { splat } from './constant.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { neg } from './float.ts'
import { select } from './select.ts'
import { floats, oneOf } from './type-rule.ts'

const oneFloat = { inputs: 1, dtype: floats, takes: 'one input of a float dtype' } as const

/** The greatest whole number that is not above x. Its slope is 0 wherever it has one. */
export const floor: Primitive<NoParams> = elementwise({
  name: 'floor',
  ...oneFloat,
  scalar: ([x]) => Math.floor(x!),
  lower: (s, [x]) => s.apply('floor', [x!]),
  partials: [undefined],
})

/** The nearest whole number, halves to the even one. Its slope is 0 wherever it has one. */
export const round: Primitive<NoParams> = elementwise({
  name: 'round',
  ...oneFloat,
  scalar: ([x]) => roundedToEven(x!),
  lower: (s, [x]) => s.apply('round', [x!]),
  partials: [undefined],
})

/** Where x is half-way between two whole numbers, x - rounded is 1/2 or -1/2 exactly. */
function roundedToEven(x: number): number {
  const rounded = Math.round(x)
  return Math.abs(x - rounded) === 0.5 && rounded % 2 !== 0 ? 2 * x - rounded : rounded
}

/** |x|; in i32 that of -2^31 wraps to itself. The gradient is d sign(x), 0 at 0. */
export const abs: Primitive<NoParams> = elementwise({
  name: 'abs',
  inputs: 1,
  dtype: oneOf('f32', 'f16', 'i32'),
  takes: 'one input of dtype f32, f16 or i32',
  scalar: ([x]) => Math.abs(x!),
  lower: (s, [x]) => s.apply('abs', [x!]),
  partials: [
    (b, d, { inputs: [x] }) => {
      const zero = splat(b, x!.type, 0)
      const nothing = splat(b, d.type, 0)
      const above = b.emit(select, [b.emit(less, [zero, x!], {}), d, nothing], {})
      return b.emit(select, [b.emit(less, [x!, zero], {}), b.emit(neg, [d], {}), above], {})
    },
  ],
})
