import type { FusedNest } from '../fuse/fuse.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { flatIndex } from './parts.ts'

/** An elementwise nest over one flat axis where its last axis is short: lanes then run across it. */
export function collapse(s: Scalars, nest: FusedNest): FusedNest {
  if (nest.axes.length < 2 || nest.axes.at(-1)!.extent! >= 16) return nest
  const { merged, at } = flatIndex(s, 'i', nest.axes)
  const stores = nest.stores.map(({ tensor, index, value }) => ({
    tensor,
    index: s.substitute(index, at),
    value: s.substitute(value, at),
  }))
  return { ...nest, axes: [merged], stores }
}
