import { describe, expect, test } from 'vitest'
import { type Devices, describeDevices, findDevices } from '../../cli/devices.ts'
import { openDevice } from '../../index.ts'

const cpu = { name: 'CPU (WebAssembly SIMD, 2 threads)', threads: 2, relaxedSimd: 'on' } as const
const card = {
  vendor: 'acme',
  architecture: 'one',
  description: 'A1',
  isFallback: false,
  adapter: 'ACME A1',
  backend: 'vulkan',
  features: ['subgroups', 'bgra8unorm-storage'],
}

describe('fluxion devices', () => {
  test('tells what there is here, and what openDevice would open', async () => {
    const found = await findDevices({ software: false })
    const device = await openDevice('cpu')
    expect(found.cpu.threads).toBe(device.limits.threads)
    expect(found.chosen.kind === 'webgpu').toBe(found.webgpu.some(({ isFallback }) => !isFallback))
    expect(found.missing === undefined).toBe(found.webgpu.length > 0)
    expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  })

  test('marks a GPU, which is chosen, and names the features that matter', () => {
    const devices: Devices = { cpu, webgpu: [card], chosen: { kind: 'webgpu', why: 'A1 is a GPU' } }
    expect(describeDevices(devices)).toBe(
      `* webgpu  ACME A1
            vulkan, a GPU; without shader-f16, with subgroups, without timestamp-query
  cpu     CPU (WebAssembly SIMD, 2 threads)
            relaxed SIMD is on

openDevice(undefined, await nodeGpu()) takes the GPU: A1 is a GPU; nodeGpu is of fluxion/node, since Node has no WebGPU of its own`,
    )
  })

  test('says what is missing, and that software is not chosen', () => {
    const none: Devices = {
      cpu: { ...cpu, relaxedSimd: 'on request' },
      webgpu: [],
      missing: 'no driver; install one',
      chosen: { kind: 'cpu', why: 'no driver; install one' },
    }
    expect(describeDevices(none)).toContain('  webgpu  none: no driver; install one')
    expect(describeDevices(none)).toContain(
      "* cpu     CPU (WebAssembly SIMD, 2 threads)\n            relaxed SIMD on request: openDevice('cpu', { relaxedSimd: true })",
    )
    expect(describeDevices(none)).toMatch(/openDevice\(\) takes the CPU: there is no GPU$/)
    const soft: Devices = {
      cpu,
      webgpu: [{ ...card, isFallback: true }],
      chosen: { kind: 'cpu', why: 'A1 computes in software' },
    }
    expect(describeDevices(soft)).toContain('  webgpu  ACME A1\n            vulkan, in software;')
    expect(describeDevices(soft)).toMatch(/takes the CPU: A1 computes in software$/)
  })
})
