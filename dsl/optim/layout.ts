import { where } from '../operations/elementwise.ts'
import { type AnySpec, i32, isSpec, type Spec, type Specs } from '../spec.ts'
import type { Tensor } from '../tensor.ts'
import { likeness, type Needed, tensorIn } from '../tensor-in.ts'
import type { Held } from '../trace/held.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { type LeafAt, mapTree, withLeaves } from '../tree.ts'

/**
 * What a state is made of: by name, something like the parameters ('params'), a number of steps ('count', one i32), or
 * a layout of its own. Adam's is { m: 'params', v: 'params', count: 'count' }.
 */
export type Layout = { readonly [slot: string]: 'params' | 'count' | Layout }
/** The layout of what keeps nothing. */
export type Stateless = Record<never, never>

/** A layout of which the type knows no names; tracing checks the state of it. */
type Wide<L> = string extends keyof L ? true : false

/** The specs of a state for parameters of specs P. */
export type StateSpecs<L, P> =
  Wide<L> extends true
    ? Specs
    : { [K in keyof L]: L[K] extends 'params' ? P : L[K] extends 'count' ? Spec<[], 'i32'> : StateSpecs<L[K], P> }
/** The state for parameters of type P. */
export type State<L, P> =
  Wide<L> extends true
    ? unknown
    : { [K in keyof L]: L[K] extends 'params' ? P : L[K] extends 'count' ? Tensor<[], 'i32'> : State<L[K], P> }
/** The state as the rules of this folder see it: a tensor for each parameter, in their order. */
export type Slots<L> =
  Wide<L> extends true
    ? AnySlots
    : {
        readonly [K in keyof L]: L[K] extends 'params' ? readonly Held[] : L[K] extends 'count' ? Held : Slots<L[K]>
      }
export type AnySlots = { readonly [slot: string]: readonly Held[] | Held | AnySlots }

/** All of a state starts at zero: the initialisers of the parameters are not its own. */
export function specsOfState(layout: Layout, params: Specs | AnySpec): Specs {
  const zero = () => mapTree(params, isSpec, (spec) => ({ ...spec, initialiser: undefined })) as Specs | AnySpec
  return mapSlots(layout, (kind) =>
    kind === 'params' ? zero() : kind === 'count' ? i32() : specsOfState(kind, params),
  )
}

/** The tensors of a state, checked against the parameters. */
export function slotsIn<L extends Layout>(
  layout: L,
  state: unknown,
  what: string,
  params: readonly LeafAt<Held>[],
): Slots<L> {
  const within = (layout: Layout, at: string): AnySlots =>
    mapSlots(layout, (kind, slot) => {
      const here = joined(at, slot)
      if (kind === 'count') return tensorIn(state, here, what, scalarCount)
      if (kind === 'params')
        return params.map(({ path, leaf }) => tensorIn(state, joined(here, path), what, likeness(leaf)))
      return within(kind, here)
    })
  return within(layout, '') as Slots<L>
}
const joined = (at: string, path: string): string => [at, path].filter((part) => part !== '').join('.')
const scalarCount: Needed = { shape: [], dtype: 'i32', fits: (given) => given.length === 0 }

/** The state as its author sees it. */
export function stateOf<L extends Layout>(layout: L, slots: Slots<L>, params: unknown): unknown {
  const within = (layout: Layout, given: AnySlots): unknown =>
    mapSlots(layout, (kind, slot): unknown => {
      if (kind === 'count') return traced(given[slot] as Held)
      if (kind === 'params') return withLeaves(params, isTensor, (given[slot] as readonly Held[]).map(traced))
      return within(kind, given[slot] as AnySlots)
    })
  return within(layout, slots as unknown as AnySlots)
}

/** The one state where a condition holds, else the other. */
export function slotsWhere<L extends Layout>(layout: L, condition: Held, one: Slots<L>, other: Slots<L>): Slots<L> {
  const within = (layout: Layout, a: AnySlots, b: AnySlots): AnySlots =>
    mapSlots(layout, (kind, slot): AnySlots[string] => {
      if (kind === 'count') return where(condition, a[slot] as Held, b[slot] as Held)
      if (kind !== 'params') return within(kind, a[slot] as AnySlots, b[slot] as AnySlots)
      const others = b[slot] as readonly Held[]
      return (a[slot] as readonly Held[]).map((held, i) => where(condition, held, others[i]!))
    })
  return within(layout, one as unknown as AnySlots, other as unknown as AnySlots) as Slots<L>
}

const mapSlots = <T>(layout: Layout, make: (kind: Layout[string], slot: string) => T): { readonly [slot: string]: T } =>
  Object.fromEntries(Object.entries(layout).map(([slot, kind]) => [slot, make(kind, slot)]))
