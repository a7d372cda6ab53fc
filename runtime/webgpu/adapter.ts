import type { Capabilities } from '../../compiler/plan/plan.ts'
import type { DeviceInfo } from '../device.ts'
import { WebGpuError } from './error.ts'

/** What is asked for where the adapter has it. */
const wantedFeatures = ['timestamp-query', 'shader-f16', 'subgroups'] as const satisfies readonly GPUFeatureName[]

const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

/** An adapter that a device could be opened on. */
export interface AdapterInfo extends DeviceInfo {
  /** What `openDevice` is given to get it. */
  readonly options: { readonly powerPreference: GPUPowerPreference } | { readonly software: true }
  readonly features: readonly string[]
}

/**
 * The adapters that a host of WebGPU offers, the fastest first: it says no more than which it would take for speed, for
 * a battery, and in software. Empty where there is none. `gpu` is `navigator.gpu` unless given; in Node: `(await
 * nodeGpu()).gpu` of `fluxion/node`, which has `nodeAdapters` for those behind it.
 */
export async function listAdapters(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<readonly AdapterInfo[]> {
  const asked = [{ powerPreference: 'high-performance' }, { powerPreference: 'low-power' }, { software: true }] as const
  const found: AdapterInfo[] = []
  for (const options of asked) {
    const adapter = gpu && (await adapterOf(gpu, options))
    if (!adapter) continue
    const info = { ...infoOf(adapter.info), options, features: [...adapter.features].sort() }
    const isSame = (other: AdapterInfo) =>
      other.vendor === info.vendor &&
      other.architecture === info.architecture &&
      other.description === info.description &&
      other.isFallback === info.isFallback
    if (!found.some(isSame)) found.push(info)
  }
  return found
}

/** Hosts say that there is none with null, or by throwing. */
export const adapterOf = async (gpu: GPU, options: AdapterInfo['options']): Promise<GPUAdapter | null> => {
  try {
    return await gpu.requestAdapter('software' in options ? { forceFallbackAdapter: true } : options)
  } catch {
    return null
  }
}

/**
 * An adapter, and a device on it with all that it allows.
 *
 * @throws WebGpuError 'unavailable' where there is no adapter.
 */
export async function requestDevice(
  gpu: GPU,
  options: AdapterInfo['options'],
): Promise<{ readonly gpu: GPUDevice; readonly info: GPUAdapterInfo }> {
  const adapter = await adapterOf(gpu, options)
  if (!adapter) {
    const { noAdapter } = await import('./unavailable.ts')
    throw new WebGpuError('unavailable', noAdapter())
  }
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]))
  const requiredFeatures = wantedFeatures.filter((name) => adapter.features.has(name))
  try {
    const device = await adapter.requestDevice({ label: 'fluxion', requiredLimits, requiredFeatures })
    return { gpu: device, info: adapter.info }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : `${cause}`
    throw new WebGpuError('unavailable', `the GPU's adapter gives no device: ${reason}`, { cause })
  }
}

export const infoOf = (info: GPUAdapterInfo): DeviceInfo => ({
  vendor: info.vendor,
  architecture: info.architecture,
  description: info.description || info.device,
  isFallback: info.isFallbackAdapter || isSoftware(info),
})

/** Drivers that compute on the CPU and do not say so; where they are not described, Mesa's has this architecture. */
const isSoftware = ({ architecture, description }: GPUAdapterInfo): boolean =>
  architecture === 'software' || /swiftshader|llvmpipe/i.test(`${architecture} ${description}`)

/** 'NVIDIA H100'; empty where the adapter says nothing of itself. */
export const modelOf = ({ vendor, architecture, description }: DeviceInfo): string =>
  description || [vendor, architecture].filter(Boolean).join(' ')

export const limitsOf = (limits: GPUSupportedLimits): { readonly [name: string]: number } => {
  const found: { [name: string]: number } = {}
  // They are getters of the prototype.
  for (const name in limits) {
    const value = limits[name as keyof GPUSupportedLimits]
    if (typeof value === 'number') found[name] = value
  }
  return found
}

export function capabilitiesOf({ features, limits }: GPUDevice, info: GPUAdapterInfo): Capabilities {
  const { subgroupMinSize: min, subgroupMaxSize: max } = info
  return {
    subgroups: features.has('subgroups') && (min > 0 && max > 0 ? { min, max } : true),
    software: info.isFallbackAdapter || isSoftware(info),
    f16: features.has('shader-f16'),
    simd: true,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    invocations: Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
    maxWorkgroups: limits.maxComputeWorkgroupsPerDimension,
  }
}
