import type { Expr } from '../expr.ts'
import type { Scalars } from '../scalars.ts'
import { toHalf } from './declared.ts'
import { nearestHalf } from './nearest-half.ts'

/** The nearest half; the expression itself where it is one. `isHalf` says of which slots the elements are halves. */
export function asHalf(s: Scalars, value: Expr, isHalf: (slot: number) => boolean = () => false): Expr {
  if (value.kind === 'constant') return s.constant(nearestHalf(value.value), 'f32')
  return isExact(value, isHalf) ? value : s.call(toHalf, [value])[0]!
}

/** Whether an expression is a half for sure, by how it is made. */
function isExact(value: Expr, isHalf: (slot: number) => boolean): boolean {
  const exact = (part: Expr): boolean => isExact(part, isHalf)
  switch (value.kind) {
    case 'constant':
      return Object.is(nearestHalf(value.value), value.value)
    case 'load':
      return isHalf(value.slot)
    case 'call':
      return value.name === toHalf.name
    case 'apply':
      if (value.op === 'select') return value.args.slice(1).every(exact)
      return moves.has(value.op) && value.args.every(exact)
    default:
      return false
  }
}

/** What gives one of its operands, or that with another sign. */
const moves: ReadonlySet<string> = new Set(['neg', 'abs', 'min', 'max'])
