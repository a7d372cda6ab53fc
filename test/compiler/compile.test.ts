import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printGraph } from '../../compiler/ir/print.ts'
import { verify } from '../../compiler/ir/verify.ts'
import type { PrintOptions } from '../../compiler/target/wasm/print.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import * as fc from '../fc.ts'
import { seed, times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { uniforms } from './random.ts'
import { largePrograms } from './random-large.ts'
import { randomNetwork, randomStateStep } from './random-network.ts'
import { forms, formsOf } from './schedule-forms.ts'
import { type Random, randomGraph } from './transform/random-graph.ts'

console.info(`random programs of seed ${seed}`)

type Made = ReturnType<typeof randomGraph>
/** Counterexamples are printed as graphs. They are not made smaller: programs of other seeds are no smaller. */
const from = (make: (random: Random) => Made): fc.Arbitrary<Made> =>
  fc.noShrink(fc.integer()).map((seed) => {
    const made = make(uniforms(seed))
    verify(made.graph)
    return Object.assign(made, { [fc.toStringMethod]: () => `of ${seed}:\n${printGraph(made.graph)}` })
  })

const graphs = from((random) => randomGraph(random, 1 + Math.floor(40 * random())))
const networks = from(randomNetwork)

interface Kind {
  readonly kind: string
  readonly open: () => Promise<Device>
  readonly skipped: boolean
  /** Whether threads of a workgroup work together, which a GPU in software does not ask for. */
  readonly together: boolean
  /** How finely work is shared among threads of the CPU. */
  readonly options?: PrintOptions
  /** How many of each are tried. */
  readonly runs: { readonly graphs: number; readonly networks: number; readonly states: number; readonly large: number }
}

const gpu = {
  open: () => openWebGpu(computing.gpu!),
  skipped: missing(computing, 'compiled programs on WebGPU'),
}
const kinds: readonly Kind[] = [
  {
    kind: 'cpu',
    open: () => openCpu({ threads: 1 }),
    skipped: false,
    together: false,
    runs: { graphs: 160, networks: 60, states: 160, large: 0 },
  },
  {
    kind: 'cpu, on several threads',
    open: () => openCpu({ threads: 3 }),
    skipped: false,
    together: false,
    options: { leastWork: 1 },
    runs: { graphs: 40, networks: 15, states: 40, large: 0 },
  },
  {
    kind: 'cpu, without SIMD',
    open: () => openCpu({ threads: 1, simd: false }),
    skipped: false,
    together: false,
    runs: { graphs: 40, networks: 15, states: 40, large: 0 },
  },
  { kind: 'webgpu', ...gpu, together: true, runs: { graphs: 40, networks: 2, states: 6, large: 1 } },
  { kind: 'webgpu in software', ...gpu, together: false, runs: { graphs: 60, networks: 6, states: 6, large: 1 } },
]

describe.each(kinds.filter(({ skipped }) => !skipped))('compiled for $kind', ({ open, together, options, runs }) => {
  let device: Device
  const found = new Set<string>()
  /** How many elements have been compared, and how many of them only roughly. */
  const compared = { all: 0, roughly: 0 }
  beforeAll(async () => {
    device = await open()
  })
  afterAll(() => device.dispose())

  const agrees = async ({ graph, inputs }: Made, paths: Parameters<typeof compileGraph>[2] = {}, again = 2) => {
    const given = rounded(inputs)
    const expected = reference(graph, given)
    fc.pre(!expected.undecided)
    const capabilities = { ...device.capabilities, software: !together }
    const compilation = compileGraph(graph, device.target, paths, { capabilities })
    if (device.target === 'wgsl') for (const form of formsOf(compilation, together)) found.add(form)
    // Twice, so that a kernel that reads what it should have written first is seen.
    for (const [k, { data }] of expected.outputs.entries())
      for (const [at, allowed] of expected.tolerances[k]!.entries()) {
        compared.all++
        if (allowed > 1e-3 * Math.max(1, Math.abs(data[at]!))) compared.roughly++
      }
    expect(difference(expected, await runOn(device, compilation, given, again, options))).toBeUndefined()
  }
  const holds = (made: fc.Arbitrary<Made>, numRuns: number, law: (made: Made) => Promise<void>) =>
    fc.assert(fc.asyncProperty(made, law), { seed, numRuns: numRuns * times, endOnFailure: true })
  // A software GPU takes up to a second or two for the kernels of each network.
  const timeout = times * 240_000

  test('random graphs of every primitive give what the float64 evaluator gives', { timeout }, () =>
    holds(graphs, runs.graphs, (made) => agrees(made)),
  )

  test('random networks and their gradients give what the float64 evaluator gives', { timeout }, () =>
    holds(networks, runs.networks, (made) => agrees(made)),
  )

  test('state is overwritten only when nobody needs the old value any more', { timeout }, () =>
    holds(from(randomStateStep), runs.states, (made) => {
      const paths = made.graph.inputs.map(({ name }) => name)
      return agrees(made, { inputs: paths, outputs: [...paths.slice(0, -1), 'a', 'b'] }, 1)
    }),
  )

  test('almost all elements were compared to three digits at least', () => {
    expect(compared.roughly).toBeLessThan(0.02 * compared.all)
  })

  // The CPU has no schedules of that kind.
  if (runs.large === 0) return
  describe('large enough for schedules of their own', () => {
    test.each(Object.entries(largePrograms))('%s', { timeout }, (_, make) =>
      holds(from(make), runs.large, (made) => agrees(made)),
    )

    test('every form of schedule has occurred', () => {
      const expected = [...forms.any, ...(together ? forms.together : forms.alone)]
      expect(expected.filter((form) => !found.has(form))).toEqual([])
    })
  })
})
