import type { PlanOutline, Region, WgslCode } from '../../compiler/plan/plan.ts'
import { amountOf, tooLarge } from '../too-large.ts'
import { bytesOf } from './bytes.ts'
import { WebGpuError } from './error.ts'

/**
 * Compares what a program needs with what a GPU allows, before anything is made of it. A region is one buffer and one
 * binding.
 *
 * @throws WebGpuError 'unavailable' with the largest tensors of the region that is too large, and where it has no
 * 16-bit storage for what was compiled for that.
 */
export function checkFits(
  { name, regions }: PlanOutline,
  { shaders }: WgslCode,
  { limits, features }: Pick<GPUDevice, 'limits' | 'features'>,
): void {
  if (regions.some(({ element }) => element === 'f16') && !features.has('shader-f16'))
    throw new WebGpuError(
      'unavailable',
      `${name} was compiled for a GPU with 'shader-f16', which this one has not: compile it for this device, or for the capabilities that all have (baseline)`,
    )
  const limit =
    limits.maxStorageBufferBindingSize < limits.maxBufferSize ? 'maxStorageBufferBindingSize' : 'maxBufferSize'
  const most = limits[limit]
  const bytes = ({ size, element }: Region) => bytesOf[element] * size
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
