import type { Executable } from '../../compiler/plan/plan.ts'
import { baseline } from '../capabilities.ts'
import type { Device } from '../device.ts'
import { CpuExecutable, mostBytes } from './executable.ts'
import { hasRelaxedSimd, hasSimd } from './features.ts'

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
  const loaded = new Set<WeakRef<CpuExecutable>>()
  let lose: (reason: Error) => void = () => {}
  const lost = new Promise<Error>((resolve) => {
    lose = resolve
  })
  let open = true
  const dispose = () => {
    if (!open) return
    open = false
    for (const executable of loaded) executable.deref()?.dispose()
    loaded.clear()
    lose(new Error('the CPU device was disposed of'))
  }
  return {
    kind: 'cpu',
    name: 'CPU (WebAssembly SIMD)',
    target: 'wasm',
    info: { vendor: '', architecture: 'wasm', description: 'WebAssembly SIMD', isFallback: false },
    features: hasRelaxedSimd() ? ['relaxed-simd'] : [],
    limits: { maxBufferSize: mostBytes },
    capabilities: baseline,
    lost,
    async load(executable: Executable) {
      if (!open) throw new Error(`the device that ${executable.plan.name} is to be loaded on has been disposed`)
      const made = await CpuExecutable.load(executable)
      const held = new WeakRef(made)
      loaded.add(held)
      gone.register(made, () => loaded.delete(held))
      return made
    },
    ready: async () => {},
    dispose,
    [Symbol.dispose]: dispose,
  }
}

/** Executables that nobody holds any more. */
const gone = new FinalizationRegistry<() => void>((forget) => forget())
