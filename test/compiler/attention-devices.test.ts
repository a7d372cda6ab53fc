import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generated } from '../../compiler/ir/dense.ts'
import { type AnyProgram, bool, f32, grad, program, type Tensor, traceProgram } from '../../dsl/index.ts'
import { scaledDotProductAttention } from '../../dsl/nn/index.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { uniforms } from './random.ts'

interface Case {
  readonly name: string
  readonly rows: number
  readonly terms: number
  readonly inner: number
  readonly columns: number
  readonly causal?: boolean
  readonly mask?: boolean
}

// Few rows: a GPU in software takes long to wait for threads.
const cases: readonly Case[] = [
  { name: 'of as many keys as queries', rows: 64, terms: 64, inner: 8, columns: 8 },
  { name: 'of the past', rows: 70, terms: 70, inner: 4, columns: 4, causal: true },
  { name: 'of other keys, no sizes multiples of four', rows: 66, terms: 35, inner: 7, columns: 5 },
  { name: 'where some may attend to nothing', rows: 20, terms: 41, inner: 8, columns: 70, mask: true },
]

type Matrix = Tensor<[number, number]>

/** Attention, or its gradients in queries, keys and values. */
function attention({ rows, terms, inner, columns, causal = false, mask }: Case, gradients: boolean): AnyProgram {
  const spec = {
    q: f32(rows, inner),
    k: f32(terms, inner),
    v: f32(terms, columns),
    weight: f32(rows, columns),
    mask: bool(rows, terms),
  }
  return program(spec, ({ q, k, v, weight, mask: allowed }) => {
    const attend = (x: { q: Matrix; k: Matrix; v: Matrix }): Matrix =>
      scaledDotProductAttention(x.q, x.k, x.v, mask ? { mask: allowed } : { causal })
    const loss = (x: { q: Matrix; k: Matrix; v: Matrix }) => attend(x).mul(weight).sum()
    return gradients ? grad(loss)({ q, k, v }) : attend({ q, k, v })
  })
}

describe.skipIf(missing(computing, 'attention by workgroups on WebGPU'))('attention by workgroups, on WebGPU', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  const check = async (of: Case, gradients: boolean) => {
    const { graph } = traceProgram(attention(of, gradients))
    const random = uniforms(5)
    const inputs = rounded(
      graph.inputs.map(({ type }) =>
        generated(type, (k) =>
          type.dtype === 'bool' ? Number(random() < 0.5 && Math.floor(k / of.terms) % 9 > 0) : 2 * random() - 1,
        ),
      ),
    )
    const compilation = compileGraph(graph, 'wgsl', {}, { tuned: { fewestPairs: 1 } })
    const stored = compilation.plan.kernels.flatMap(({ slots }) => slots).filter(({ access }) => access !== 'read')
    expect(stored.filter(({ size }) => size === of.rows * of.terms)).toEqual([])
    expect(compilation.fused.nests.some(({ pairs }) => pairs?.greatest)).toBe(true)
    expect(difference(reference(graph, inputs), await runOn(device, compilation, inputs))).toBeUndefined()
  }

  // A GPU in software takes long to compile kernels with many barriers.
  describe('that is', { timeout: 120_000 }, () => {
    test.each(times > 1 ? cases : cases.slice(2))('$name', (of) => check(of, false))
    test.each(times > 1 ? cases : cases.slice(1, 2))('$name, its gradients', (of) => check(of, true))
  })
})
