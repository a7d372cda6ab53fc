import { expect, test } from 'vitest'
import { mlpStep } from '../../../bench/programs/mlp.ts'
import { compile, type Device, openDevice } from '../../../index.ts'
import { hasSimd } from '../../../runtime/cpu/features.ts'
import { runInNode } from './in-node.ts'

test('a device without SIMD says so, and is compiled for', async () => {
  const device = await openDevice('cpu', { simd: false, threads: 2 })
  expect(device.name).toBe('CPU (WebAssembly, 2 threads)')
  expect(device.features).toEqual([])
  expect(device.capabilities.simd).toBe(false)
  device.dispose()
  const usual = await openDevice('cpu', { simd: true, relaxedSimd: false, threads: 2 })
  expect(usual.name).toBe('CPU (WebAssembly SIMD, 2 threads)')
  expect(usual.features).toEqual(['simd'])
  expect(usual.capabilities.simd).toBe(true)
  usual.dispose()
})

test('what cannot be is refused', async () => {
  await expect(openDevice('cpu', { simd: 'no' as never })).rejects.toThrow(
    "openDevice('cpu'): simd is no; write true or false, or leave it out",
  )
  await expect(openDevice('cpu', { simd: false, relaxedSimd: true })).rejects.toThrow(
    "openDevice('cpu', { simd: false, relaxedSimd: true }): relaxed SIMD is SIMD; leave one of them out",
  )
})

test('a training step comes to the same losses with and without SIMD', { timeout: 60_000 }, async () => {
  const [n, steps] = [64, 20]
  const [x, y] = [0, 1].map((k) => Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i + k)))
  const losses = async (device: Device): Promise<readonly number[]> => {
    const run = await compile(mlpStep, device, { n })
    const { history } = run.steps(steps, { state: await run.init({ seed: 1 }), x: x!, y: y! }, { history: true })
    const found = [...(await history.loss.read())]
    device.dispose()
    return found
  }
  // One after the other compiled of one program: what was made for one device is not given to the other.
  const without = await losses(await openDevice('cpu', { simd: false, threads: 2 }))
  const usual = await losses(await openDevice('cpu', { relaxedSimd: false, threads: 2 }))
  expect(usual.at(-1)).toBeLessThan(0.5 * usual[0]!)
  for (const [i, loss] of usual.entries()) expect(Math.abs(without[i]! / loss - 1)).toBeLessThan(1e-5)
})

test('an engine that has no SIMD runs what is compiled for it', { timeout: 60_000 }, async () => {
  const script = `
    import { trainOn } from './page.js'
    const training = { steps: 3, n: 16, seed: 1 }
    const insisting = await trainOn('cpu', training, { simd: true }).then(() => '', String)
    console.log(JSON.stringify({ ...(await trainOn('cpu', training, { threads: 2 })), insisting }))`
  // V8 has WebAssembly's vectors on x86 only with these instructions; of other processors the switch says nothing.
  const { device, losses, insisting } = JSON.parse(await runInNode(script, { flags: ['--no-enable-sse4-1'] }))
  expect((losses as number[]).every(Number.isFinite)).toBe(true)
  if (process.arch !== 'x64') return
  expect(hasSimd()).toBe(true)
  expect(device).toBe('CPU (WebAssembly, 2 threads)')
  expect(insisting).toContain("openDevice('cpu', { simd: true }): this engine has no SIMD; leave the option out")
})
