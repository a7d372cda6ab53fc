import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../compiler/ir/verify.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { uniforms } from './random.ts'
import { randomNetwork, randomStateStep } from './random-network.ts'
import { type Random, randomGraph } from './transform/random-graph.ts'

type Made = ReturnType<typeof randomGraph>
const from = (make: (random: Random) => Made): fc.Arbitrary<Made> =>
  fc.integer().map((seed) => {
    const made = make(uniforms(seed))
    verify(made.graph)
    return made
  })

const kinds: readonly [name: string, made: fc.Arbitrary<Made>, onCpu: number, onGpu: number][] = [
  ['graphs of every primitive', from((random) => randomGraph(random, 1 + Math.floor(40 * random()))), 400, 12],
  ['networks and their gradients', from(randomNetwork), 300, 8],
]

for (const [kind, open, skipped] of [
  ['cpu', openCpu, false],
  ['webgpu', () => openWebGpu(computing.gpu!), missing(computing, 'compiled programs on WebGPU')],
] as const) {
  // A software GPU takes up to a second or two for the kernels of each network.
  describe.skipIf(skipped)(`compiled for ${kind}`, { timeout: times * 120_000 }, () => {
    let device: Device
    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.dispose())

    for (const [name, arbitrary, onCpu, onGpu] of kinds) {
      test(`random ${name} give what the float64 evaluator gives`, async () => {
        await fc.assert(
          fc.asyncProperty(arbitrary, async ({ graph, inputs }) => {
            const given = rounded(inputs)
            const expected = reference(graph, given)
            fc.pre(!expected.undecided)
            // Twice, so that a kernel that reads what it should have written first is seen.
            const results = await runOn(device, compileGraph(graph, device.target), given, 2)
            expect(difference(expected, results)).toBeUndefined()
          }),
          { numRuns: times * (kind === 'cpu' ? onCpu : onGpu) },
        )
      })
    }

    test('state is overwritten only when nobody needs the old value any more', async () => {
      await fc.assert(
        fc.asyncProperty(from(randomStateStep), async ({ graph, inputs }) => {
          const paths = graph.inputs.map(({ name }) => name)
          const given = rounded(inputs)
          const expected = reference(graph, given)
          const outputs = [...paths.slice(0, -1), 'a', 'b']
          const results = await runOn(device, compileGraph(graph, device.target, { inputs: paths, outputs }), given)
          expect(difference(expected, results)).toBeUndefined()
        }),
        { numRuns: times * (kind === 'cpu' ? 400 : 8) },
      )
    })
  })
}
