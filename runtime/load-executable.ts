import type { Executable } from '../compiler/plan/plan.ts'
import type { Device } from './device.ts'
import { type Bound, bind } from './run.ts'

/**
 * Loads an executable, fresh from the compiler or saved and read again, on a device of its target.
 *
 * Throws where it is for another target, or too large for the device.
 */
export async function loadExecutable(executable: Executable, device: Device): Promise<Bound> {
  const { plan, code } = executable
  if (device instanceof Promise)
    throw new TypeError(
      `loadExecutable: the device for ${plan.name} is a promise; await it: loadExecutable(executable, await openDevice())`,
    )
  if (code.target !== device.target)
    throw new Error(
      `loadExecutable: ${plan.name} was compiled for ${code.target}, and ${device.name} runs ${device.target}; compile it for that, or open ${openers[code.target]}`,
    )
  return bind(executable, await device.load(executable), device)
}

const openers = { wasm: "openDevice('cpu')", wgsl: "openDevice('webgpu')" } as const
