import type { Capabilities, Place, Plan, Shader, WgslCode } from '../../plan/plan.ts'
import { printShader } from './shader.ts'

export interface WgslOptions {
  /** The most workgroups along one side of a dispatch. Every WebGPU device allows 65,535. */
  readonly maxWorkgroups?: number
  readonly subgroups?: Capabilities['subgroups']
}

/**
 * Prints a plan's kernels as WGSL: a shader for each kernel and choice of regions for its slots, which all dispatches
 * with that choice share.
 */
export function printWgsl(plan: Plan, { maxWorkgroups = 65_535, subgroups = false }: WgslOptions = {}): WgslCode {
  const limits = { maxWorkgroups, subgroup: oneSize(subgroups) }
  const shaders: Shader[] = []
  const printed = new Map<string, number>()
  const dispatches = plan.dispatches.map(({ kernel, places }) => {
    const where = places.map(({ region }) => region)
    const aligned = places.map(isAligned)
    const key = `${kernel}: ${where.join()} ${aligned.join()}`
    const known = printed.get(key)
    if (known !== undefined) return known
    printed.set(key, shaders.length)
    return shaders.push(printShader(plan.kernels[kernel]!, { where, aligned }, plan.regions, limits)) - 1
  })
  return { target: 'wgsl', shaders, dispatches }
}

/** The size of subgroups where all have the same, so that a workgroup is made of whole ones; else 0. */
const oneSize = (subgroups: Capabilities['subgroups']): number =>
  typeof subgroups === 'object' && subgroups.min === subgroups.max ? subgroups.min : 0

/** Whether a place begins at a multiple of four elements, in every turn of the loops around it. */
const isAligned = ({ offset, advance = [] }: Place): boolean => [offset, ...advance].every((n) => n % 4 === 0)
