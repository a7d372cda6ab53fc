import { sameShape, type Value } from '../../ir/graph.ts'
import {
  add,
  bitcast,
  bitOr,
  bitXor,
  cast,
  div,
  maximum,
  mul,
  neg,
  select,
  shiftRight,
  sub,
} from '../../ir/primitives/index.ts'
import { type Rewrite, rewrite, type Site, splatOf } from './rewrite.ts'

/**
 * Elementwise identities that hold for every number, infinities and NaN too, up to the sign of a zero. x * 0 is not 0, and sums are not regrouped.
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
  rewrite(bitOr, same),
  rewrite(bitOr, (site) => neutral(site, 0, 'either')),
  rewrite(bitXor, (site) => neutral(site, 0, 'either')),
  rewrite(shiftRight, (site) => neutral(site, 0, 'right')),
  rewrite(select, ({ inputs: [, then, otherwise] }) => (then === otherwise ? then : undefined)),
  rewrite(select, (site) => {
    const condition = splatOf(site, site.inputs[0]!)
    return condition === undefined ? undefined : site.inputs[condition ? 1 : 2]
  }),
  rewrite(cast, alike),
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

const negated = (site: Site, value: Value): Value | undefined => site.madeBy(neg, value)?.inputs[0]

function same({ inputs: [x, y] }: Site): Value | undefined {
  return x === y ? x : undefined
}

/** The input, where it has the output's type already. */
function alike({ inputs: [x], type }: Site): Value | undefined {
  return x!.type.dtype === type.dtype && sameShape(x!.type.shape, type.shape) ? x : undefined
}
