import type { Nest } from '../../kernel/kernel.ts'

/** Threads of a workgroup, each of which takes one point of a nest's grid. */
export const workgroupSize = 64

/** How many workgroups a nest needs. */
export const workgroupsOf = (nest: Nest): number => Math.ceil(pointsOf(nest) / workgroupSize)

/** The points of a nest's grid; a grid without loops is one point. */
export const pointsOf = (nest: Nest): number => nest.grid.reduce((points, { extent }) => points * extent, 1)

/** A count of workgroups as a box of at least as many, of which no side passes the device's limit: WebGPU guarantees 65,535. */
export function foldWorkgroups(total: number, limit: number): readonly [x: number, y: number, z: number] {
  if (total <= limit) return [total, 1, 1]
  const z = Math.ceil(total / limit ** 2)
  const y = Math.ceil(total / (limit * z))
  if (z > limit) throw new RangeError(`${total} workgroups do not fit in ${limit} x ${limit} x ${limit}`)
  return [Math.ceil(total / (y * z)), y, z]
}
