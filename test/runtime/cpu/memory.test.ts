import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { f32, program } from '../../../dsl/index.ts'
import { compile, openDevice } from '../../../index.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import type { Loaded } from '../../../runtime/device.ts'
import { executable } from '../step.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('calls that never yield do not pile up what nobody holds', async () => {
  const size = 2 ** 18
  const step = program({ state: { w: f32(size) }, x: f32() }, ({ state, x }) => ({
    state: { w: state.w.add(x) },
    out: state.w.mul(x),
  }))
  const run = await compile(step, await openDevice('cpu'), {})
  const one = Float32Array.of(1)
  let { state } = run({ state: { w: new Float32Array(size) }, x: one })
  let most = 0
  for (let call = 0; call < 2000; call++) {
    ;({ state } = run({ state, x: one }))
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }
  expect((await state.w.read())[0]).toBe(2001)
  // 2,000 outputs of 1 MiB went by.
  expect(most / 2 ** 20).toBeLessThan(700)
})

/** An executable, and its memory. */
async function loadedWithMemory(): Promise<{ loaded: Loaded; memory: WeakRef<WebAssembly.Memory> }> {
  let memory: WeakRef<WebAssembly.Memory> | undefined
  const Memory = WebAssembly.Memory
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor)
      memory = new WeakRef(this)
    }
  }
  const loaded = await device.load(executable).finally(() => {
    WebAssembly.Memory = Memory
  })
  return { loaded, memory: memory! }
}
const device = await openCpu()

test('a disposed executable gives its memory back, whoever still refers to it', async () => {
  const { loaded, memory } = await loadedWithMemory()
  loaded.run()
  await collected()
  expect(memory.deref()).toBeDefined()
  loaded.dispose()
  await collected()
  expect(memory.deref()).toBeUndefined()
  expect(() => loaded.run()).toThrow('step has been disposed')
})

test('so does one that nobody refers to but the device', async () => {
  const memory = await (async () => {
    const { loaded, memory } = await loadedWithMemory()
    loaded.run()
    return memory
  })()
  await collected()
  await collected()
  expect(memory.deref()).toBeUndefined()
  expect(device.kind).toBe('cpu')
})

/** What a weak reference has given stays until the next task. */
async function collected(): Promise<void> {
  await new Promise((done) => setTimeout(done))
  collect()
}
