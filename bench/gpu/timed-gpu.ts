import { type Device, openDevice, type Tuned } from '../../index.ts'

/** A WebGPU device of this project of which more is known than it shows. */
export interface TimedGpu {
  readonly device: Device
  /** Resolves when all that was submitted is done. */
  settled(): Promise<void>
  /**
   * Milliseconds that compute passes took on the GPU's own clock since the last time this was asked; undefined where it
   * has none.
   */
  passes(): Promise<number | undefined>
}

/** Most compute passes whose times are kept until they are asked for; later ones are not timed. */
const mostPasses = 2048

export interface TimedGpuOptions {
  /** Each compute pass is timed, which costs a little. */
  readonly timestamps?: boolean
  readonly tuned?: Tuned
}

/** Opens the device behind `gpu`. */
export async function openTimedGpu(
  gpu: GPU,
  { timestamps = false, tuned = {} }: TimedGpuOptions = {},
): Promise<TimedGpu> {
  let found: GPUDevice | undefined
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = await gpu.requestAdapter(options)
    if (!adapter) return null
    const requestDevice: GPUAdapter['requestDevice'] = async (descriptor) => {
      found = await adapter.requestDevice(descriptor)
      return found
    }
    const { limits, info, features } = adapter
    return { limits, info, features, requestDevice } as GPUAdapter
  }
  const device = await openDevice('webgpu', { gpu: { requestAdapter } as GPU, tuned })
  const opened = found!
  const passes = timestamps && opened.features.has('timestamp-query') ? timePasses(opened) : async () => undefined
  return { device, settled: () => opened.queue.onSubmittedWorkDone(), passes }
}

/** Has every compute pass of a device write when it began and ended. */
function timePasses(device: GPUDevice): () => Promise<number> {
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * mostPasses })
  const size = 2 * mostPasses * 8
  // Their numbers, since a page's globals are not there in Node: QUERY_RESOLVE | COPY_SRC, and MAP_READ | COPY_DST.
  const resolved = device.createBuffer({ size, usage: 0x0200 | 0x0004 })
  const readable = device.createBuffer({ size, usage: 0x0001 | 0x0008 })
  let count = 0
  const createCommandEncoder = device.createCommandEncoder.bind(device)
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor)
    const beginComputePass = encoder.beginComputePass.bind(encoder)
    encoder.beginComputePass = (pass) => {
      if (count >= mostPasses) return beginComputePass(pass)
      const at = 2 * count++
      return beginComputePass({
        ...pass,
        timestampWrites: { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
      })
    }
    return encoder
  }
  return async () => {
    if (count === 0) return 0
    const encoder = createCommandEncoder()
    encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0)
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16 * count)
    device.queue.submit([encoder.finish()])
    await readable.mapAsync(0x0001, 0, 16 * count)
    const ticks = new BigInt64Array(readable.getMappedRange(0, 16 * count).slice(0))
    readable.unmap()
    let nanoseconds = 0n
    for (let i = 0; i < count; i++) nanoseconds += ticks[2 * i + 1]! - ticks[2 * i]!
    count = 0
    return Number(nanoseconds) / 1e6
  }
}
