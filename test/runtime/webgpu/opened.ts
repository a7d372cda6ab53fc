import { vi } from 'vitest'
import type { Device } from '../../../runtime/device.ts'
import { openWebGpu } from '../../../runtime/webgpu/index.ts'

/** The GPU, and the GPUDevice that is opened through it. */
export async function opened(gpu: GPU): Promise<{ device: Device; gpuDevice: GPUDevice }> {
  let gpuDevice: GPUDevice | undefined
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = (await gpu.requestAdapter(options))!
    const { limits, info, features } = adapter
    const requestDevice: GPUAdapter['requestDevice'] = async (descriptor) => {
      gpuDevice = await adapter.requestDevice(descriptor)
      return gpuDevice
    }
    return { limits, info, features, requestDevice } as GPUAdapter
  }
  const device = await openWebGpu({ requestAdapter } as GPU)
  return { device, gpuDevice: gpuDevice! }
}

/**
 * How often a device is asked for what costs time: calls since `counted`, which are those of anyone who uses the
 * device.
 */
export function counted(gpuDevice: GPUDevice): () => Counts {
  const copies = vi.fn()
  const passes = vi.fn()
  const createCommandEncoder = gpuDevice.createCommandEncoder.bind(gpuDevice)
  vi.spyOn(gpuDevice, 'createCommandEncoder').mockImplementation((descriptor) => {
    const encoder = createCommandEncoder(descriptor)
    const copyBufferToBuffer = encoder.copyBufferToBuffer.bind(encoder) as (...given: readonly unknown[]) => undefined
    const beginComputePass = encoder.beginComputePass.bind(encoder)
    encoder.copyBufferToBuffer = (...given: readonly unknown[]) => {
      copies()
      return copyBufferToBuffer(...given)
    }
    encoder.beginComputePass = (...given) => {
      passes()
      return beginComputePass(...given)
    }
    return encoder
  })
  const created = vi.spyOn(gpuDevice, 'createBuffer')
  const bound = vi.spyOn(gpuDevice, 'createBindGroup')
  const submitted = vi.spyOn(gpuDevice.queue, 'submit')
  return () => ({
    createBuffer: created.mock.calls.length,
    createBindGroup: bound.mock.calls.length,
    submit: submitted.mock.calls.length,
    pass: passes.mock.calls.length,
    copy: copies.mock.calls.length,
  })
}

export interface Counts {
  readonly createBuffer: number
  readonly createBindGroup: number
  readonly submit: number
  readonly pass: number
  readonly copy: number
}
