import { describe, expect, test } from 'vitest'
import { type FusedNest, fuse } from '../../../compiler/fuse/fuse.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { type AnyTensor, concat, f32, grad, key, normal, program } from '../../../dsl/index.ts'
import { linear, sequential, silu } from '../../../dsl/nn/index.ts'
import { adam } from '../../../dsl/optim/index.ts'
import { compileProgram } from './compile-program.ts'
import { readBy, sumsOf } from './reads.ts'

/** What the nests of a program store, by the names of the tensors, and the fused form itself. */
function storedBy(...given: Parameters<typeof compileProgram>) {
  const { fused, simplified } = compileProgram(...given)
  const nameOf = (tensor: number) => fused.tensors[tensor]!.name
  return {
    ...fused,
    stored: fused.nests.map(({ stores }) => stores.map(({ tensor }) => nameOf(tensor))),
    between: fused.tensors.slice(simplified.inputs.length).filter((value) => !simplified.outputs.includes(value)),
  }
}

const operations = ({ computes }: FusedNest): readonly string[] => computes.map(({ primitive }) => primitive.name)

describe('what shares a loop with a product', () => {
  const layer = sequential(linear(3, 4), silu)
  const net = sequential(linear(3, 8), silu, linear(8, 2))
  const loss = program({ params: net.params, x: f32('n', 3) }, ({ params, x }) => net.apply(params, x).square().sum())

  test('bias and activation follow it', () => {
    const dense = program({ params: layer.params, x: f32('n', 3) }, ({ params, x }) => layer.apply(params, x))
    const { nests, stored } = storedBy(dense, { n: 8 })
    expect(stored).toEqual([['result']])
    expect(operations(nests[0]!)).toEqual(expect.arrayContaining(['dot', 'add', 'sigmoid', 'mul']))
    expect(sumsOf(nests[0]!)).toHaveLength(1)
  })

  test("an activation and its derivative are computed again from the layer's sum, and not stored", () => {
    const gradient = program({ params: net.params, x: f32('n', 3) }, (inputs) => grad(loss, 'params')(inputs))
    const { nests, stored, between } = storedBy(gradient, { n: 16 })
    expect(between.map(({ name, type }) => [name, type.shape])).toEqual([
      ['linear', [16, 8]],
      ['d_linear', [16, 2]],
      ['d_linear', [16, 8]],
    ])
    expect(stored.flat().sort()).toEqual(
      ['0.bias', '0.weight', '2.bias', '2.weight', 'd_linear', 'd_linear', 'linear'].sort(),
    )
    const [, ...after] = nests.filter((nest) => operations(nest).includes('dot'))
    expect(after.filter((nest) => operations(nest).includes('sigmoid'))).toHaveLength(3)
  })
})

