import { type Device, openDevice } from '../index.ts'
import { nodeGpu } from '../runtime/node/index.ts'
import { chooseDevice } from '../runtime/open-device.ts'
import { oneOf, text, type Values } from './options.ts'
import { tunedFrom } from './tuned-file.ts'

/** Which device a command computes on, and how its kernels are made there. */
export const deviceOptions = {
  device: oneOf('where to compute', ['auto', 'cpu', 'webgpu'], 'auto'),
  tuned: text('FILE', 'what fluxion tune has written for this GPU: kernels are made as it says'),
}

/**
 * The device of that name; of 'auto' the GPU where there is one, else the CPU at its fastest.
 *
 * @throws Error where what was tuned cannot be read, or is of another device.
 */
export async function openFor({ device: kind, tuned: path }: Values<typeof deviceOptions>): Promise<Device> {
  const tuned = path === undefined ? undefined : await tunedFrom(path)
  const found = kind === 'cpu' ? undefined : await nodeGpu()
  if (!found || (kind === 'auto' && (await chooseDevice(found)).kind === 'cpu')) {
    if (tuned) throw new Error(`--tuned is of the GPU ${tuned.device}, and this computes on the CPU; leave it out`)
    return openFastCpu()
  }
  const device = await openDevice('webgpu', { ...found, ...(tuned && { tuned }) })
  if (!tuned || tuned.device === device.name) return device
  device.dispose()
  throw new Error(
    `--tuned is '${path}', which was measured on ${tuned.device}, and this is ${device.name}; leave it out`,
  )
}

/** The CPU at its fastest: with relaxed SIMD, on for the whole process, where the engine has it at all. */
export async function openFastCpu(): Promise<Device> {
  try {
    return await openDevice('cpu', { relaxedSimd: true })
  } catch {
    return openDevice('cpu')
  }
}
