import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { type Graph, sizeOf } from '../../../compiler/ir/graph.ts'
import type { Dense } from '../../../compiler/ir/primitive.ts'
import { printGraph } from '../../../compiler/ir/print.ts'
import { leavesOf } from '../../../compiler/plan/tree.ts'
import { rowAxes } from '../../../compiler/schedule/row-axes.ts'
import { simplify } from '../../../compiler/transform/simplify.ts'
import { baseline } from '../../../runtime/capabilities.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import type { Device } from '../../../runtime/device.ts'
import { openWebGpu } from '../../../runtime/webgpu/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from '../differential.ts'
import { uniforms } from '../random.ts'
import { randomRows } from '../random-rows.ts'
import { memoryOf, runPlan } from '../schedule/run-kernel.ts'

interface Made {
  readonly graph: Graph
  readonly inputs: readonly Dense[]
}

/** Programs of rows. Counterexamples are printed as graphs. */
const rowPrograms: fc.Arbitrary<Made> = fc.integer().map((seed) => {
  const made = randomRows(uniforms(seed))
  return Object.assign(made, { [fc.toStringMethod]: () => printGraph(made.graph) })
})

test('most programs of rows have nests over rows', () => {
  const programs = fc.sample(rowPrograms, { numRuns: 60, seed: 1 })
  const overRows = programs.filter(({ graph }) => {
    const { scalars, nests } = fuse(simplify(graph))
    return nests.some((nest) => rowAxes(scalars, nest) !== undefined)
  })
  expect(overRows.length).toBeGreaterThan(30)
})

describe.each(['wasm', 'wgsl'] as const)('programs of rows as kernels for %s', (target) => {
  test('write every element once, nothing beyond, and what the evaluator gives', () => {
    fc.assert(
      fc.property(rowPrograms, ({ graph, inputs }) => {
        const { plan } = compileGraph(graph, target)
        const memory = memoryOf(plan)
        for (const [i, { place }] of leavesOf(plan.inputs).entries())
          memory[place.region]!.set(inputs[i]!.data, place.offset)
        expect(runPlan(plan, memory)).toEqual([])
        const expected = reference(graph, inputs)
        fc.pre(!expected.undecided)
        const results = leavesOf(plan.outputs).map(({ place, shape }) =>
          memory[place.region]!.slice(place.offset, place.offset + sizeOf(shape)),
        )
        expect(difference(expected, results)).toBeUndefined()
      }),
      { numRuns: (target === 'wasm' ? 14 : 6) * times },
    )
  })
})

for (const [kind, open, skipped, runs] of [
  ['cpu', openCpu, false, 80],
  ['cpu without SIMD', () => openCpu({ simd: false }), false, 40],
  ['webgpu', () => openWebGpu(computing.gpu!), missing(computing, 'programs of rows on WebGPU'), 5],
] as const) {
  describe.skipIf(skipped)(`programs of rows on ${kind}`, { timeout: times * 120_000 }, () => {
    let device: Device
    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.dispose())

    test('give what the float64 evaluator gives', async () => {
      await fc.assert(
        fc.asyncProperty(rowPrograms, async ({ graph, inputs }) => {
          const given = rounded(inputs)
          const expected = reference(graph, given)
          fc.pre(!expected.undecided)
          const results = await runOn(
            device,
            compileGraph(graph, device.target, {}, { capabilities: { ...baseline, simd: device.capabilities.simd } }),
            given,
            2,
          )
          expect(difference(expected, results)).toBeUndefined()
        }),
        { numRuns: runs * times },
      )
    })
  })
}
