import { sameShape, type Value } from '../../ir/graph.ts'
import { isFloat } from '../../ir/primitive.ts'
import {
  abs,
  add,
  bitAnd,
  bitcast,
  bitNot,
  bitOr,
  bitXor,
  cast,
  div,
  equal,
  floor,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  round,
  select,
  shiftLeft,
  shiftRight,
  sub,
} from '../../ir/primitives/index.ts'
import { filledWith, type Rewrite, rewrite, type Site, splatOf } from './rewrite.ts'

/**
 * Elementwise identities that hold for every number, infinities and NaN too, up to the sign of a zero. x * 0 is not 0,
 * and sums are not regrouped.
 */
export const algebra: readonly Rewrite[] = [
  rewrite(add, (site) => neutral(site, 0, 'either')),
  rewrite(add, (site) => {
    const [x, y] = site.inputs
    const [minusX, minusY] = [negated(site, x!), negated(site, y!)]
    return minusY ? site.emit(sub, [x!, minusY], {}) : minusX && site.emit(sub, [y!, minusX], {})
  }),
  rewrite(sub, (site) => neutral(site, 0, 'right')),
  rewrite(sub, (site) => {
    const [x, y] = site.inputs
    const minusY = negated(site, y!)
    if (minusY) return site.emit(add, [x!, minusY], {})
    return splatOf(site, x!) === 0 && site.type.dtype !== 'u32' ? site.emit(neg, [y!], {}) : undefined
  }),
  rewrite(mul, (site) => neutral(site, 1, 'either')),
  rewrite(mul, (site) => {
    const negated = neutral(site, -1, 'either')
    return negated && site.emit(neg, [negated], {})
  }),
  rewrite(div, (site) => neutral(site, 1, 'right')),
  rewrite(neg, (site) => negated(site, site.inputs[0]!)),
  rewrite(neg, (site) => {
    const difference = site.madeBy(sub, site.inputs[0]!)
    return difference && site.emit(sub, difference.inputs.toReversed(), {})
  }),
  rewrite(maximum, same),
  rewrite(minimum, same),
  rewrite(pow, power),
  ...[floor, round].map((rounding) =>
    rewrite(rounding, (site) => (isRounded(site, site.inputs[0]!) ? site.inputs[0] : undefined)),
  ),
  rewrite(abs, (site) => (site.madeBy(abs, site.inputs[0]!) ? site.inputs[0] : undefined)),
  rewrite(abs, (site) => {
    const opposite = negated(site, site.inputs[0]!)
    return opposite && site.emit(abs, [opposite], {})
  }),
  rewrite(bitAnd, same),
  rewrite(bitAnd, (site) => neutral(site, allBits(site), 'either')),
  rewrite(bitAnd, (site) => (holds(site, 0) ? filledWith(site, 0) : undefined)),
  rewrite(bitOr, same),
  rewrite(bitOr, (site) => neutral(site, 0, 'either')),
  rewrite(bitOr, (site) => (holds(site, allBits(site)) ? filledWith(site, allBits(site)) : undefined)),
  rewrite(bitXor, (site) => neutral(site, 0, 'either')),
  rewrite(bitXor, (site) => {
    const turned = neutral(site, allBits(site), 'either')
    return turned && site.emit(bitNot, [turned], {})
  }),
  rewrite(bitXor, (site) => (same(site) ? filledWith(site, 0) : undefined)),
  rewrite(bitNot, (site) => site.madeBy(bitNot, site.inputs[0]!)?.inputs[0]),
  rewrite(shiftLeft, (site) => neutral(site, 0, 'right')),
  rewrite(shiftRight, (site) => neutral(site, 0, 'right')),
  // A float may be NaN, which is not equal to itself.
  ...[equal, lessEqual].map((comparison) =>
    rewrite(comparison, (site) =>
      same(site) && !isFloat(site.inputs[0]!.type.dtype) ? filledWith(site, 1) : undefined,
    ),
  ),
  rewrite(less, (site) => (same(site) ? filledWith(site, 0) : undefined)),
  rewrite(select, ({ inputs: [, then, otherwise] }) => (then === otherwise ? then : undefined)),
  rewrite(select, (site) => {
    const condition = splatOf(site, site.inputs[0]!)
    return condition === undefined ? undefined : site.inputs[condition ? 1 : 2]
  }),
  // What is f16 may be kept more exact than it is until it is cast.
  rewrite(cast, (site) => (site.type.dtype === 'f16' ? undefined : alike(site))),
  rewrite(bitcast, alike),
  rewrite(bitcast, (site) => {
    const inner = site.madeBy(bitcast, site.inputs[0]!)
    return inner && site.emit(bitcast, inner.inputs, site.params)
  }),
]

/** The other operand where one is a constant that changes nothing. */
function neutral(site: Site, number: number, side: 'either' | 'right'): Value | undefined {
  const [x, y] = site.inputs
  if (splatOf(site, y!) === number) return x
  return side === 'either' && splatOf(site, x!) === number ? y : undefined
}

/** Whether either operand is a constant of this number. */
const holds = (site: Site, number: number): boolean => site.inputs.some((input) => splatOf(site, input) === number)

/** The number all of whose bits are set. */
const allBits = ({ type: { dtype } }: Site): number => (dtype === 'bool' ? 1 : dtype === 'u32' ? 2 ** 32 - 1 : -1)

/** Small whole powers are products, and x^-1 is a quotient. */
function power(site: Site): Value | undefined {
  const [x, y] = site.inputs
  const exponent = splatOf(site, y!)
  if (exponent === 0 || splatOf(site, x!) === 1) return filledWith(site, 1)
  if (exponent === 1) return x
  if (exponent === -1) return site.emit(div, [filledWith(site, 1), x!], {})
  if (exponent !== 2 && exponent !== 3) return undefined
  const square = site.emit(mul, [x!, x!], {})
  return exponent === 2 ? square : site.emit(mul, [square, x!], {})
}

const isRounded = (site: Site, value: Value): boolean =>
  site.madeBy(floor, value) !== undefined || site.madeBy(round, value) !== undefined

const negated = (site: Site, value: Value): Value | undefined => site.madeBy(neg, value)?.inputs[0]

function same({ inputs: [x, y] }: Site): Value | undefined {
  return x === y ? x : undefined
}

/** The input, where it has the output's type already. */
function alike({ inputs: [x], type }: Site): Value | undefined {
  return x!.type.dtype === type.dtype && sameShape(x!.type.shape, type.shape) ? x : undefined
}
