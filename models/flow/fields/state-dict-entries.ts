import { isSpec } from '../../../dsl/spec.ts'
import { fail } from '../../../dsl/trace/trace.ts'
import { leavesOf } from '../../../dsl/tree.ts'
import type { Conditioning } from './condition.ts'

/** A field, as far as its state dict goes. */
export interface Stated<P> {
  readonly params: P
  readonly condition: Conditioning | undefined
}

/** One tensor of a state dict. */
interface Entry {
  /** The path of the parameter. */
  readonly name: string
  /** In the state dict. */
  readonly shape: readonly number[]
  /** Whether it is the weight of a linear layer: [out, in] there and [in, out] among the parameters. */
  readonly linear: boolean
}

/**
 * What the state dict of a field has, in the order of its parameters. A weight of two axes is that of a linear layer,
 * but for the table of the classes.
 */
export function entriesOf({ params, condition }: Stated<object>): readonly Entry[] {
  const table = condition !== undefined && 'classes' in condition ? 'cond_embed.weight' : undefined
  const specs = leavesOf(params, isSpec, (path) => {
    throw fail(`type error: params.${path} of the field is not a spec`)
  })
  return specs.map(({ path, leaf }) => {
    const shape = leaf.shape.map(Number)
    const linear = shape.length === 2 && /(^|\.)weight$/.test(path) && path !== table
    return { name: path, shape: linear ? shape.toReversed() : shape, linear }
  })
}

/** What stands before the names of the entries in most of the keys that end in one: '' or 'model' or 'ema.module'. */
export function prefixOf(keys: readonly string[], entries: readonly Entry[]): string {
  const counts = new Map([['', 0]])
  for (const key of keys) {
    for (const { name } of entries) {
      const prefix = key === name ? '' : key.endsWith(`.${name}`) ? key.slice(0, -name.length - 1) : undefined
      if (prefix !== undefined) counts.set(prefix, (counts.get(prefix) ?? 0) + 1)
    }
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0]
}
