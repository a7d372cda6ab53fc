import type { PlanOutline, Region, WgslCode } from '../../compiler/plan/plan.ts'
import { amountOf, tooLarge } from '../too-large.ts'
import { WebGpuError } from './error.ts'

/**
 * Compares what a program needs with what a GPU allows, before anything is made of it. A region is one buffer and one binding.
 *
 * @throws WebGpuError 'unavailable' with the largest tensors of the region that is too large.
 */
export function checkLimits({ name, regions }: PlanOutline, { shaders }: WgslCode, limits: GPUSupportedLimits): void {
  const limit =
    limits.maxStorageBufferBindingSize < limits.maxBufferSize ? 'maxStorageBufferBindingSize' : 'maxBufferSize'
  const most = limits[limit]
  const bytes = ({ size }: Region) => 4 * size
  const over = regions.filter((region) => bytes(region) > most)
  if (over.length > 0) {
    const needs = over.map((region) => `${amountOf(bytes(region))} in one piece for '${region.name}'`).join(' and ')
    throw new WebGpuError(
      'unavailable',
      `${name} needs ${needs}, and this GPU allows ${amountOf(most)} (${limit})${tooLarge(over)}`,
    )
  }
  const bound = Math.max(0, ...shaders.map((shader) => shader.regions.length))
  if (bound > limits.maxStorageBuffersPerShaderStage)
    throw new WebGpuError(
      'unavailable',
      `a kernel of ${name} uses ${bound} regions, and this GPU allows ${limits.maxStorageBuffersPerShaderStage} (maxStorageBuffersPerShaderStage)`,
    )
}
