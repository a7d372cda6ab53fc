import { isNotInstalled } from '../data/installed.ts'
import { messageOf } from '../message-of.ts'

/** A GPU, or why there is none. */
export type Found = { readonly gpu: GPU; readonly reason?: never } | { readonly gpu?: never; readonly reason: string }

/** Opens Dawn, the WebGPU of the npm package `webgpu`, with its own options ('backend=null'). */
export async function openDawn(options: readonly string[]): Promise<Found> {
  try {
    const { create } = await import('webgpu')
    // In steps of 65 us timestamps hide from a page what others do; a process of one's own has nobody to hide from.
    const gpu = create(['disable-dawn-features=timestamp_quantization', ...options])
    return { gpu: tracked(gpu) }
  } catch (error) {
    return {
      reason: isNotInstalled(error)
        ? "the package 'webgpu' is not installed: npm install webgpu"
        : `the package 'webgpu' does not load on this machine: ${messageOf(error)}`,
    }
  }
}

/**
 * Dawn crashes when a GPU object is collected while its devices live, and when the process ends while a device is at
 * work: objects are held for good, and devices until they are lost or the process ends, which destroys them.
 */
function tracked(gpu: GPU): GPU {
  const requestAdapter = gpu.requestAdapter.bind(gpu)
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options)
    if (!adapter) return null
    const requestDevice = adapter.requestDevice.bind(adapter)
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor)
      process.off('exit', destroyAll).once('exit', destroyAll)
      open.add(device)
      device.lost.then(() => open.delete(device))
      return device
    }
    return adapter
  }
  held.push(gpu)
  return gpu
}

const held: GPU[] = []
const open = new Set<GPUDevice>()

function destroyAll(): void {
  for (const device of open) device.destroy()
}
