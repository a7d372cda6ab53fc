import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { step } from '../../bench/programs/matching.ts'
import { describe as describeKernels } from '../../compiler/explain/describe.ts'
import { type Profile, printProfile, profileOf } from '../../compiler/explain/profile.ts'
import { f32, program, scan } from '../../dsl/index.ts'
import { compile, type Device, openDevice } from '../../index.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { executableOf } from './differential.ts'
import { compileProgram } from './fuse/compile-program.ts'

const n = 8
const x1 = Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i))

describe.each([
  ['cpu', false],
  ['webgpu', missing(computing, 'profiles on WebGPU')],
] as const)('a training step profiled on %s', (kind, skipped) => {
  describe.skipIf(skipped)('', () => {
    let device: Device
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
    })
    afterAll(() => device.dispose())

    test('has the kernels that explain has, and shares of all the time', async () => {
      using run = await compile(step, device, { n })
      const state = await run.init({ seed: 1 })
      const profile = await run.profile({ state, x1 }, { runs: 2, format: 'json' })
      const { kernels } = await run.explain({ format: 'json' })
      expect(profile.kernels.map(({ index, name }) => [index, name])).toEqual(
        kernels.map(({ index, name }) => [index, name]),
      )
      expect([profile.program, profile.device, profile.runs]).toEqual(['step', device.name, 2])
      expect(profile.clock).toBe(kind === 'cpu' ? 'performance.now' : 'timestamp-query')
      for (const { milliseconds, fastest, slowest } of profile.kernels) {
        expect(fastest).toBeGreaterThanOrEqual(0)
        expect(milliseconds).toBeGreaterThanOrEqual(fastest)
        expect(milliseconds).toBeLessThanOrEqual(slowest)
      }
      expect(profile.milliseconds).toBeGreaterThan(0)
      expect(profile.kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10)
      expect(JSON.parse(JSON.stringify(profile))).toEqual(profile)
      const table = await run.profile({ state, x1 }, { runs: 1 })
      for (const { name } of kernels) expect(table).toContain(name)
    })

    test('changes nothing of the training that it stands in', async () => {
      const trained = async (profiled: boolean) => {
        using run = await compile(step, device, { n })
        let { state } = run({ state: await run.init({ seed: 3 }), x1 })
        if (profiled) await run.profile({ state, x1 }, { runs: 2 })
        const losses: number[] = []
        for (let i = 0; i < 2; i++) {
          const next = run({ state, x1 })
          state = next.state
          losses.push(await next.loss.item())
        }
        return { losses, count: await state.opt.count.item(), weight: await state.params[0].weight.read() }
      }
      expect(await trained(true)).toEqual(await trained(false))
    })

    test('counts what a loop does in all of its turns', async () => {
      const turns = program(
        { x: f32(64) },
        ({ x }) => scan((carry) => [carry.sin(), {}] as const, x, {}, { length: 7 })[0],
      )
      using run = await compile(turns, device)
      const { kernels } = await run.profile({ x: new Float32Array(64) }, { runs: 2, format: 'json' })
      expect(kernels.map(({ times }) => times)).toContain(7)
      for (const { milliseconds, times, gbs } of kernels)
        if (milliseconds > 0 && times > 0) expect(gbs).toBeGreaterThan(0)
    })

    test('refuses what cannot be given, as a call does', async () => {
      using run = await compile(step, device, { n })
      const state = await run.init({ seed: 1 })
      await expect(run.profile({ state, x1 }, { runs: 0 })).rejects.toThrow(
        'step.profile: the number of runs is 0; it must be a whole number above 0',
      )
      await expect(run.profile({ state, x1 }, { format: 'html' as 'json' })).rejects.toThrow(
        "step.profile: the format is html; write 'text' or 'json'",
      )
      const next = run({ state, x1 })
      run({ state: next.state, x1 })
      await expect(run.profile({ state: next.state, x1 })).rejects.toThrow('donated to step')
    })
  })
})

test.skipIf(missing(computing, 'GPUs without timestamps'))('a GPU without timestamps says so', async () => {
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = (await computing.gpu!.requestAdapter(options))!
    const { limits, info } = adapter
    const requestDevice: GPUAdapter['requestDevice'] = (descriptor) => adapter.requestDevice(descriptor)
    return { limits, info, features: new Set<string>(), requestDevice } as unknown as GPUAdapter
  }
  using device = await openDevice('webgpu', { gpu: { requestAdapter } as GPU })
  using run = await compile(
    program({ x: f32(4) }, ({ x }) => x.mul(2)),
    device,
    {},
  )
  await expect(run.profile({ x: new Float32Array(4) })).rejects.toThrow(
    /no 'timestamp-query', without which .*openDevice\('cpu'\) profiles by the clock/,
  )
})

describe('figures', () => {
  const two = compileProgram(
    program({ a: f32(4, 8), b: f32(8, 2), c: f32(2, 4) }, ({ a, b, c }) => a.matmul(b).matmul(c), { name: 'two' }),
    {},
    'wgsl',
  )
  const explained = describeKernels(two, executableOf(two).code)
  const of = (nanoseconds: readonly (readonly number[])[]): Profile => profileOf(explained, 'a GPU', nanoseconds)

  test('are medians, shares of them, and rates of what explain counts', () => {
    const { kernels, milliseconds, resolution } = of([
      [3000, 1000],
      [9000, 1001],
      [4000, 1000],
    ])
    expect(kernels.map((kernel) => kernel.milliseconds)).toEqual([0.004, 0.001])
    expect([milliseconds, resolution]).toEqual([0.005, 1])
    expect(kernels.map(({ share }) => share)).toEqual([0.8, 0.2])
    const { flops, bytesRead, bytesWritten } = explained.kernels[0]!
    expect(kernels[0]!.gflops).toBeCloseTo(flops / 4000, 12)
    expect(kernels[0]!.gbs).toBeCloseTo((bytesRead + bytesWritten) / 4000, 12)
  })

  test('of coarse timestamps are means, and none is made of no time', () => {
    const profile = of([
      [65536, 0],
      [0, 0],
      [131072, 0],
      [65536, 0],
    ])
    expect(profile.resolution).toBe(65536)
    expect(profile.kernels.map(({ milliseconds, gflops }) => [milliseconds, gflops])).toEqual([
      [0.065536, explained.kernels[0]!.flops / 65536],
      [0, undefined],
    ])
    expect(printProfile(profile)).toContain('timestamps come in steps of 0.0655 ms; Chrome with --enable-webgpu-')
  })

  test('are printed as a table, the slowest first', () => {
    const rate = (kernel: number, nanoseconds: number) => {
      const { flops, bytesRead, bytesWritten } = explained.kernels[kernel]!
      return [flops, bytesRead + bytesWritten].map((each) => (each / nanoseconds).toPrecision(3))
    }
    const rows = printProfile(of([[1000, 3001]])).split('\n')
    expect(rows[0]).toBe('two on a GPU: 0.004 ms in its kernels, median of 1 runs, by timestamp-query')
    expect(rows.slice(2).map((row) => row.trim().split(/\s+/))).toEqual([
      ['kernel', 'ms', 'share', 'GFLOP/s', 'GB/s'],
      ['1', explained.kernels[1]!.name, '0.003', '75.0%', ...rate(1, 3001)],
      ['0', explained.kernels[0]!.name, '0.001', '25.0%', ...rate(0, 1000)],
    ])
  })
})
