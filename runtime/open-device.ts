import type { CpuOptions } from './cpu/device.ts'
import type { Device } from './device.ts'
import { adapterOf, infoOf, modelOf } from './webgpu/adapter.ts'
import type { WebGpuOptions } from './webgpu/device.ts'
import { WebGpuError } from './webgpu/error.ts'

export interface DeviceOptions extends WebGpuOptions, CpuOptions {
  /** Where WebGPU is to be had; `navigator.gpu` unless given. In Node: `(await nodeGpu()).gpu` of `fluxion/node`. */
  readonly gpu?: GPU
  /** Why there is none, as `nodeGpu` says it. */
  readonly reason?: string
}

/**
 * Opens a device: WebGPU where there is a GPU, else the CPU; or the one that is named.
 *
 * @throws WebGpuError 'unavailable' where 'webgpu' is named and not to be had, with what to do.
 */
export async function openDevice(kind?: Device['kind'], options: DeviceOptions = {}): Promise<Device> {
  if (kind !== undefined && kind !== 'webgpu' && kind !== 'cpu')
    throw new TypeError(
      `openDevice(${typeof kind === 'string' ? `'${kind}'` : kind}): there is no such kind of device; write 'webgpu' or 'cpu', or openDevice() for WebGPU where there is a GPU`,
    )
  const { reason, threads, simd, relaxedSimd, gpu = globalThis.navigator?.gpu, ...wanted } = options
  if (kind === 'webgpu' && !gpu)
    throw new WebGpuError(
      'unavailable',
      `openDevice('webgpu'): ${reason !== undefined ? `${reason}; openDevice('cpu') runs without` : await noWebGpu()}`,
    )
  const chosen = kind ?? (await chooseDevice(options)).kind
  // A page loads the device that it opens.
  if (chosen === 'webgpu') return (await import('./webgpu/device.ts')).openWebGpu(gpu!, wanted)
  const { openCpu } = await import('./cpu/device.ts')
  return openCpu({
    ...(threads !== undefined && { threads }),
    ...(simd !== undefined && { simd }),
    ...(relaxedSimd !== undefined && { relaxedSimd }),
  })
}

/** Which kind of device `openDevice` opens where none is named, and why, for those who ask. */
export async function chooseDevice({
  gpu = globalThis.navigator?.gpu,
  reason,
  software = false,
  powerPreference = 'high-performance',
}: DeviceOptions = {}): Promise<{ readonly kind: Device['kind']; why(): Promise<string> }> {
  if (!gpu) return { kind: 'cpu', why: async () => reason ?? noWebGpu() }
  if (software) return { kind: 'webgpu', why: async () => 'WebGPU in software was asked for' }
  const adapter = await adapterOf(gpu, { powerPreference })
  if (!adapter) return { kind: 'cpu', why: async () => 'there is no WebGPU adapter' }
  const info = infoOf(adapter.info)
  return info.isFallback
    ? {
        kind: 'cpu',
        why: async () =>
          `${modelOf(info)} computes in software, which is slower than the CPU's own code and is used only where it is asked for`,
      }
    : { kind: 'webgpu', why: async () => `${modelOf(info) || 'the WebGPU adapter'} is a GPU` }
}

/** Loaded by those who ask. */
const noWebGpu = async (): Promise<string> => (await import('./webgpu/unavailable.ts')).noWebGpu()
