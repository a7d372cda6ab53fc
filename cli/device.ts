import { type Device, openDevice } from '../index.ts'
import { nodeGpu } from '../runtime/node/index.ts'
import { chooseDevice } from '../runtime/open-device.ts'
import { oneOf } from './options.ts'

/** Which device a command computes on. */
export const deviceOption = oneOf('where to compute', ['auto', 'cpu', 'webgpu'], 'auto')

/** The device of that name; of 'auto' the GPU where there is one, else the CPU at its fastest. */
export async function openFor(kind: 'auto' | 'cpu' | 'webgpu'): Promise<Device> {
  if (kind === 'cpu') return openFastCpu()
  const found = await nodeGpu()
  if (kind === 'webgpu') return openDevice('webgpu', found)
  return (await chooseDevice(found)).kind === 'webgpu' ? openDevice('webgpu', found) : openFastCpu()
}

/** The CPU at its fastest: with relaxed SIMD, on for the whole process, where the engine has it at all. */
export async function openFastCpu(): Promise<Device> {
  try {
    return await openDevice('cpu', { relaxedSimd: true })
  } catch {
    return openDevice('cpu')
  }
}
