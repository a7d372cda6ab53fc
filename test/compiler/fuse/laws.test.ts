import { expect, test } from 'vitest'
import { type Fused, type FusedNest, fuse } from '../../../compiler/fuse/fuse.ts'
import { type Graph, sizeOf } from '../../../compiler/ir/graph.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { interpret } from '../expr-interpreter.ts'
import { randomGraphs } from './random-graphs.ts'
import { readBy } from './reads.ts'

const ofRandomGraphs = (law: (graph: Graph, fused: Fused) => void): void =>
  fc.assert(
    fc.property(randomGraphs, (graph) => law(graph, fuse(graph))),
    { numRuns: 100 * times },
  )

test('every output that is computed is stored, and nothing is stored twice', () => {
  ofRandomGraphs((graph, { tensors, nests }) => {
    const inputs = graph.inputs.length
    expect(tensors.slice(0, inputs)).toEqual(graph.inputs)
    expect(new Set(tensors).size).toBe(tensors.length)
    const stored = nests.flatMap(({ stores }) => stores.map(({ tensor }) => tensor)).sort((a, b) => a - b)
    expect(stored).toEqual(tensors.map((_, tensor) => tensor).slice(inputs))
    expect(graph.outputs.filter((output) => !tensors.includes(output))).toEqual([])
  })
})

test('what is stored leaves the graph or is read by another nest', () => {
  ofRandomGraphs((graph, { tensors, nests }) => {
    const idle = nests.flatMap((nest) =>
      nest.stores.filter(
        ({ tensor }) =>
          !graph.outputs.includes(tensors[tensor]!) &&
          !nests.some((other) => other !== nest && readBy(other).has(tensor)),
      ),
    )
    expect(idle).toEqual([])
  })
})

test('no nest waits for itself, directly or through others', () => {
  ofRandomGraphs((graph, { nests }) => {
    const known = new Set(graph.inputs.map((_, tensor) => tensor))
    let waiting = nests
    for (let before = -1; waiting.length !== before; ) {
      before = waiting.length
      const ready = waiting.filter((nest) => [...readBy(nest)].every((tensor) => known.has(tensor)))
      for (const { tensor } of ready.flatMap(({ stores }) => stores)) known.add(tensor)
      waiting = waiting.filter((nest) => !ready.includes(nest))
    }
    expect(waiting.map(({ name }) => name)).toEqual([])
  })
})

test('a nest stores each element of each of its tensors at one point of its axes', () => {
  ofRandomGraphs((_, { tensors, nests }) => {
    for (const nest of nests)
      for (const { tensor, index } of nest.stores) {
        const written = pointsOf(nest).map((variables) => interpret(index, { load: () => Number.NaN, variables }))
        const elements = Array.from({ length: sizeOf(tensors[tensor]!.type.shape) }, (_, element) => element)
        expect(written.sort((a, b) => a - b)).toEqual(elements)
      }
  })
})

const pointsOf = ({ axes }: FusedNest): readonly ReadonlyMap<string, number>[] =>
  axes.reduce<readonly ReadonlyMap<string, number>[]>(
    (points, { name, extent }) =>
      points.flatMap((point) => Array.from({ length: extent! }, (_, i) => new Map([...point, [name, i]]))),
    [new Map()],
  )
