import { afterAll, beforeAll, expect, test } from 'vitest'
import { fuse } from '../../../compiler/fuse/fuse.ts'
import { pairing } from '../../../compiler/fuse/pairs.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { type DType, type Graph, sizeOf, type Value } from '../../../compiler/ir/graph.ts'
import type { Dense } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { printGraph } from '../../../compiler/ir/print.ts'
import { vjp } from '../../../compiler/transform/reverse.ts'
import { simplify } from '../../../compiler/transform/simplify.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import type { Device } from '../../../runtime/device.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { compileGraph, difference, reference, rounded, runOn } from '../differential.ts'
import { uniforms } from '../random.ts'
import { randomRows } from '../random-rows.ts'

let cpu: Device
beforeAll(async () => {
  cpu = await openCpu()
})
afterAll(() => cpu.dispose())

const run = (graph: Graph, inputs: readonly Dense[]) => runOn(cpu, compileGraph(graph, 'wasm'), inputs)

const numbersFor = ({ inputs }: Graph): readonly Dense[] => {
  const random = uniforms(1)
  return rounded(inputs.map(({ type }) => generated(type, () => 2 * random() - 1)))
}

const splat = (b: Builder, { type: { shape, dtype } }: Value, value: number) =>
  b.emit(p.constant, [], { value, shape, dtype })

const along = (b: Builder, folded: Value, { type: { shape } }: Value, axes: readonly number[]) =>
  b.emit(p.broadcast, [folded], { shape, axes: [...shape.keys()].filter((axis) => !axes.includes(axis)) })

/** x over the root of the sum of its squares over the last axis. */
function normed(b: Builder, x: Value): Value {
  const last = [x.type.shape.length - 1]
  const sum = b.emit(p.sum, [b.emit(p.mul, [x, x], {})], { axes: last })
  return b.emit(p.div, [x, b.emit(p.sqrt, [along(b, sum, x, last)], {})], {})
}

const product = (b: Builder, x: Value) => b.emit(p.mul, [x, b.input(x.type, 'y')], {})

/** The greatest of what is made of x over some axes, and the gradient of that in x. */
function greatest(shape: readonly number[], dtype: DType, axes: readonly number[], of: typeof normed): Graph {
  const b = new Builder()
  const x = b.input({ shape, dtype }, 'x')
  return withGradient(b.graph('greatest', [b.emit(p.reduceMax, [of(b, x)], { axes })]))
}

/** Followed by its gradient in its first input. */
function withGradient(graph: Graph): Graph {
  const b = new Builder()
  const args = graph.inputs.map(({ type, name }) => b.input(type, name))
  const { outputs, pull } = vjp(b, graph, args, [0])
  const pulled = pull(outputs.map(({ type }) => b.input(type, 'd')))
  return b.graph(graph.name, [...outputs, ...pulled])
}

test.each([
  ['over rows that are normed one by one', greatest([65, 2, 8], 'f32', [1, 2], normed)],
  ['over the rows themselves', greatest([65, 8], 'f32', [0], normed)],
  ['of halves that are products', greatest([40, 50], 'f16', [0], product)],
])('the gradient of the greatest goes to it %s', async (_, graph) => {
  const inputs = numbersFor(graph)
  expect(difference(reference(graph, inputs), await run(graph, inputs))).toBeUndefined()
})

test('the greatest and its gradient in one row need no memory between', () => {
  const { nests } = fuse(simplify(greatest([65, 33], 'f32', [1], normed)))
  expect(nests.map(({ stores }) => stores.length)).toEqual([1, 1])
})

test.each([
  ['are stored where the gradient goes through the greatest of them', 'max', true],
  ['are not where it stops there', 'stopGradient', false],
] as const)('scores of pairs %s', (_, greatest, areStored) => {
  const b = new Builder()
  const [queries, keys, values] = ['q', 'k', 'v'].map((name) => b.input({ shape: [64, 8], dtype: 'f32' }, name))
  const scores = b.emit(p.dot, [queries!, keys!], { batch: [], contract: [[1, 1]] })
  const top = b.emit(p.reduceMax, [scores], { axes: [1] })
  const still = greatest === 'stopGradient' ? b.emit(p.stopGradient, [top], {}) : top
  const powers = b.emit(p.exp, [b.emit(p.sub, [scores, along(b, still, scores, [1])], {})], {})
  const total = b.emit(p.sum, [powers], { axes: [1] })
  const weights = b.emit(p.div, [powers, along(b, total, powers, [1])], {})
  const made = b.emit(p.dot, [weights, values!], { batch: [], contract: [[1, 0]] })
  const { tensors, nests } = fuse(simplify(withGradient(b.graph('attention', [made]))), pairing(1))
  const stored = nests.flatMap(({ stores }) => stores.map(({ tensor }) => sizeOf(tensors[tensor]!.type.shape)))
  expect(stored.includes(64 * 64)).toBe(areStored)
})

test('some element is not less than the greatest, whatever it is computed from, and is where it is looked for', async () => {
  /**
   * A program of rows, and of its result y: which elements are the greatest over some axes, how many there are, and the
   * last place of one.
   */
  const programs = fc.integer().map((seed) => {
    const random = uniforms(seed)
    const { graph, inputs } = randomRows(random, false)
    const b = new Builder()
    const args = graph.inputs.map(({ type, name }) => b.input(type, name))
    const [y] = b.inline(graph, args) as [Value]
    const { shape } = y.type
    const axes = [...shape.keys()].filter(() => random() < 0.5)
    const top = along(b, b.emit(p.reduceMax, [y], { axes }), y, axes)
    const below = b.emit(p.less, [y, top], {})
    const is = b.emit(p.select, [below, splat(b, y, 0), splat(b, y, 1)], {})
    const axis = shape.length - 1
    const place = b.emit(p.iota, [], { shape, axis, dtype: 'i32' })
    const found = b.emit(p.select, [b.emit(p.equal, [y, top], {}), place, splat(b, place, -1)], {})
    const outputs = [
      is,
      b.emit(p.sum, [is], { axes }),
      b.emit(p.reduceMax, [found], { axes: [...new Set([...axes, axis])] }),
    ]
    const compared = b.graph('compared', outputs)
    return Object.assign({ graph: compared, inputs }, { [fc.toStringMethod]: () => printGraph(compared) })
  })
  await fc.assert(
    fc.asyncProperty(programs, async ({ graph, inputs }) => {
      const [is, counts, places] = await run(graph, rounded(inputs))
      fc.pre(is!.length > 0)
      expect([...counts!].filter((count) => !(count >= 1))).toEqual([])
      const sum = (numbers: Float64Array) => numbers.reduce((all, one) => all + one, 0)
      expect(sum(is!)).toBe(sum(counts!))
      expect(Math.min(...places!)).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 40 * times },
  )
})
