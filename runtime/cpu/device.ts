import type { Executable } from '../../compiler/plan/plan.ts'
import type { Device } from '../device.ts'
import { CpuExecutable } from './executable.ts'
import { hasSimd } from './features.ts'

/**
 * The CPU as a device: WebAssembly with 128-bit SIMD, on the thread that calls. Runs in Node and in browsers.
 *
 * Throws where the engine has no WebAssembly SIMD.
 */
export async function openCpu(): Promise<Device> {
  if (!hasSimd())
    throw new Error(
      'the CPU device needs WebAssembly SIMD, which this engine lacks: Node 16.4, Chrome 91, Firefox 89 and Safari 16.4 have it',
    )
  const loaded = new Set<CpuExecutable>()
  let open = true
  return {
    kind: 'cpu',
    name: 'CPU (WebAssembly SIMD)',
    target: 'wasm',
    async load(executable: Executable) {
      if (!open) throw new Error(`the device that ${executable.plan.name} is to be loaded on has been disposed`)
      const made = await CpuExecutable.load(executable, (gone) => loaded.delete(gone))
      loaded.add(made)
      return made
    },
    dispose() {
      open = false
      for (const executable of [...loaded]) executable.dispose()
    },
  }
}
