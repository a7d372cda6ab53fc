import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import type { Graph, Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { compile, f32, openDevice, program } from '../../../index.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import type { Device } from '../../../runtime/device.ts'
import * as fc from '../../fc.ts'
import { compileGraph, difference, reference, rounded, runOn } from '../differential.ts'
import { uniforms } from '../random.ts'
import { modes } from '../target/wasm/relaxed.ts'

interface Product {
  readonly rows: number
  readonly columns: number
  readonly terms: number
  readonly batch: number
  /** Whether the factors lie the other way round in memory. */
  readonly turned: readonly [left: boolean, right: boolean]
  readonly around: 'nothing' | 'prologue' | 'epilogue' | 'two'
}

/**
 * left . right over a batch, with something computed of a factor, something that follows the sums, or a second product
 * that is added.
 */
function graphOf({ rows, columns, terms, batch, turned, around }: Product): Graph {
  const b = new Builder()
  const input = (name: string, ...shape: readonly number[]) =>
    b.input({ shape: batch > 1 ? [batch, ...shape] : shape, dtype: 'f32' }, name)
  const outer = batch > 1 ? 1 : 0
  const product = (n: number, k: number): Value => {
    const [a, c] = turned
    const left = a ? input(`left${n}`, k, rows) : input(`left${n}`, rows, k)
    const right = c ? input(`right${n}`, columns, k) : input(`right${n}`, k, columns)
    const factor = around === 'prologue' ? b.emit(p.mul, [left, left], {}) : left
    const contract = [[outer + (a ? 0 : 1), outer + (c ? 1 : 0)]] as const
    return b.emit(p.dot, [factor, right], { batch: batch > 1 ? [[0, 0]] : [], contract })
  }
  const first = product(0, terms)
  if (around === 'two') return b.graph('product', [b.emit(p.add, [first, product(1, 2 * terms)], {})])
  if (around !== 'epilogue') return b.graph('product', [first])
  const bias = b.input({ shape: [columns], dtype: 'f32' }, 'bias')
  const { shape } = first.type
  const sum = b.emit(p.add, [first, b.emit(p.broadcast, [bias], { shape, axes: [shape.length - 1] })], {})
  return b.graph('product', [b.emit(p.tanh, [sum], {}), sum])
}

const inputsOf = (graph: Graph, seed: number) => {
  const next = uniforms(seed)
  return rounded(graph.inputs.map(({ type }) => generated(type, () => 2 * next() - 1)))
}

type Mode = (typeof modes)[number]

async function apart(device: Device, mode: Mode, product: Product, seed: number): Promise<string | undefined> {
  const graph = graphOf(product)
  const compilation = compileGraph(graph, 'wasm', {}, mode)
  expect(compilation.plan.kernels.flatMap(({ nests }) => nests).some(({ group }) => group !== undefined)).toBe(true)
  const inputs = inputsOf(graph, seed)
  // Twice: what is in scratch memory from before changes nothing.
  return difference(reference(graph, inputs), await runOn(device, compilation, inputs, 2, mode))
}

let device: Device
beforeAll(async () => {
  device = await openCpu()
})
afterAll(() => device.dispose())

const around = fc.constantFrom('nothing', 'prologue', 'epilogue', 'two')
const turned = fc.tuple(fc.boolean(), fc.boolean())

// Multiply-adds in one instruction are added up in larger panels.
describe.each(modes)('products from packed panels are those of the float64 evaluator: %o', (mode) => {
  test('of any sizes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 16, max: 140 }),
          columns: fc.integer({ min: 16, max: 60 }),
          terms: fc.integer({ min: 128, max: 150 }),
          batch: fc.integer({ min: 1, max: 2 }),
          turned,
          around,
        }),
        fc.integer(),
        async (product, seed) => {
          expect(await apart(device, mode, product, seed)).toBeUndefined()
        },
      ),
      { numRuns: 20 },
    ))

  test('of several blocks of terms, also where the last is shorter', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          rows: fc.integer({ min: 16, max: 24 }),
          columns: fc.integer({ min: 8, max: 20 }),
          terms: fc.constantFrom(385, 401, 768, 1009),
          batch: fc.constant(1),
          turned,
          around,
        }),
        fc.integer(),
        async (product, seed) => {
          expect(await apart(device, mode, product, seed)).toBeUndefined()
        },
      ),
      { numRuns: 12 },
    ))

  test('of several blocks of columns', async () => {
    const product: Product = {
      rows: 18,
      columns: 530,
      terms: 20,
      batch: 1,
      turned: [false, true],
      around: 'epilogue',
    }
    expect(await apart(device, mode, product, 1)).toBeUndefined()
  })
})

test('larger panels give the same bits', () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.constantFrom(126, 131, 150, 258),
        columns: fc.constantFrom(20, 140),
        terms: fc.constantFrom(20, 70, 401, 530, 768),
        batch: fc.integer({ min: 1, max: 2 }),
        turned,
        around,
      }),
      fc.integer(),
      async (product, seed) => {
        const graph = graphOf(product)
        const inputs = inputsOf(graph, seed)
        const [small, large] = [compileGraph(graph, 'wasm'), compileGraph(graph, 'wasm', {}, { relaxed: true })]
        expect(large.plan.kernels).not.toEqual(small.plan.kernels)
        expect(await runOn(device, large, inputs)).toEqual(await runOn(device, small, inputs))
      },
    ),
    { numRuns: 12 },
  ))

// A row that two tiles compute, where too few are left for the last, is stored by one of them.
test.each(modes)('a product is added once to a state that stays where it is: %o', async ({ relaxed }) => {
  const step = program(
    { state: f32('rows', 24), left: f32('rows', 'terms'), right: f32('terms', 24) },
    ({ state, left, right }) => ({ state: state.add(left.matmul(right)) }),
    { name: 'added' },
  )
  const cpu = await openDevice('cpu', { relaxedSimd: relaxed })
  const property = fc.asyncProperty(
    fc.integer({ min: 16, max: 140 }),
    fc.constantFrom(64, 600),
    async (rows, terms) => {
      const run = await compile(step, cpu, { rows, terms })
      const factors = { left: new Float32Array(rows * terms).fill(1), right: new Float32Array(terms * 24).fill(2) }
      const { state } = run({ ...factors, state: Float32Array.from({ length: rows * 24 }, (_, i) => i) })
      const twice = await run({ ...factors, state }).state.read()
      run.dispose()
      expect(twice).toEqual(Float32Array.from({ length: rows * 24 }, (_, i) => i + 4 * terms))
    },
  )
  await fc.assert(property, { numRuns: 15 })
  cpu.dispose()
})
