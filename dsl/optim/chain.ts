import type { Fields } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import { check, named } from '../trace/trace.ts'
import type { AnySlots, Layout } from './layout.ts'
import { type Optimiser, optimiserOf } from './optimiser.ts'
import { type AnyChainable, type Rule, type Transformation, transformationOf } from './transformation.ts'

/**
 * The members one after another, each given the updates of the one before. With an optimiser among them it is an
 * optimiser: what comes out is subtracted from the parameters. The state is a record of theirs by position; members
 * without state have no entry.
 */
export function chain<const M extends readonly AnyChainable[]>(
  ...members: { [K in keyof M]: Needs<OneOptimiser<M, K>, M[K]> }
): Chained<M> {
  const parts = members as unknown as readonly AnyChainable[]
  check(complaintOf(parts))
  const stateful = parts.map((part, i) => ({
    part,
    slot: Object.keys(part['~layout']).length > 0 ? `${i}` : undefined,
  }))
  const layout: Layout = Object.fromEntries(
    stateful.flatMap(({ part, slot }) => (slot === undefined ? [] : [[slot, part['~layout']]])),
  )
  const rule: Rule<Layout> = (updates, before, params) => {
    let passed = updates
    const state: { [slot: string]: AnySlots } = {}
    for (const { part, slot } of stateful) {
      const kept = slot === undefined ? {} : (before[slot] as AnySlots)
      const after = named(part['~name'], () => (part['~rule'] as unknown as Rule<Layout>)(passed, kept, params))
      passed = after.updates
      if (slot !== undefined) state[slot] = after.state
    }
    return { updates: passed, state }
  }
  const chained = parts.some(isOptimiser)
    ? optimiserOf<Layout>('chain', layout, rule)
    : transformationOf<Layout>('chain', layout, rule)
  return chained as unknown as Chained<M>
}

const isOptimiser = (part: AnyChainable): boolean => part['~kind'] === 'optimiser'

/** Check: member K is not one of several optimisers. */
type OneOptimiser<M, K> =
  K extends Fields<M>
    ? M[K] extends AnyOptimiser
      ? [Exclude<OptimisersOf<M>, K>] extends [never]
        ? never
        : typeof secondOptimiser
      : never
    : never
type OptimisersOf<M> = { [K in Fields<M>]: M[K] extends AnyOptimiser ? K : never }[Fields<M>]
type AnyOptimiser = AnyChainable & { readonly '~kind': 'optimiser' }

const secondOptimiser =
  'type error: chain: there are two optimisers; chain one with transformations such as scaleByAdam()'

function complaintOf(parts: readonly AnyChainable[]): string | undefined {
  const stray = parts.findIndex((part) => typeof part?.['~rule'] !== 'function')
  if (stray >= 0) return `type error: chain: member ${stray} is neither a transformation nor an optimiser`
  return parts.filter(isOptimiser).length > 1 ? secondOptimiser : undefined
}

/** What a chain is. Of a list whose length the type does not know, it does not know the state either. */
type Chained<M extends readonly AnyChainable[]> = number extends M['length']
  ? M extends readonly AnyTransformation[]
    ? Transformation<Layout>
    : M extends readonly [...AnyTransformation[], AnyOptimiser]
      ? Optimiser<Layout>
      : AnyChainable
  : [OptimisersOf<M>] extends [never]
    ? Transformation<Numbered<M>>
    : Optimiser<Numbered<M>>
type AnyTransformation = AnyChainable & { readonly '~kind': 'transformation' }
/** The layouts by position. `infer` makes an editor show the record and not this type's name. */
type Numbered<M> = {
  readonly [K in Fields<M> as M[K] extends { '~layout': infer L }
    ? [keyof L] extends [never]
      ? never
      : K
    : never]: M[K] extends {
    '~layout': infer L
  }
    ? L
    : never
} extends infer L extends Layout
  ? L
  : never
