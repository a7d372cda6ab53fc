import type { Builder } from '../builder.ts'
import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { less } from './bits.ts'
import { splat } from './constant.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { neg } from './float.ts'
import { select } from './select.ts'
import { floats, numbers } from './type-rule.ts'

const twoNumbers = { inputs: 2, dtype: numbers, takes: 'two inputs of one number dtype' } as const

export const add: Primitive<NoParams> = elementwise({
  name: 'add',
  ...twoNumbers,
  scalar: ([a, b]) => a! + b!,
  lower: (s, [a, b]) => s.add(a!, b!),
  partials: [(_, d) => d, (_, d) => d],
})

export const sub: Primitive<NoParams> = elementwise({
  name: 'sub',
  ...twoNumbers,
  scalar: ([a, b]) => a! - b!,
  lower: (s, [a, b]) => s.sub(a!, b!),
  partials: [(_, d) => d, (b, d) => b.emit(neg, [d], {})],
})

export const mul: Primitive<NoParams> = elementwise({
  name: 'mul',
  ...twoNumbers,
  scalar: ([a, b], { output }) => (output === 'u32' || output === 'i32' ? Math.imul(a!, b!) : a! * b!),
  lower: (s, [a, b]) => s.mul(a!, b!),
  partials: [
    (b, d, { inputs: [, y] }) => b.emit(mul, [d, y!], {}),
    (b, d, { inputs: [x] }) => b.emit(mul, [d, x!], {}),
  ],
})

export const div: Primitive<NoParams> = elementwise({
  name: 'div',
  inputs: 2,
  dtype: floats,
  takes: 'two inputs of one float dtype',
  scalar: ([a, b]) => a! / b!,
  lower: (s, [a, b]) => s.div(a!, b!),
  partials: [
    (b, d, { inputs: [, y] }) => b.emit(div, [d, y!], {}),
    // d(x / y) = -(x / y) dy / y
    (b, d, { inputs: [, y], output }) => b.emit(neg, [b.emit(div, [b.emit(mul, [d, output], {}), y!], {})], {}),
  ],
})

/** The greater of two; at a tie each gets half of the gradient. */
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

/** d where x > y, half of it where they tie, else 0. */
function whereGreater(b: Builder, d: Value, x: Value, y: Value): Value {
  const atTie = b.emit(select, [b.emit(less, [y, x], {}), d, b.emit(mul, [d, splat(b, d.type, 0.5)], {})], {})
  return b.emit(select, [b.emit(less, [x, y], {}), splat(b, d.type, 0), atTie], {})
}
