import { mul, sigmoid } from '../operations/elementwise.ts'
import { split } from '../operations/slice.ts'
import { type Halve, halved } from '../shape/halve.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import type { AnyTensor } from '../tensor.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { check } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { type Layer, layerOf, type NoParams } from './layer.ts'
import type { Shaping } from './step.ts'

interface Halves<Op extends string> extends Shaping {
  readonly gives: Halve<Op, this['takes']>
}
/** A layer that is its function as well, and halves the last axis. */
export interface Gated<Op extends string> extends Layer<'float', Halves<Op>, NoParams> {
  <A extends AnyTensor>(x: Needs<Halve<Op, A>, A>): Makes<Halve<Op, A>>
}

/** a sigmoid(b) for the halves a, b of the last axis (Dauphin et al. 2017). */
export const glu: Gated<'glu'> = gated('glu', (a, b) => mul(a, sigmoid(b, 'glu'), 'glu'))

/** silu(a) b for the halves a, b of the last axis (Shazeer 2020). */
export const swiglu: Gated<'swiglu'> = gated('swiglu', (a, b) =>
  mul(mul(a, sigmoid(a, 'swiglu'), 'swiglu'), b, 'swiglu'),
)

function gated<Op extends string>(op: Op, gate: (a: Held, b: Held) => Held): Gated<Op> {
  const apply = (input: unknown) => {
    const x = heldTensor(op, input)
    check(halved(op, { shape: extentsOf(x), dtype: x.dtype }))
    const [a, b] = split(x, 2, -1)
    return traced(gate(a!, b!))
  }
  const run = { takes: 'float', gives: undefined, apply: (_params: never, x: AnyTensor) => apply(x) } as const
  return Object.assign(apply, layerOf({}, run)) as unknown as Gated<Op>
}
