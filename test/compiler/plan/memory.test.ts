import { expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import { type Graph, sizeOf } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { nestsIn } from '../../../compiler/plan/dependencies.ts'
import { layOut } from '../../../compiler/plan/memory.ts'
import { order } from '../../../compiler/plan/order.ts'
import { leavesOf } from '../../../compiler/plan/tree.ts'
import * as fc from '../../fc.ts'
import { compileGraph } from '../differential.ts'
import { randomGraphs, randomStateSteps } from '../fuse/random-graphs.ts'
import { readBy } from '../fuse/reads.ts'
import { replay } from './replay.ts'

/** A graph as it lies in memory; `donated[i]` is the input whose memory output i takes over. */
function laidOut(graph: Graph, donated: readonly (number | undefined)[] = graph.outputs.map(() => undefined)) {
  const fused = fuse(graph)
  const ordered = order(fused, graph.outputs, donated)
  const state = new Set(donated.filter((input) => input !== undefined))
  return { graph, fused, ordered, memory: layOut(ordered, graph.inputs.length, state, false) }
}

const graphsAndSteps = fc.oneof(
  randomGraphs.map((graph) => ({ graph, donated: undefined })),
  randomStateSteps,
)
const ofLaidOut = (law: (laid: ReturnType<typeof laidOut>) => void, numRuns: number): void =>
  fc.assert(
    fc.property(graphsAndSteps, ({ graph, donated }) => law(laidOut(graph, donated))),
    { numRuns },
  )

test('every tensor lies inside its region, at a multiple of 4', () => {
  ofLaidOut(({ memory: { places, regions }, ordered: { tensors } }) => {
    for (const [tensor, place] of places.entries()) {
      if (!place) continue
      const { shape, dtype } = tensors[tensor]!.type
      const region = regions[place.region]!
      expect(region.element).toBe(dtype === 'f32' ? 'f32' : 'u32')
      expect(place.offset % 4).toBe(0)
      expect(place.offset).toBeGreaterThanOrEqual(0)
      expect(place.offset + sizeOf(shape)).toBeLessThanOrEqual(region.size)
    }
  }, 150)
})

test('no two temporaries that are alive at one step overlap', () => {
  ofLaidOut(({ memory, ordered: { steps, tensors } }) => {
    const alive = new Map<number, { first: number; last: number }>()
    for (const [step, work] of steps.entries())
      for (const nest of nestsIn(work))
        for (const tensor of [...nest.stores.map((store) => store.tensor), ...readBy(nest)]) {
          if (memory.regions[memory.places[tensor]!.region]!.kind !== 'temporary') continue
          const life = alive.get(tensor) ?? { first: step, last: step }
          alive.set(tensor, { first: Math.min(life.first, step), last: Math.max(life.last, step) })
        }
    const laid = [...alive].map(([tensor, life]) => {
      const { region, offset } = memory.places[tensor]!
      return { tensor, ...life, region, from: offset, to: offset + sizeOf(tensors[tensor]!.type.shape) }
    })
    const overlapping = laid.flatMap((a) =>
      laid
        .filter((b) => a.tensor < b.tensor && a.region === b.region)
        .filter((b) => a.first <= b.last && b.first <= a.last && a.from < b.to && b.from < a.to)
        .map((b) => [a, b]),
    )
    expect(overlapping).toEqual([])
  }, 150)
})

test('in memory, every nest reads what was last written there by what it needs', () => {
  ofLaidOut(({ memory, ordered, fused, graph }) => {
    const cellsOf = (tensor: number) => {
      const place = memory.places[tensor]!
      const size = sizeOf(ordered.tensors[tensor]!.type.shape)
      return Array.from({ length: size }, (_, i) => place.region * 2 ** 24 + place.offset + i)
    }
    const wanted = graph.outputs.map((output) => fused.tensors.indexOf(output))
    const wrong = replay(ordered, cellsOf, { fused: fused.tensors.length, inputs: graph.inputs.length, wanted })
    expect(wrong).toEqual([])
  }, 100)
})

test('state goes in and comes out at one place, and outputs lie apart from what goes in', () => {
  fc.assert(
    fc.property(randomStateSteps, ({ graph }) => {
      const paths = graph.inputs.map(({ name }) => name)
      const { plan } = compileGraph(graph, 'wasm', { inputs: paths, outputs: [...paths.slice(0, -1), 'a', 'b'] })
      const [inputs, outputs] = [leavesOf(plan.inputs), leavesOf(plan.outputs)]
      for (const [i, { path, place }] of outputs.entries()) {
        const { kind } = plan.regions[place.region]!
        if (path.startsWith('state.')) expect([kind, place]).toEqual(['state', inputs[i]!.place])
        else expect(kind).toBe('output')
      }
      expect(plan.regions[inputs.at(-1)!.place.region]!.kind).toBe('input')
      const places = inputs.map(({ place: { region, offset } }) => `${region}:${offset}`)
      expect(new Set(places).size).toBe(places.length)
    }),
    { numRuns: 150 },
  )
})

test('a chain of products needs the memory of two, however long it is', () => {
  const chain = (length: number) => {
    const b = new Builder()
    let x = b.input({ shape: [5, 5], dtype: 'f32' }, 'x')
    const w = b.input({ shape: [5, 5], dtype: 'f32' }, 'w')
    for (let i = 0; i < length; i++) x = b.emit(p.tanh, [b.emit(p.dot, [x, w], { batch: [], contract: [[1, 0]] })], {})
    return laidOut(b.graph('chain', [x]))
  }
  const { memory } = chain(8)
  // 25 elements take 28, so that each begins at a multiple of 4.
  expect(memory.regions.find(({ kind }) => kind === 'temporary')!.size).toBe(2 * 28)
  expect(memory.withoutReuse).toBe(7 * 28 * 4)
})
