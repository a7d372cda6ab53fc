import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../../../compiler/ir/builder.ts'
import * as p from '../../../../compiler/ir/primitives/index.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import type { Device, Words } from '../../../../runtime/device.ts'
import { openWebGpu } from '../../../../runtime/webgpu/index.ts'
import * as fc from '../../../fc.ts'
import { computing, missing } from '../../../runtime/webgpu/gpus.ts'
import { compileGraph, runOn } from '../../differential.ts'
import { planOf } from './by-hand.ts'
import { interpret } from './interpret.ts'
import { constants, copying, dense, mixing, numbering, several } from './kernels.ts'

/** What printed kernels compute, against the interpreter. */
describe.skipIf(missing(computing, 'kernels on a GPU'))('on a GPU', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  /** A plan on the GPU, as a function from its memory before to its memory after. */
  const onGpu = async (plan: ReturnType<typeof planOf>, maxWorkgroups = 65_535) => {
    const loaded = await device.load({ plan, code: printWgsl(plan, { maxWorkgroups }) })
    return (memory: readonly Words[]): Promise<Words[]> => {
      memory.forEach((words, region) => {
        loaded.write({ region, offset: 0 }, words)
      })
      loaded.run()
      return Promise.all(memory.map((words, region) => loaded.read({ region, offset: 0 }, words.length)))
    }
  }
  const zeros = (plan: ReturnType<typeof planOf>): [Float32Array, Uint32Array] => [
    new Float32Array(plan.regions[0]!.size),
    new Uint32Array(plan.regions[1]!.size),
  ]
  const interpreted = (plan: ReturnType<typeof planOf>, memory: readonly Words[]): Words[] => {
    const after = memory.map((words) => words.slice())
    interpret(plan, after)
    return after
  }

  test('a dense layer in lanes', async () => {
    const plan = planOf(dense(9, 5, 12))
    const run = await onGpu(plan)
    const size = plan.regions[0]!.size
    const values = fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: size, maxLength: size })
    await fc.assert(
      fc.asyncProperty(values, async (values) => {
        const memory = [Float32Array.from(values), new Uint32Array()]
        const [got, want] = [(await run(memory))[0]!, interpreted(plan, memory)[0]!]
        got.forEach((value, i) => {
          // Five products of at most 4, each rounded once or twice, then exp of at most 22: 3 + 44 ulp.
          expect(Math.abs(value - want[i]!)).toBeLessThanOrEqual(22 * 64 * 2 ** -23)
        })
      }),
      { numRuns: 20 },
    )
  })

  test('functions, loops and conditions, to the bit', async () => {
    const plan = planOf(mixing(72))
    const run = await onGpu(plan)
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 72, maxLength: 72 }), async (words) => {
        const memory = zeros(plan)
        memory[1].set(words, plan.places[0]!.offset)
        expect(await run(memory)).toEqual(interpreted(plan, memory))
      }),
      { numRuns: 20 },
    )
  })

  // 5 x 7 x 9 points are 5 workgroups and the single point is one more; within 2 they need all three sides of a
  // dispatch.
  test.each([65_535, 4, 2])('several nests of integers and bools, at most %i workgroups a side', async (limit) => {
    const plan = planOf(several([5, 7, 9]))
    const { workgroups } = printWgsl(plan, { maxWorkgroups: limit }).shaders[0]!
    expect(workgroups).toEqual(limit === 65_535 ? [6, 1, 1] : limit === 4 ? [3, 2, 1] : [2, 2, 2])
    const memory = zeros(plan)
    const got = await (await onGpu(plan, limit))(memory)
    const want = interpreted(plan, memory)
    expect(want[1]!.some((word) => word > 2 ** 31)).toBe(true)
    expect(got).toEqual(want)
  })

  test.each([65_535, 6])('twenty nests, at most %i workgroups a side', async (limit) => {
    const plan = planOf(numbering(20, 65))
    const memory = zeros(plan)
    expect(await (await onGpu(plan, limit))(memory)).toEqual(interpreted(plan, memory))
  })

  test('a concat of 200 parts', async () => {
    const b = new Builder()
    const x = b.input({ shape: [2], dtype: 'f32' }, 'x')
    const parts = Array.from({ length: 100 }, () => [x, b.emit(p.neg, [x], {})]).flat()
    const graph = b.graph('many parts', [b.emit(p.concat, parts, { axis: 0 })])
    const [got] = await runOn(device, compileGraph(graph, 'wgsl'), [
      { shape: [2], dtype: 'f32', data: Float64Array.of(1, 2) },
    ])
    expect([...got!]).toEqual(Array.from({ length: 100 }, () => [1, 2, -1, -2]).flat())
  })

  test('constants, to the bit', async () => {
    const special = [0, -0, 1e-8, 0.1, -1 / 3, 16_777_217, 2 ** 128 - 2 ** 104, -(2 ** -126), Math.PI]
    const drawn = fc.sample(fc.float({ noNaN: true, noDefaultInfinity: true }), { numRuns: 50, seed: 1 })
    const kept = [...special, ...drawn.filter((x) => Math.abs(x) >= 2 ** -126)]
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
    const values = [...kept, inf, -inf, nan]
    const plan = planOf(constants(values))
    const memory = await (await onGpu(plan))(zeros(plan))
    const at = (slot: number, length: number) => {
      const { region, offset } = plan.places[slot]!
      return memory[region]!.slice(offset, offset + length)
    }
    expect(at(0, values.length)).toEqual(Float32Array.from(values))
    expect([...at(1, 5)]).toEqual([inf, -inf, inf, inf, inf])
    const integers = Int32Array.from(at(2, 8))
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1]
    expect([...integers]).toEqual([least, most, least, least, least, 131_073, most, most])
    expect([...at(3, 4)]).toEqual([2 ** 32 - 1, 1, 0xbfc00000, 1])
    expect([...at(4, 2)]).toEqual([1, 0])
  })

  test('denormal constants are kept or become zero', async () => {
    const plan = planOf(constants([2 ** -149, -(2 ** -130)]))
    const [floats] = await (await onGpu(plan))(zeros(plan))
    expect([0, 2 ** -149]).toContain(floats![0])
    expect([0, -0, -(2 ** -130)]).toContain(floats![1])
  })

  test('nothing, where there is nothing', async () => {
    const plan = planOf(copying('none', 0))
    expect(await (await onGpu(plan))(zeros(plan))).toEqual([new Float32Array(), new Uint32Array()])
  })
})
