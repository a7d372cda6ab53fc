import type { Nest } from './kernel.ts'

const alignment = 64

/**
 * Where the shared arrays of a nest lie, one after the other, where there is no memory of workgroups: in bytes, from a
 * multiple of 64 on.
 */
export function scratchOf({ group }: Pick<Nest, 'group'>): {
  readonly offsets: readonly number[]
  readonly bytes: number
} {
  const offsets: number[] = []
  let bytes = 0
  for (const { size, lanes } of group?.shared ?? []) {
    offsets.push(bytes)
    bytes = Math.ceil((bytes + 4 * lanes * size) / alignment) * alignment
  }
  return { offsets, bytes }
}
