import { describe, expect, test } from 'vitest'
import { withKeptProducts } from '../../../compiler/fuse/kept-products.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Graph } from '../../../compiler/ir/graph.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { simplify } from '../../../compiler/transform/simplify.ts'
import { type AnyProgram, f32, grad, program, type Sizes, traceProgram } from '../../../dsl/index.ts'
import { layerNorm, linear, mlp, mse, sequential, silu } from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { uniforms } from '../random.ts'
import { randomGraphs } from './random-graphs.ts'

const graphOf = (of: AnyProgram, sizes: Sizes): Graph => simplify(traceProgram(of, sizes).graph)

/** The results of both in float64, from the same inputs. */
function bothOf(graph: Graph, seed: number) {
  const next = uniforms(seed)
  const inputs = graph.inputs.map(({ type }) => generated(type, () => 4 * next() - 2))
  return [graph, withKeptProducts(graph)].map((one) => evaluate(one, inputs).map(({ data }) => Array.from(data)))
}

/** How often the values of a name are operands. */
const usesOf = ({ equations }: Graph, name: string): number =>
  equations.flatMap(({ inputs }) => inputs).filter((value) => value.name.startsWith(name)).length

const net = mlp([3, 16, 16, 2], silu)
const loss = program({ params: net.params, x: f32('n', 3), y: f32('n', 2) }, ({ params, x, y }) =>
  mse(net.apply(params, x), y),
)

describe('the gradient of a SiLU', () => {
  const trained = program({ params: net.params, x: f32('n', 3), y: f32('n', 2) }, grad(loss, 'params'))

  test('is computed from its value, and not from its argument', () => {
    const graph = graphOf(trained, { n: 8 })
    const kept = withKeptProducts(graph)
    verify(kept)
    // The arguments of both are then what sigmoid and silu are computed from, and nothing else; the fifth is that of
    // the loss.
    expect(usesOf(graph, 'linear')).toBe(7)
    expect(usesOf(kept, 'linear')).toBe(5)
    expect(kept.equations.length).toBe(graph.equations.length - 2)
  })

  test('is what it was', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const [given, kept] = bothOf(graphOf(trained, { n: 4 }), seed)
        for (const [i, result] of given!.entries())
          for (const [k, element] of result.entries()) {
            const scale = Math.max(...result.map(Math.abs))
            expect(Math.abs(kept![i]![k]! - element)).toBeLessThanOrEqual(1e-14 * (scale + Math.abs(element)))
          }
      }),
      { numRuns: 20 },
    )
  })

  test('is left alone where the argument is needed all the same', () => {
    const [inner, outer] = [linear(3, 16), linear(16, 2)]
    const specs = { params: { inner: inner.params, outer: outer.params }, x: f32('n', 3) }
    const loss = program(specs, ({ params, x }) => {
      const hidden = inner.apply(params.inner, x)
      return outer.apply(params.outer, silu(hidden)).square().sum().add(hidden.square().sum())
    })
    const graph = graphOf(program(specs, grad(loss, 'params')), { n: 8 })
    expect(withKeptProducts(graph)).toBe(graph)
  })

  test('is left alone where no product is made of its value', () => {
    const net = sequential(linear(3, 16), silu, layerNorm(16), linear(16, 2))
    const specs = { params: net.params, x: f32('n', 3) }
    const loss = program(specs, ({ params, x }) => net.apply(params, x).square().sum())
    const graph = graphOf(program(specs, grad(loss, 'params')), { n: 8 })
    expect(withKeptProducts(graph)).toBe(graph)
  })
})

test('any graph computes what it did', () => {
  fc.assert(
    fc.property(randomGraphs, fc.integer(), (graph, seed) => {
      verify(withKeptProducts(graph))
      const [given, kept] = bothOf(graph, seed)
      for (const [i, result] of given!.entries())
        for (const [k, element] of result.entries())
          if (!Object.is(kept![i]![k], element)) expect(kept![i]![k]).toBeCloseTo(element, 9)
    }),
    { numRuns: 100 },
  )
})
