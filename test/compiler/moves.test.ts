import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../compiler/ir/builder.ts'
import { generated } from '../../compiler/ir/dense.ts'
import { evaluate } from '../../compiler/ir/evaluate.ts'
import type { Type, Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { byNetwork } from '../../compiler/ir/primitives/sorting.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import * as fc from '../fc.ts'
import { isFull, times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { cases, graphOf, type Name } from './ir/cases.ts'
import { uniforms } from './random.ts'
import { reversed } from './transform/apply.ts'
import { convolution, convolutions } from './transform/convolution.ts'

/**
 * Moves of elements, and what is written in other primitives before it is compiled; sums and products in integers too.
 */
const compiled: readonly Name[] = [
  'gather',
  'scatterAdd',
  'oneHot',
  'flip',
  'skew',
  'unskew',
  'argsort',
  'cumsum',
  'literal',
  'dot',
  'sum',
  'reduceMax',
]

for (const [kind, open, skipped, runs] of [
  ['cpu', openCpu, false, { cases: 40, convolutions: 25 }],
  ['cpu without SIMD', () => openCpu({ simd: false }), false, { cases: 14, convolutions: 10 }],
  [
    'webgpu',
    () => openWebGpu(computing.gpu!),
    missing(computing, 'compiled primitives on WebGPU'),
    { cases: 8, convolutions: 4 },
  ],
] as const) {
  describe.skipIf(skipped)(`compiled for ${kind}`, { timeout: times * 60_000 }, () => {
    let device: Device
    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.dispose())

    test.each(compiled)('%s gives what its evaluator gives', async (name) => {
      await fc.assert(
        fc.asyncProperty(cases(name), async (one) => {
          const graph = graphOf(one)
          const given = rounded(one.inputs)
          const results = await runOn(device, compileGraph(graph, device.target, {}, device), given)
          expect(difference(reference(graph, given), results)).toBeUndefined()
        }),
        { numRuns: times * runs.cases },
      )
    })

    test('convolutions and their gradients give what their evaluator gives', async () => {
      await fc.assert(
        fc.asyncProperty(convolutions, fc.integer(), async (of, seed) => {
          const random = uniforms(seed)
          for (const graph of [convolution(of), reversed(convolution(of))]) {
            const given = rounded(graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)))
            const results = await runOn(device, compileGraph(graph, device.target, {}, device), given)
            expect(difference(reference(graph, given), results)).toBeUndefined()
          }
        }),
        { numRuns: times * runs.convolutions },
      )
    })

    /** What a graph of one input computes, beside what the evaluator does. */
    const both = async (type: Type, make: (b: Builder, x: Value) => Value, values: (u: number) => number) => {
      const b = new Builder()
      const graph = b.graph('one', [make(b, b.input(type, 'x'))])
      const random = uniforms(1)
      const given = rounded([generated(type, () => values(random()))])
      const [got] = await runOn(device, compileGraph(graph, device.target, {}, device), given)
      return { got: got!, expected: evaluate(graph, given)[0]!.data }
    }

    test('long rows are sorted, by counting and by a network, and equal elements stay in order', async () => {
      const type: Type = { shape: [isFull ? 2 : 1, 1100], dtype: 'f32' }
      const specials = [Number.NaN, 0, -0, Number.POSITIVE_INFINITY]
      const values = (u: number) => (u < 0.1 ? specials[Math.floor(40 * u)]! : Math.floor(500 * u) - 200)
      const { got, expected } = await both(type, (b, x) => b.emit(p.argsort, [x], {}), values)
      expect(got).toEqual(expected)
      expect((await both(type, byNetwork, values)).got).toEqual(expected)
    })

    test('every NaN, of either sign, is sorted behind all numbers', async () => {
      const bits = [0xffc00001, 0x7f800000, 0x7fc00000, 0xff800000, 0xffffffff, 0x3f800000, 0x7f800001, 0x80000000, 0]
      const make = (b: Builder, x: Value) => b.emit(p.argsort, [b.emit(p.bitcast, [x], { dtype: 'f32' })], {})
      let next = 0
      const { got, expected } = await both({ shape: [bits.length], dtype: 'u32' }, make, () => bits[next++]!)
      expect([...got]).toEqual([3, 7, 8, 5, 1, 0, 2, 4, 6])
      expect(got).toEqual(expected)
    })

    test('running sums of many elements are as exact as sums', async () => {
      const size = 20_000
      const make = (b: Builder, x: Value) => b.emit(p.cumsum, [x], { axis: 0, reverse: false })
      const { got, expected } = await both({ shape: [size], dtype: 'f32' }, make, (u) => u)
      // One rounding for each term on three levels of sums, of which none has more than 64, relative to the whole.
      const allowed = 3 * 64 * 2 ** -24
      const wrong = expected.findIndex((sum, k) => Math.abs(got[k]! - sum) > allowed * sum)
      expect(wrong).toBe(-1)
    })

    test('updates are added into many places, in the same order every time', async () => {
      const make = (b: Builder, x: Value) => {
        const many = b.emit(p.constant, [], { value: 400, shape: x.type.shape, dtype: 'f32' })
        const places = b.emit(p.cast, [b.emit(p.mul, [x, many], {})], { dtype: 'i32' })
        const [rows] = x.type.shape
        const column = b.emit(p.slice, [places], { start: [0, 0], stop: [rows!, 1], step: [1, 1] })
        const indices = b.emit(p.reshape, [column], { shape: [rows!] })
        return b.emit(p.scatterAdd, [x, indices], { axis: 0, batch: 0, size: 400 })
      }
      // Far from where the product would be rounded to the next place.
      const values = (u: number) => (Math.floor(u * 410) + 0.5) / 400
      const first = await both({ shape: [900, 5], dtype: 'f32' }, make, values)
      expect(first.expected.findIndex((sum, k) => Math.abs(first.got[k]! - sum) > 1e-5)).toBe(-1)
      const again = await both({ shape: [900, 5], dtype: 'f32' }, make, values)
      expect(again.got).toEqual(first.got)
    })
  })
}

test('a literal holds what the code of a kernel can; more is an input', () => {
  const literal = (count: number) => {
    const b = new Builder()
    const values = Array.from({ length: count }, (_, k) => k)
    b.source = { scope: ['f'], frame: () => ({ file: '/model/flow.ts', line: 3, column: 9 }) }
    return b.graph('f', [b.emit(p.literal, [], { values, shape: [count], dtype: 'f32' }, 'table')])
  }
  expect(compileGraph(literal(64), 'wasm').plan.kernels).toHaveLength(1)
  expect(() => compileGraph(literal(65), 'wasm')).toThrow(
    'f: out0 has 65 numbers (f, at /model/flow.ts:3:9), and the code of a kernel holds at most 64; pass it in as an input of the program',
  )
  expect(evaluate(literal(1000), [])[0]!.data[999]).toBe(999)
})
