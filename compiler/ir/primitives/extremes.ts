import type { Builder } from '../builder.ts'
import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { mul } from './arithmetic.ts'
import { less } from './comparisons.ts'
import { splat } from './constant.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { select } from './select.ts'
import { numbers } from './type-rule.ts'

const twoNumbers = { inputs: 2, dtype: numbers, takes: 'two inputs of one number dtype' } as const

/** The greater of two, NaN where either is; at a tie each gets half of the gradient. */
export const maximum: Primitive<NoParams> = elementwise({
  name: 'maximum',
  ...twoNumbers,
  scalar: ([a, b]) => Math.max(a!, b!),
  lower: (s, [a, b]) => s.apply('max', [a!, b!]),
  partials: [
    (b, d, { inputs: [x, y] }) => whereGreater(b, d, x!, y!),
    (b, d, { inputs: [x, y] }) => whereGreater(b, d, y!, x!),
  ],
})

/** The lesser of two, NaN where either is; at a tie each gets half of the gradient. */
export const minimum: Primitive<NoParams> = elementwise({
  name: 'minimum',
  ...twoNumbers,
  scalar: ([a, b]) => Math.min(a!, b!),
  lower: (s, [a, b]) => s.apply('min', [a!, b!]),
  partials: [
    (b, d, { inputs: [x, y] }) => whereGreater(b, d, y!, x!),
    (b, d, { inputs: [x, y] }) => whereGreater(b, d, x!, y!),
  ],
})

/** d where x > y, half of it where they tie, else 0. */
function whereGreater(b: Builder, d: Value, x: Value, y: Value): Value {
  const atTie = b.emit(select, [b.emit(less, [y, x], {}), d, b.emit(mul, [d, splat(b, d.type, 0.5)], {})], {})
  return b.emit(select, [b.emit(less, [x, y], {}), splat(b, d.type, 0), atTie], {})
}
