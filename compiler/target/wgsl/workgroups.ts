import type { Nest } from '../../kernel/kernel.ts'

/** Threads of a workgroup, where no nest of the kernel asks for a number. */
const plainSize = 64

/** Threads of each workgroup of a kernel: as many as its nests have that are run by workgroups. */
export function workgroupSize(nests: readonly Nest[]): number {
  const sizes = new Set(nests.flatMap(({ group }) => (group ? [group.thread.extent!] : [])))
  if (sizes.size > 1) throw new Error(`nests of one kernel want workgroups of ${[...sizes].join(' and ')} threads`)
  return [...sizes][0] ?? plainSize
}

/** How many workgroups a nest needs: each thread takes one point of its grid, or each workgroup does. */
export const workgroupsOf = (nest: Nest, size: number): number =>
  nest.group ? pointsOf(nest) : Math.ceil(pointsOf(nest) / size)

/** The points of a nest's grid; a grid without loops is one point. */
export const pointsOf = (nest: Nest): number => nest.grid.reduce((points, { extent }) => points * extent, 1)

/**
 * A count of workgroups as a box of at least as many, of which no side passes the device's limit: WebGPU guarantees
 * 65,535.
 */
export function foldWorkgroups(total: number, limit: number): readonly [x: number, y: number, z: number] {
  if (total <= limit) return [total, 1, 1]
  const z = Math.ceil(total / limit ** 2)
  const y = Math.ceil(total / (limit * z))
  if (z > limit) throw new RangeError(`${total} workgroups do not fit in ${limit} x ${limit} x ${limit}`)
  return [Math.ceil(total / (y * z)), y, z]
}
