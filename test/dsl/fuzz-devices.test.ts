import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printGraph } from '../../compiler/ir/print.ts'
import type { Device } from '../../index.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { compileGraph, difference, reference, runOn } from '../compiler/differential.ts'
import { uniforms } from '../compiler/random.ts'
import { modes } from '../compiler/target/wasm/relaxed.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { randomProgram } from './random-program.ts'

/** Counterexamples are printed as graphs. */
const programs = fc.noShrink(fc.integer()).map((seed) => {
  const made = randomProgram(uniforms(seed))
  return Object.assign(made, { [fc.toStringMethod]: () => printGraph(made.graph) })
})

const kinds: readonly { on: string; skip: boolean; open: () => Promise<Device> }[] = [
  ...modes.map(({ relaxed }) => ({
    on: `the CPU, relaxed: ${relaxed}`,
    skip: false,
    open: () => openCpu({ threads: 2, relaxedSimd: relaxed }),
  })),
  {
    on: 'WebGPU',
    skip: missing(computing, 'random programs on WebGPU'),
    open: () => openWebGpu(computing.gpu!),
  },
]

describe.each(kinds)('programs of the language on $on', ({ skip, open }) => {
  let device: Device
  beforeAll(async () => {
    if (!skip) device = await open()
  })
  afterAll(() => device?.dispose())

  test.skipIf(skip)('give what the evaluator gives', { timeout: 120_000 * times }, async () => {
    await fc.assert(
      fc.asyncProperty(programs, async ({ graph, inputs }) => {
        const expected = reference(graph, inputs)
        const results = await runOn(
          device,
          compileGraph(graph, device.target, {}, { capabilities: device.capabilities }),
          inputs,
        )
        expect(difference(expected, results)).toBeUndefined()
      }),
      { numRuns: 30 * times },
    )
  })
})
