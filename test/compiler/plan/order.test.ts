import { describe, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Graph, Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { nestsIn } from '../../../compiler/plan/dependencies.ts'
import { type Ordered, order } from '../../../compiler/plan/order.ts'
import * as fc from '../../fc.ts'
import { randomGraphs, randomStateSteps } from '../fuse/random-graphs.ts'
import { readBy } from '../fuse/reads.ts'
import { replay } from './replay.ts'

type Donated = readonly (number | undefined)[]

function ordered(graph: Graph, donated: Donated) {
  const fused = fuse(graph)
  const result = order(fused, graph.outputs, donated)
  const wanted = graph.outputs.map((output) => fused.tensors.indexOf(output))
  const cellsOf = (tensor: number) => [result.home.get(tensor) ?? tensor]
  const wrong = replay(result, cellsOf, { fused: fused.tensors.length, inputs: graph.inputs.length, wanted })
  return { ...result, nests: fused.nests, copies: result.tensors.length - fused.tensors.length, wrong }
}

test('nests run after what they read, and nothing that needs old state runs after or beside what overwrites it', () => {
  fc.assert(
    fc.property(randomStateSteps, ({ graph, donated }) => {
      expect(ordered(graph, donated).wrong).toEqual([])
    }),
    { numRuns: 400 },
  )
})

test('without state nothing is overwritten, and only what comes out again, or as it went in, is copied', () => {
  fc.assert(
    fc.property(randomGraphs, (graph) => {
      const { wrong, home, copies, outputs } = ordered(
        graph,
        graph.outputs.map(() => undefined),
      )
      expect(wrong).toEqual([])
      expect(home.size).toBe(0)
      const computed = new Set(graph.outputs.filter((output) => !graph.inputs.includes(output)))
      expect(copies).toBe(graph.outputs.length - computed.size)
      expect(new Set(outputs).size).toBe(outputs.length)
      expect(outputs.some((output) => output < graph.inputs.length)).toBe(false)
    }),
    { numRuns: 100 },
  )
})

test('every nest runs once, as early as what it reads allows where nothing is overwritten', () => {
  fc.assert(
    fc.property(randomGraphs, (graph) => {
      const { steps, nests, copies } = ordered(
        graph,
        graph.outputs.map(() => undefined),
      )
      const run = steps.flat()
      expect(new Set(run).size).toBe(run.length)
      expect(run).toHaveLength(nests.length + copies)
      for (const nest of nests) expect(run).toContain(nest)
      for (const [i, side] of steps.map(nestsIn).entries()) {
        const before = new Set(nestsIn(steps[i - 1] ?? []).flatMap(({ stores }) => stores.map(({ tensor }) => tensor)))
        const early = side.filter((nest) => i > 0 && ![...readBy(nest)].some((tensor) => before.has(tensor)))
        expect(early.map(({ name }) => name)).toEqual([])
      }
    }),
    { numRuns: 100 },
  )
})

test('a state comes out where it went in', () => {
  fc.assert(
    fc.property(randomStateSteps, ({ graph, donated }) => {
      const { outputs, home } = ordered(graph, donated)
      for (const [i, input] of donated.entries())
        if (input !== undefined) expect(home.get(outputs[i]!) ?? outputs[i]).toBe(input)
        else expect(graph.inputs[home.get(outputs[i]!) ?? outputs[i]!]).toBeUndefined()
    }),
    { numRuns: 200 },
  )
})

describe('new state is written over the old', () => {
  const square = { shape: [3, 3], dtype: 'f32' } as const
  /** A step on states a and b, with an input x. */
  const stepOf = (
    make: (b: Builder, a: Value, c: Value, x: Value) => readonly Value[],
  ): Ordered & { copies: number } => {
    const b = new Builder()
    const inputs = ['state.a', 'state.b', 'x'].map((name) => b.input(square, name))
    const [first, second, x] = inputs as [Value, Value, Value]
    const graph = b.graph('step', make(b, first, second, x))
    const result = ordered(graph, [0, 1, ...graph.outputs.slice(2).map(() => undefined)])
    expect(result.wrong).toEqual([])
    return result
  }
  const add = (b: Builder, x: Value, y: Value) => b.emit(p.add, [x, y], {})
  const transpose = (b: Builder, x: Value) => b.emit(p.transpose, [x], { permutation: [1, 0] })

  test('in place, where each element is made of that element', () => {
    const { copies, home, outputs } = stepOf((b, a, c, x) => [add(b, a, x), add(b, c, a)])
    expect(copies).toBe(0)
    expect(outputs.map((output) => home.get(output))).toEqual([0, 1])
  })

  test('in place after the last that reads it', () => {
    const { copies, steps } = stepOf((b, a, c, x) => [add(b, a, x), add(b, c, transpose(b, a))])
    expect(copies).toBe(0)
    expect(steps.map((work) => nestsIn(work).map(({ stores }) => stores.length))).toEqual([[1], [1]])
  })

  test('by a copy, where elements are made of others', () => {
    expect(stepOf((b, a, c, x) => [add(b, transpose(b, a), x), add(b, c, x)]).copies).toBe(1)
  })

  test('by copies, where two change places', () => {
    const { copies } = stepOf((_, a, c) => [c, a])
    expect(copies).toBeGreaterThanOrEqual(2)
  })

  test('not at all, where it stays', () => {
    const { copies, steps, outputs } = stepOf((_, a, c) => [a, c])
    expect([copies, steps, outputs]).toEqual([0, [], [0, 1]])
  })

  test('and copied to an output of its own', () => {
    const { copies, home, outputs } = stepOf((b, a, c, x) => {
      const next = add(b, a, x)
      return [next, c, next]
    })
    expect(copies).toBe(1)
    expect(home.has(outputs[2]!)).toBe(false)
  })
})
