import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../compiler/ir/builder.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { verify } from '../../compiler/ir/verify.ts'
import { nearestHalf } from '../../compiler/kernel/functions/nearest-half.ts'
import { baseline } from '../../runtime/capabilities.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { aroundHalves, nearest } from './halves.ts'
import { uniforms } from './random.ts'
import { randomNetwork } from './random-network.ts'
import { type Random, randomGraph } from './transform/random-graph.ts'
import { inputsFor, withHalves } from './with-halves.ts'

const given = aroundHalves()
const wanted = Float64Array.from(given, nearest)

/** The first place where two arrays are not the same numbers, signs of zeros included. */
function firstApart(got: Float64Array, expected: Float64Array): string | undefined {
  if (got.length !== expected.length) return `${got.length} numbers for ${expected.length}`
  const k = got.findIndex((value, i) => !Object.is(value, expected[i]))
  return k < 0 ? undefined : `number ${k} is ${got[k]} and not ${expected[k]}`
}

test('the compiler rounds to the nearest half', () => {
  expect(firstApart(Float64Array.from(given, nearestHalf), wanted)).toBeUndefined()
  // Straight from float64, not by way of f32.
  for (const [x, half] of [
    [1 + 2 ** -11, 1],
    [1 + 2 ** -11 + 2 ** -50, 1 + 2 ** -10],
    [2 ** -25 + 2 ** -60, 2 ** -24],
    [65520 - 2 ** -30, 65504],
    [1e300, Infinity],
    [1e-300, 0],
  ] as const)
    expect([x, nearestHalf(x), nearestHalf(-x)]).toEqual([x, half, -half])
})

type Made = ReturnType<typeof randomGraph>
const from = (make: (random: Random) => Made): fc.Arbitrary<Made> =>
  fc.integer().map((seed) => {
    const random = uniforms(seed)
    const { graph, inputs } = make(random)
    const mixed = withHalves(random, graph)
    verify(mixed)
    return { graph: mixed, inputs: [...inputsFor(mixed, inputs)] }
  })

for (const [kind, open, skipped, runs] of [
  ['cpu', openCpu, false, { graphs: 133, networks: 20 }],
  ['cpu without SIMD', () => openCpu({ simd: false }), false, { graphs: 33, networks: 6 }],
  [
    'webgpu',
    () => openWebGpu(computing.gpu!),
    missing(computing, 'half precision on a GPU'),
    { graphs: 4, networks: 1 },
  ],
] as const) {
  describe.skipIf(skipped)(`on ${kind}`, { timeout: times * 120_000 }, () => {
    let device: Device
    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.dispose())

    test('a cast, and a store, is to the nearest half', async () => {
      const b = new Builder()
      const shape = [given.length]
      const x = b.input({ shape, dtype: 'f32' }, 'x')
      const half = b.emit(p.cast, [x], { dtype: 'f16' })
      // Stored as f16 without a cast of its own; there and back; and four lanes at a time, and one.
      const doubled = b.emit(p.add, [half, half], {})
      const back = b.emit(p.cast, [half], { dtype: 'f32' })
      const reversed = b.emit(p.flip, [back], { axes: [0] })
      const graph = b.graph('rounding', [half, doubled, back, reversed])
      const results = await runOn(
        device,
        compileGraph(graph, device.target, {}, { capabilities: { ...baseline, simd: device.capabilities.simd } }),
        [{ shape, dtype: 'f32', data: Float64Array.from(given) }],
      )
      const twice = wanted.map((value) => nearest(2 * value))
      for (const [i, expected] of [wanted, twice, wanted, wanted.toReversed()].entries())
        expect(firstApart(results[i]!, expected)).toBeUndefined()
    })

    for (const [name, arbitrary, count] of [
      ['graphs of every primitive', from((random) => randomGraph(random, 1 + Math.floor(30 * random()))), runs.graphs],
      ['networks and their gradients', from(randomNetwork), runs.networks],
    ] as const)
      test(`random ${name}, some of it in half precision, are as near the float64 evaluator as 11 bits are`, async () => {
        await fc.assert(
          fc.asyncProperty(arbitrary, async ({ graph, inputs }) => {
            const halved = rounded(inputs)
            const expected = reference(graph, halved)
            fc.pre(!expected.undecided)
            const results = await runOn(
              device,
              compileGraph(graph, device.target, {}, { capabilities: { ...baseline, simd: device.capabilities.simd } }),
              halved,
              2,
            )
            expect(difference(expected, results)).toBeUndefined()
          }),
          { numRuns: times * count },
        )
      })
  })
}
