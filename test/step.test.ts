import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { step, velocity } from '../bench/programs/matching.ts'
import { evaluate } from '../compiler/ir/evaluate.ts'
import type { Dense } from '../compiler/ir/primitive.ts'
import { tracedLeaves, traceProgram } from '../dsl/index.ts'
import { compile, type Device, openDevice } from '../index.ts'
import { bayesFloor, excessAt, fiveGaussians, flowPoints, hostRandom, sample } from '../models/index.ts'
import type { DeviceTensor, Numbers } from '../runtime/tensor.ts'
import { computing, missing } from './runtime/webgpu/gpus.ts'

// The flow-matching training step, all the way through: the float64 evaluator, WebAssembly and WGSL agree.

const learningRate = 1e-3
const n = 16
const x1 = sample(fiveGaussians(), hostRandom(1), n)

type Named = ReadonlyMap<string, Numbers>

/** All tensors of a nested record, read, under their paths. */
async function readAll(tree: unknown, path = ''): Promise<Named> {
  const found = new Map<string, Numbers>()
  if (isTensor(tree)) return found.set(path, await tree.read())
  for (const [key, part] of Object.entries(tree as object))
    for (const [at, numbers] of await readAll(part, path === '' ? key : `${path}.${key}`)) found.set(at, numbers)
  return found
}
const isTensor = (x: unknown): x is DeviceTensor => typeof x === 'object' && x !== null && 'read' in x

/** The step in float64 on numbers that a device holds. */
function stepInFloat64(before: Named): Named {
  const { graph, inputs, outputs } = traceProgram(step, { n })
  const given = tracedLeaves(inputs).map(({ path }, i): Dense => {
    const { type } = graph.inputs[i]!
    return { ...type, data: Float64Array.from(path === 'x1' ? x1 : before.get(path)!) }
  })
  const results = evaluate(graph, given)
  return new Map(tracedLeaves(outputs).map(({ path }, i) => [path, results[i]!.data as unknown as Numbers]))
}

for (const [kind, skipped] of [
  ['cpu', false],
  ['webgpu', missing(computing, 'the step on WebGPU')],
] as const) {
  describe.skipIf(skipped)(`one step on ${kind} against float64`, () => {
    let device: Device
    let before: Named
    let after: Named
    let exact: Named
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
      const run = await compile(step, device, { n })
      const state = await run.init({ seed: 7 })
      before = await readAll({ state })
      after = await readAll(run({ state, x1 }))
      exact = stepInFloat64(before)
    })
    afterAll(() => device.dispose())

    test('gives every output', () => {
      expect([...after.keys()].sort()).toEqual([...exact.keys()].sort())
    })

    test('the key and the count are the same bits', () => {
      for (const path of ['state.key', 'state.opt.count']) expect([...after.get(path)!]).toEqual([...exact.get(path)!])
      expect([...after.get('state.key')!]).not.toEqual([...before.get('state.key')!])
    })

    test('the loss is the same to 1e-6', () => {
      expect(Math.abs(after.get('loss')![0]! / exact.get('loss')![0]! - 1)).toBeLessThan(1e-6)
    })

    test('the moments, which are the gradients and their squares, are the same to 1e-5 of the largest', () => {
      for (const [path, expected] of exact) {
        if (!path.startsWith('state.opt.m') && !path.startsWith('state.opt.v')) continue
        const scale = largest(expected)
        expect(scale).toBeGreaterThan(0)
        expect(worst(expected, (value, i) => Math.abs(after.get(path)![i]! - value))).toBeLessThan(1e-5 * scale)
      }
    })

    test('the parameters moved as far', () => {
      for (const [path, expected] of exact) {
        if (!path.startsWith('state.params')) continue
        const m = exact.get(path.replace('state.params', 'state.opt.m'))!
        const error = 1e-5 * largest(m)
        // The first step goes by learningRate g / (|g| + eps): an error of the gradient counts by how large it is
        // beside the gradient.
        const allowed = (value: number, i: number) =>
          learningRate * Math.min(2, (2 * error) / (Math.abs(m[i]!) + 1e-9)) + 2 ** -22 * Math.max(1, Math.abs(value))
        const apart = (value: number, i: number) => Math.abs(after.get(path)![i]! - value) / allowed(value, i)
        expect(worst(expected, apart)).toBeLessThan(1)
        expect(worst(expected, (value, i) => Math.abs(value - before.get(path)![i]!))).toBeLessThan(
          1.001 * learningRate,
        )
      }
    })
  })
}

/** The largest of a measure of each element. */
const worst = (numbers: Numbers, measure: (value: number, i: number) => number): number => {
  let found = 0
  for (const [i, value] of numbers.entries()) found = Math.max(found, measure(value, i))
  return found
}
const largest = (numbers: Numbers): number => worst(numbers, Math.abs)

describe.skipIf(computing.gpu === undefined)('on both devices', () => {
  test('a seed makes the same state to the bit, and ten steps have the same losses to 1e-4', async () => {
    const devices = [await openDevice('cpu'), await openDevice('webgpu', { gpu: computing.gpu! })]
    const runs = await Promise.all(devices.map((device) => compile(step, device, { n })))
    let states = await Promise.all(runs.map((run) => run.init({ seed: 3 })))
    const [onCpu, onGpu] = await Promise.all(states.map((state) => readAll(state)))
    for (const [path, numbers] of onCpu!) expect([path, ...onGpu!.get(path)!]).toEqual([path, ...numbers])
    const random = hostRandom(5)
    for (let done = 0; done < 10; done++) {
      const batch = sample(fiveGaussians(), random, n)
      const results = runs.map((run, i) => run({ state: states[i]!, x1: batch }))
      states = results.map(({ state }) => state)
      const [cpu, gpu] = await Promise.all(results.map(({ loss }) => loss.item()))
      expect(Math.abs(gpu! / cpu! - 1)).toBeLessThan(1e-4)
      expect(await states[1]!.key.read()).toEqual(await states[0]!.key.read())
    }
    for (const device of devices) device.dispose()
  })
})

test('training brings the prior of the five Gaussians nearer to the Bayes floor', async () => {
  const device = await openDevice('cpu')
  const target = fiveGaussians()
  const train = await compile(step, device, { n: 256 })
  const points = flowPoints(target, { points: 2048 })
  const evaluated = await compile(velocity, device, { n: points.t.length })
  const random = hostRandom(0)
  let state = await train.init({ seed: 0 })
  const excess = async () => {
    const v = evaluated({ params: state.params, x: Float32Array.from(points.x), t: Float32Array.from(points.t) })
    return excessAt(points, await v.read(), target)
  }
  const found = [await excess()]
  for (const steps of [100, 200]) {
    for (let done = 0; done < steps; done++) ({ state } = train({ state, x1: sample(target, random, 256) }))
    found.push(await excess())
  }
  // Each is lower than the one before by more than the noise of both.
  for (const [i, now] of found.entries()) {
    const before = found[i - 1]
    if (before) expect(before.value - now.value).toBeGreaterThan(3 * (before.standardError + now.standardError))
    expect(now.value).toBeGreaterThan(0)
  }
  expect(found.at(-1)!.value).toBeLessThan(0.25 * bayesFloor(target).value)
  device.dispose()
})
