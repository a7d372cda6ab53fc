import { openCpu } from './cpu/device.ts'
import type { Device } from './device.ts'
import { openWebGpu } from './webgpu/index.ts'

export interface DeviceOptions {
  /** Where WebGPU is to be had; `navigator.gpu` unless given. In Node: `(await nodeGpu()).gpu` of `fluxion/node`. */
  readonly gpu?: GPU
  /** Why there is none, as `nodeGpu` says it. */
  readonly reason?: string
}

/**
 * Opens a device: WebGPU where there is a GPU, else the CPU; or the one that is named.
 *
 * Throws where the named one is not to be had.
 */
export async function openDevice(kind?: Device['kind'], options: DeviceOptions = {}): Promise<Device> {
  if (kind !== undefined && kind !== 'webgpu' && kind !== 'cpu')
    throw new TypeError(
      `openDevice(${typeof kind === 'string' ? `'${kind}'` : kind}): there is no such kind of device; write 'webgpu' or 'cpu', or openDevice() for WebGPU where there is a GPU`,
    )
  const gpu = options.gpu ?? globalThis.navigator?.gpu
  if (kind === 'webgpu') {
    if (gpu) return openWebGpu(gpu)
    throw new Error(
      options.reason !== undefined
        ? `openDevice('webgpu'): ${options.reason}; openDevice('cpu') runs without`
        : "openDevice('webgpu'): there is no WebGPU here; in Node give it one: openDevice('webgpu', await nodeGpu()) with nodeGpu of 'fluxion/node'",
    )
  }
  if (kind === undefined && gpu && (await isHardware(gpu))) return openWebGpu(gpu)
  return openCpu()
}

async function isHardware(gpu: GPU): Promise<boolean> {
  const adapter = await gpu.requestAdapter()
  return adapter !== null && !adapter.info.isFallbackAdapter && !/swiftshader|llvmpipe/i.test(adapter.info.architecture)
}
