import * as p from '../../compiler/ir/primitives/index.ts'
import { floats, sameDType } from '../shape/dtype.ts'
import { matmulShapes } from '../shape/matmul.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, must } from '../trace/trace.ts'
import { stretch } from './stretch.ts'

export function matmul(a: Held, b: Held): Held {
  check(floats('matmul', a.dtype) ?? sameDType('matmul', a.dtype, b.dtype))
  const [s, t] = [extentsOf(a), extentsOf(b)]
  const { shape, lead } = must(matmulShapes(s, t))
  const trace = enter('matmul', [a, b])
  const product = (
    x: Held['value'],
    y: Held['value'],
    batch: readonly (readonly [number, number])[],
    k: [number, number],
  ) => hold(trace, trace.builder.emit(p.dot, [x, y], { batch, contract: [k] }, 'matmul'), shape, a.dtype)
  // One matrix or one vector for all rows, or one row for all matrices: nothing to line up.
  if (t.length <= 2) return product(a.value, b.value, [], [s.length - 1, 0])
  if (s.length === 1) return product(a.value, b.value, [], [0, t.length - 2])
  const rank = lead.length
  return product(
    stretch(trace.builder, a.value, s, [...lead, ...s.slice(-2)]),
    stretch(trace.builder, b.value, t, [...lead, ...t.slice(-2)]),
    lead.map((_, i) => [i, i] as const),
    [rank + 1, rank],
  )
}
