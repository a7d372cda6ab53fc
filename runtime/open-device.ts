import type { CpuOptions } from './cpu/device.ts'
import type { Device } from './device.ts'
import { adapterOf, infoOf, noAdapter } from './webgpu/adapter.ts'
import { openWebGpu, WebGpuError, type WebGpuOptions } from './webgpu/index.ts'

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
  if (kind === 'webgpu') {
    if (gpu) return openWebGpu(gpu, wanted)
    throw new WebGpuError(
      'unavailable',
      `openDevice('webgpu'): ${reason !== undefined ? `${reason}; openDevice('cpu') runs without` : noWebGpu()}`,
    )
  }
  if (kind === undefined && gpu && (options.software || (await isHardware(gpu)))) return openWebGpu(gpu, wanted)
  // A page that computes on the GPU does not load it.
  const { openCpu } = await import('./cpu/device.ts')
  return openCpu({
    ...(threads !== undefined && { threads }),
    ...(simd !== undefined && { simd }),
    ...(relaxedSimd !== undefined && { relaxedSimd }),
  })
}

const noWebGpu = (): string =>
  globalThis.process?.versions?.node !== undefined
    ? "Node has no WebGPU of its own; npm install webgpu, and openDevice('webgpu', await nodeGpu()) with nodeGpu of 'fluxion/node'; openDevice('cpu') runs without"
    : noAdapter()

async function isHardware(gpu: GPU): Promise<boolean> {
  const adapter = await adapterOf(gpu, { powerPreference: 'high-performance' })
  return adapter !== null && !infoOf(adapter.info).isFallback
}
