import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { evaluate } from '../compiler/ir/evaluate.ts'
import type { Dense } from '../compiler/ir/primitive.ts'
import { tracedLeaves, traceProgram } from '../dsl/index.ts'
import { type AnyTensor, compile, type Device, f32, openDevice, program } from '../index.ts'
import { uniforms } from './compiler/random.ts'
import { checking, missing } from './runtime/webgpu/gpus.ts'

// Programs that are large in one way or another.

let device: Device
beforeAll(async () => {
  device = await openDevice('cpu')
})
afterAll(() => device.dispose())

const random = uniforms(1)
const some = (length: number): Float32Array => Float32Array.from({ length }, () => random())

/**
 * The largest relative error of a program's results on the CPU; all inputs are positive, so that sums lose nothing by
 * cancelling.
 */
async function relativeError(of: Parameters<typeof traceProgram>[0]): Promise<number> {
  const { graph, inputs } = traceProgram(of)
  const given = tracedLeaves(inputs).map(({ path }, i) => {
    const { type } = graph.inputs[i]!
    return { path, type, data: some(type.shape.reduce((n, size) => n * size, 1)) }
  })
  const exact = evaluate(
    graph,
    given.map(({ type, data }): Dense => ({ ...type, data: Float64Array.from(data) })),
  )
  const run = (await compile(of as never, device, {} as never)) as unknown as (inputs: object) => Record<string, never>
  const results = run(Object.fromEntries(given.map(({ path, data }) => [path, data])))
  let worst = 0
  for (const [i, tensor] of (Object.values(results) as { read(): Promise<Float32Array> }[]).entries())
    for (const [k, value] of (await tensor.read()).entries())
      worst = Math.max(worst, Math.abs(value / exact[i]!.data[k]! - 1))
  return worst
}

describe('sums in f32 are right to 1e-6', () => {
  test.each([
    [300, 2],
    [1000, 3],
    [256, 2],
    [4096, 64],
    [2, 262_144],
    [70_001, 3],
  ])('of %i rows of %i', async (n, m) => {
    const sums = program({ x: f32(n, m) }, ({ x }) => ({
      nested: x.square().sum(1).sqrt().mean(),
      whole: x.mean(),
      squares: x.square().sum(),
      shared: x.mean().exp().add(x.mean()),
    }))
    expect(await relativeError(sums)).toBeLessThan(1e-6)
  })

  test('in three steps', async () => {
    const nested = program({ x: f32(2, 7, 5) }, ({ x }) => ({ y: x.sum(0).square().sum(0).square().sum() }))
    expect(await relativeError(nested)).toBeLessThan(1e-6)
  })

  test.each([1000, 4096, 262_144])('of products, %i long', async (k) => {
    const product = program({ a: f32(2, k), b: f32(k, 3), c: f32(k, 8) }, ({ a, b, c }) => ({
      y: a.matmul(b),
      z: a.matmul(c),
    }))
    expect(await relativeError(product)).toBeLessThan(1e-6)
  })
})

test('a chain of 6,000 operations', async () => {
  const chain = program({ x: f32(4) }, ({ x }) => {
    let y = x.mul(1)
    for (let k = 0; k < 3000; k++) y = y.mul(0.5).add(x)
    return { y }
  })
  expect(await relativeError(chain)).toBeLessThan(1e-6)
})

/** `count` states that nothing connects: as many nests in one step of the schedule. */
const states = (count: number) => {
  const specs = Object.fromEntries(Array.from({ length: count }, (_, k) => [`s${k}`, f32(2)]))
  return program({ state: specs }, ({ state }) => ({
    state: Object.fromEntries(
      Object.entries(state as Record<string, AnyTensor>).map(([name, s], k) => [name, s.add(k as never)]),
    ),
  }))
}

test('a thousand states', async () => {
  const run = await compile(states(1000) as never, device, {} as never)
  const { state } = (
    run as unknown as (inputs: object) => { state: Record<string, { read(): Promise<Float32Array> }> }
  )({
    state: Object.fromEntries(Array.from({ length: 1000 }, (_, k) => [`s${k}`, Float32Array.of(k, 1)])),
  })
  for (const k of [0, 1, 500, 999]) expect([...(await state[`s${k}`]!.read())]).toEqual([2 * k, 1 + k])
})

test.skipIf(missing(checking, 'three hundred states on WebGPU'))(
  'three hundred states are accepted by WebGPU',
  async () => {
    const gpu = await openDevice('webgpu', { gpu: checking.gpu! })
    const run = await compile(states(300) as never, gpu, {} as never)
    expect(await (run as { explain(): Promise<string> }).explain()).toMatch(/^\d+ kernels/m)
    gpu.dispose()
  },
)
