import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { f32, program } from '../../../dsl/index.ts'
import { compile, openDevice } from '../../../index.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import type { Device, Loaded } from '../../../runtime/device.ts'
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

test('nor the state that they hand on', async () => {
  const state = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`w${i}`, f32(4)]))
  const step = program({ state }, ({ state }) => ({
    state: Object.fromEntries(Object.entries(state).map(([name, w]) => [name, w.add(1)])),
  }))
  const run = await compile(step, await openDevice('cpu'), {})
  let last = run({ state: Object.fromEntries(Object.keys(state).map((name) => [name, new Float32Array(4)])) })
  const call = (times: number) => {
    for (let time = 0; time < times; time++) last = run(last)
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = call(500)
  // An engine keeps what weak references were made of, or have given, until the program yields: some 2 KB a call.
  expect(call(4000) - before).toBeLessThan(2 ** 20)
  expect((await last.state.w0!.read())[0]).toBe(4501)
})

/** An executable, and its memory. */
async function loadedWithMemory(device: Device): Promise<{ loaded: Loaded; memory: WeakRef<WebAssembly.Memory> }> {
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
const devices = [
  ['threads', await openCpu()],
  ['one thread', await openCpu({ threads: 1 })],
  ['threads apart', await openCpu({ threads: 2 }, false)],
] as const

test.each(devices)('a disposed executable gives its memory back, whoever still refers to it: %s', async (_, device) => {
  const { loaded, memory } = await loadedWithMemory(device)
  loaded.run()
  await collected()
  expect(memory.deref()).toBeDefined()
  loaded.dispose()
  await collected()
  expect(memory.deref()).toBeUndefined()
  expect(() => loaded.run()).toThrow('step has been disposed')
})

test.each(devices)('so does one that nobody refers to but the device: %s', async (_, device) => {
  const memory = await (async () => {
    const { loaded, memory } = await loadedWithMemory(device)
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

test('a run ends though nobody holds its executable any more, and others run after it', async () => {
  const device = await openCpu({ threads: 2 }, false)
  const start = async () => (await device.load(executable)).run()
  await start()
  collect()
  const next = await device.load(executable)
  next.write({ region: 0, offset: 0 }, Float32Array.of(1, 2, 3, 4))
  expect(await next.read({ region: 0, offset: 0 }, 4)).toEqual(Float32Array.of(1, 2, 3, 4))
  device.dispose()
})