describe('what is stored between', () => {
  test('expensive values that would be computed again for every row or column, once', () => {
    const projected = program({ key: key(), w: f32(64, 64) }, ({ key, w }) => ({ y: normal(key, [512, 64]).matmul(w) }))
    expect(storedBy(projected).stored).toEqual([['normal'], ['y']])
  })

  test('expensive values that two nests would compute, once', () => {
    const twice = program({ key: key() }, ({ key }) => {
      const z = normal(key, [512, 64])
      return { rows: z.square().sum(1), columns: z.exp().sum(0) }
    })
    const { stored, nests } = storedBy(twice)
    expect(stored.flat()).toEqual(expect.arrayContaining(['normal', 'rows', 'columns']))
    expect(stored.flat()).toHaveLength(3)
    expect(nests.filter((nest) => operations(nest).includes('threefry'))).toHaveLength(1)
  })

  test('a long chain of cheap operations that a product would repeat, but not a short one, nor one of few elements', () => {
    const storedAfter = (count: number, n: number) =>
      storedBy(
        program({ x: f32(n, 64), w: f32(64, 64) }, ({ x, w }) => {
          let y = x
          for (let k = 0; k < count; k++) y = y.mul(0.5).add(0.1)
          return y.matmul(w)
        }),
      ).stored
    expect(storedAfter(16, 512)).toEqual([['add'], ['result']])
    expect(storedAfter(1, 512)).toEqual([['result']])
    expect(storedAfter(16, 4)).toEqual([['result']])
  })

  test('a value now and then in chains that are too long, or that copying moves blow up', () => {
    const chain = program({ x: f32(4) }, ({ x }) => {
      let y = x
      for (let k = 0; k < 1500; k++) y = y.mul(0.5).add(x)
      return y
    })
    expect(storedBy(chain).stored.length).toBeGreaterThan(5)
    const doubling = program({ x: f32(2) }, ({ x }) => {
      let y: AnyTensor = x
      for (let k = 0; k < 12; k++) y = concat([y, y.add(1)] as never) as AnyTensor
      return y
    })
    expect(storedBy(doubling).stored.length).toBeGreaterThan(1)
  })

  test('not what one nest uses twice at one element', () => {
    const both = program({ key: key() }, ({ key }) => {
      const z = normal(key, [64, 8])
      return z.mul(z.exp())
    })
    expect(storedBy(both).stored).toEqual([['result']])
  })

  test('what is read at other elements, and not computed again there', () => {
    const nestsWith = (move: (b: Builder, y: Value) => Value) => {
      const b = new Builder()
      const y = b.emit(p.tanh, [b.input({ shape: [4, 4], dtype: 'f32' }, 'x')], {})
      return fuse(b.graph('moved', [y, b.emit(p.neg, [move(b, y)], {})])).nests.map(operations)
    }
    expect(nestsWith((_, y) => y)).toEqual([['tanh', 'neg']])
    expect(nestsWith((b, y) => b.emit(p.transpose, [y], { permutation: [1, 0] }))).toEqual([
      ['tanh'],
      ['transpose', 'neg'],
    ])
  })

  test('what a sum is added to, since a sum has loops of its own', () => {
    const both = program({ x: f32('n'), w: f32('n', 4) }, ({ x, w }) => {
      const z = x.exp()
      return { z, y: w.sum(1).add(z) }
    })
    expect(storedBy(both, { n: 8 }).stored).toEqual([['z'], ['y']])
  })

  test('not a chain of scalars, which a loop computes before it starts', () => {
    const scaled = program({ x: f32('n', 4), s: f32() }, ({ x, s }) => {
      const by = s.exp().add(1).log().sqrt()
      return { sums: x.mul(by).sum(1), shifted: x.add(by) }
    })
    expect(storedBy(scaled, { n: 64 }).stored).toEqual([['sums'], ['shifted']])
  })

  test('not a sum that only another sum needs, with what is done to it between', () => {
    const total = program({ x: f32('n', 4) }, ({ x }) => x.exp().sum(1).sqrt().sum())
    const { stored, nests } = storedBy(total, { n: 8 })
    expect(stored).toEqual([['result']])
    expect(sumsOf(nests[0]!)).toHaveLength(2)
  })

  test('but a sum that several elements need', () => {
    const centred = program({ x: f32('n', 4) }, ({ x }) => x.sub(x.mean(1).expand(1)))
    expect(storedBy(centred, { n: 8 }).stored).toEqual([['mean'], ['result']])
  })
})

test("Adam of a weight lives in its gradient's nest, and no gradient is stored", () => {
  const layer = linear(3, 4)
  const optimiser = adam({ learningRate: 0.1 })
  const fit = program(
    { state: { params: layer.params, opt: optimiser.state(layer.params) }, x: f32('n', 3), y: f32('n', 4) },
    ({ state, x, y }) => {
      const loss = (params: typeof state.params) => layer.apply(params, x).sub(y).square().mean()
      return { state: optimiser.update(grad(loss)(state.params), state.opt, state.params) }
    },
  )
  const { nests, stored, between, tensors } = storedBy(fit, { n: 16 })
  expect(between.map(({ name }) => name)).toEqual(['d_sub'])
  for (const [parameter, sum] of [
    ['weight', 'dot'],
    ['bias', 'sum'],
  ] as const) {
    const state = [`state.opt.m.${parameter}`, `state.opt.v.${parameter}`, `state.params.${parameter}`]
    const at = stored.findIndex((names) => names.includes(state[0]!))
    expect(stored[at]).toEqual(state)
    expect(operations(nests[at]!)).toContain(sum)
    expect(sumsOf(nests[at]!)).toHaveLength(1)
    expect([...readBy(nests[at]!)].map((tensor) => tensors[tensor]!.name)).toEqual(
      expect.arrayContaining([...state, 'd_sub']),
    )
  }
})
