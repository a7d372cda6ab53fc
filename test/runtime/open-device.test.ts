import { afterEach, describe, expect, test, vi } from 'vitest'
import { baseline, listAdapters, openDevice, openWebGpu } from '../../runtime/index.ts'
import { nodeAdapters, nodeGpu } from '../../runtime/node/index.ts'
import { chooseDevice, type DeviceOptions } from '../../runtime/open-device.ts'
import { noAdapter } from '../../runtime/webgpu/unavailable.ts'
import { checking, computing, missing } from './webgpu/gpus.ts'

/** A GPU whose adapter has these limits and features, and what it was asked for. */
function pretended(features: readonly string[], limits: { readonly [name: string]: number }, info: object = {}) {
  const asked: GPUDeviceDescriptor[] = []
  const adapter = {
    features: new Set(features),
    limits,
    info: { vendor: 'acme', architecture: 'one', device: 'A1', description: '', isFallbackAdapter: false, ...info },
    requestDevice: async (descriptor: GPUDeviceDescriptor) => {
      asked.push(descriptor)
      return {
        features: new Set(descriptor.requiredFeatures),
        limits: descriptor.requiredLimits,
        queue: {},
        lost: new Promise(() => {}),
        addEventListener() {},
        destroy() {},
      }
    },
  }
  const requests: unknown[] = []
  const gpu = {
    requestAdapter: async (options: unknown) => {
      requests.push(options)
      return adapter
    },
  }
  return { gpu: gpu as unknown as GPU, asked, requests }
}
const limits = {
  maxBufferSize: 2 ** 34,
  maxStorageBufferBindingSize: 2 ** 32,
  maxStorageBuffersPerShaderStage: 44,
  maxComputeWorkgroupStorageSize: 49_152,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupSizeX: 512,
  maxTextureDimension2D: 8192,
}

describe('a device', () => {
  test('is asked for with every limit that matters and the features that the adapter has', async () => {
    const { gpu, asked } = pretended(['shader-f16', 'subgroups', 'bgra8unorm-storage'], limits, {
      subgroupMinSize: 32,
      subgroupMaxSize: 64,
    })
    const device = await openWebGpu(gpu)
    const { maxTextureDimension2D: _, ...wanted } = limits
    expect(asked).toEqual([{ label: 'fluxion', requiredLimits: wanted, requiredFeatures: ['shader-f16', 'subgroups'] }])
    expect(device.features).toEqual(['shader-f16', 'subgroups'])
    expect(device.limits).toEqual(wanted)
    expect(device.info).toEqual({ vendor: 'acme', architecture: 'one', description: 'A1', isFallback: false })
    expect(device.capabilities).toMatchObject({
      subgroups: { min: 32, max: 64 },
      f16: true,
      workgroupBytes: 49_152,
      invocations: 512,
    })
  })

  test('has no subgroups and no f16 where the adapter has none, and subgroups of any size where it does not say', async () => {
    const plain = await openWebGpu(pretended([], limits).gpu)
    expect(plain.capabilities).toMatchObject({ subgroups: false, f16: false })
    const unsaid = await openWebGpu(pretended(['subgroups'], limits).gpu)
    expect(unsaid.capabilities.subgroups).toBe(true)
  })

  test('is asked for by what is preferred', async () => {
    const { gpu, requests } = pretended([], limits)
    await openDevice('webgpu', { gpu })
    await openDevice('webgpu', { gpu, powerPreference: 'low-power' })
    await openDevice(undefined, { gpu, software: true })
    expect(requests).toEqual([
      { powerPreference: 'high-performance' },
      { powerPreference: 'low-power' },
      { forceFallbackAdapter: true },
    ])
  })

  test('in software is opened only where it is asked for', async () => {
    for (const info of [
      { isFallbackAdapter: true },
      { architecture: 'swiftshader' },
      { architecture: 'software' },
      { description: 'llvmpipe (LLVM)' },
    ]) {
      const { gpu } = pretended([], limits, info)
      expect((await openDevice(undefined, { gpu })).kind).toBe('cpu')
      const device = await openDevice('webgpu', { gpu })
      expect(device.info.isFallback).toBe(true)
    }
    expect((await openDevice(undefined, { gpu: pretended([], limits).gpu })).kind).toBe('webgpu')
  })

  test('says of itself what is plain data, on every machine', async () => {
    const devices = [await openDevice('cpu'), ...(checking.gpu ? [await openWebGpu(checking.gpu)] : [])]
    for (const { info, features, limits, capabilities } of devices) {
      const plain = { info, features, limits, capabilities }
      expect(JSON.parse(JSON.stringify(plain))).toEqual(plain)
      expect(limits.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28)
      expect(capabilities.workgroupBytes).toBeGreaterThanOrEqual(baseline.workgroupBytes)
      expect(capabilities.invocations).toBeGreaterThanOrEqual(baseline.invocations)
      expect(capabilities.maxWorkgroups).toBeGreaterThanOrEqual(baseline.maxWorkgroups)
    }
  })
})

