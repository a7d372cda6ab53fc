import type { FusedNest } from '../fuse/fuse.ts'
import type { Loop } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { type Draft, emit, inLoops } from './emit.ts'
import type { GroupTile } from './group.ts'
import type { Tile } from './parts.ts'
import type { Scheduled } from './schedule.ts'

/** Numbers the tensors for the kernel of a nest. */
export type SlotOf = (tensor: number) => number

/** A nest whose points are those of a grid. */
export function overGrid(
  s: Scalars,
  { name }: FusedNest,
  slotOf: SlotOf,
  { grid, drafts }: { readonly grid: readonly Loop[]; readonly drafts: readonly Draft[] },
): Scheduled {
  const indices = grid.map(({ index }) => index)
  const { names, notes, ...made } = emit(s, slotOf, indices, drafts)
  const loops = made.grid.map((index, i) => ({ index, extent: grid[i]!.extent }))
  return { nest: { name, grid: loops, body: made.body }, names, notes }
}

/** The parts of a nest, each a nest of its own. */
export const inTiles = (s: Scalars, nest: FusedNest, slotOf: SlotOf, tiles: readonly Tile[]): readonly Scheduled[] =>
  tiles.map(({ grid, loops, stores }) => overGrid(s, nest, slotOf, { grid, drafts: inLoops(loops, stores) }))

/** A nest whose points are workgroups. */
export function grouped(
  s: Scalars,
  { name }: FusedNest,
  slotOf: SlotOf,
  { grid, thread, shared, drafts, product }: GroupTile,
): Scheduled {
  const { names, notes, ...made } = emit(s, slotOf, [...grid.map(({ index }) => index), thread], drafts)
  const loops = made.grid.slice(0, -1).map((index, i) => ({ index, extent: grid[i]!.extent }))
  const group = { thread: made.grid.at(-1)!, shared, ...(product !== undefined && { product }) }
  return { nest: { name, grid: loops, body: made.body, group }, names, notes }
}