describe('adapters', () => {
  test('that are the same are listed once, and a host that has none or throws lists none', async () => {
    expect(await listAdapters(pretended(['subgroups'], limits).gpu)).toEqual([
      {
        vendor: 'acme',
        architecture: 'one',
        description: 'A1',
        isFallback: false,
        options: { powerPreference: 'high-performance' },
        features: ['subgroups'],
      },
    ])
    expect(await listAdapters({ requestAdapter: async () => null } as unknown as GPU)).toEqual([])
    const throwing = { requestAdapter: () => Promise.reject(new Error('no backend')) } as unknown as GPU
    expect(await listAdapters(throwing)).toEqual([])
    await expect(openWebGpu(throwing)).rejects.toMatchObject({ name: 'WebGpuError', kind: 'unavailable' })
  })

  test('are told apart by what they are', async () => {
    const [fast, slow] = [pretended([], limits).gpu, pretended([], limits, { architecture: 'two' }).gpu]
    const both = {
      requestAdapter: (options: GPURequestAdapterOptions) =>
        (options.powerPreference === 'low-power' ? slow : fast).requestAdapter(options),
    } as GPU
    expect((await listAdapters(both)).map(({ architecture, options }) => [architecture, options])).toEqual([
      ['one', { powerPreference: 'high-performance' }],
      ['two', { powerPreference: 'low-power' }],
    ])
  })

  test.skipIf(missing(computing, 'adapters of this machine'))('of this machine can be opened by name', async () => {
    const found = await nodeAdapters({ software: true })
    expect(found.length).toBeGreaterThan(0)
    for (const { adapter, backend, vendor, architecture, description } of found) {
      expect(backend).toMatch(/^\w+$/)
      const { gpu } = await nodeGpu({ adapter })
      const opened = await openWebGpu(gpu!)
      expect(opened.info).toMatchObject({ vendor, architecture, description })
      opened.dispose()
    }
    expect((await nodeGpu({ adapter: 'of another machine' })).reason).toMatch(
      /^there is no adapter 'of another machine': .*Available adapters/s,
    )
  })
})

describe('where there is no adapter, what to do depends on the place', () => {
  afterEach(() => vi.unstubAllGlobals())

  test('in Node', () => {
    expect(noAdapter()).toMatch(/install the package 'webgpu' and a driver .+ nodeGpu\(\{ software: true \}\)/)
  })

  test('in a page', () => {
    vi.stubGlobal('document', {})
    vi.stubGlobal('isSecureContext', false)
    expect(noAdapter()).toContain('serve the page over https or from localhost')
    vi.stubGlobal('isSecureContext', true)
    expect(noAdapter()).toContain('--enable-unsafe-webgpu')
    for (const secure of [true, false]) {
      vi.stubGlobal('isSecureContext', secure)
      expect(noAdapter()).toContain("openDevice('cpu') runs without")
    }
  })
})

describe('where no kind is named', () => {
  const offering = (info: object) => pretended([], limits, info).gpu
  const chosen = async (options: DeviceOptions) => {
    const { kind, why } = await chooseDevice(options)
    return { kind, why: await why() }
  }

  test('a GPU is chosen, and the CPU where there is none or only one in software; each says why', async () => {
    expect(await chosen({ gpu: offering({}) })).toEqual({ kind: 'webgpu', why: 'A1 is a GPU' })
    for (const info of [{ isFallbackAdapter: true }, { architecture: 'swiftshader' }])
      expect(await chosen({ gpu: offering(info) })).toEqual({
        kind: 'cpu',
        why: "A1 computes in software, which is slower than the CPU's own code and is used only where it is asked for",
      })
    expect(await chosen({ gpu: offering({ isFallbackAdapter: true }), software: true })).toEqual({
      kind: 'webgpu',
      why: 'WebGPU in software was asked for',
    })
    const none = { requestAdapter: async () => null } as unknown as GPU
    expect(await chosen({ gpu: none })).toEqual({ kind: 'cpu', why: 'there is no WebGPU adapter' })
    expect(await chosen({ reason: 'it is elsewhere' })).toEqual({ kind: 'cpu', why: 'it is elsewhere' })
  })

  test('the adapter that was asked for is the one that is looked at', async () => {
    const { gpu, requests } = pretended([], limits)
    await chooseDevice({ gpu, powerPreference: 'low-power' })
    expect(requests).toEqual([{ powerPreference: 'low-power' }])
  })

  test('openDevice opens what was chosen', async () => {
    expect((await openDevice(undefined, { gpu: offering({}) })).kind).toBe('webgpu')
    expect((await openDevice(undefined, { gpu: offering({ isFallbackAdapter: true }) })).kind).toBe('cpu')
  })
})
