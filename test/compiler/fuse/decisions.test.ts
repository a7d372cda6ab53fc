import { describe, expect, test } from 'vitest'
import { type FusedNest, fuse } from '../../../compiler/fuse/fuse.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import {
  type AnyProgram,
  type AnyTensor,
  concat,
  f32,
  grad,
  i32,
  key,
  normal,
  program,
  type Tensor,
  valueAndGrad,
} from '../../../dsl/index.ts'
import { crossEntropy, layerNorm, linear, mlp, mse, rmsNorm, sequential, silu } from '../../../dsl/nn/index.ts'
import { adam, chain, clipByGlobalNorm } from '../../../dsl/optim/index.ts'
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

  test('but on a CPU an activation of many elements is stored beside the sum, in the same loops', () => {
    const gradient = program({ params: net.params, x: f32('n', 3) }, (inputs) => grad(loss, 'params')(inputs))
    const [cpu, gpu] = (['wasm', 'wgsl'] as const).map((target) => storedBy(gradient, { n: 2 ** 15 }, target))
    const withSigmoid = (nests: readonly FusedNest[]) => nests.filter((nest) => operations(nest).includes('sigmoid'))
    expect(withSigmoid(cpu!.nests)).toHaveLength(1)
    expect(withSigmoid(gpu!.nests).length).toBeGreaterThan(1)
    expect(cpu!.stored).toContainEqual(['linear', 'sigmoid'])
    expect(gpu!.stored.flat()).not.toContain('sigmoid')
    expect(cpu!.nests).toHaveLength(storedBy(gradient, { n: 16 }).nests.length)
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

  test('nor a sum over a row that only elements of that row need', () => {
    const centred = program({ x: f32('n', 4) }, ({ x }) => x.sub(x.mean(1).expand(1)))
    expect(storedBy(centred, { n: 8 }).stored).toEqual([['result']])
  })

  test('but one that elements of other rows need', () => {
    const centred = program({ x: f32('n', 4) }, ({ x }) => x.sub(x.mean(0).expand(0)))
    expect(storedBy(centred, { n: 8 }).stored).toEqual([['mean'], ['result']])
  })
})

describe('what is done row by row', () => {
  const rows = { x: f32('n', 64), t: f32('n', 64) }
  const kernels = (given: AnyProgram) => compileProgram(given, { n: 128 }).plan.dispatches.length
  const backThrough = (y: (x: Tensor<['n', 64]>) => Tensor<['n', 64]>) =>
    program(rows, ({ x, t }) => grad((x: Tensor<['n', 64]>) => y(x).mul(t).sum())(x))

  const [normal64, rms64] = [layerNorm(64, { affine: false }), rmsNorm(64, { affine: false })]
  const chains: { readonly [name: string]: (x: Tensor<['n', 64]>) => Tensor<['n', 64]> } = {
    softmax: (x) => x.softmax(1),
    logSoftmax: (x) => x.logSoftmax(1),
    layerNorm: (x) => normal64.apply({}, x),
    rmsNorm: (x) => rms64.apply({}, x),
    'softmax of layerNorm': (x) => normal64.apply({}, x.mul(2)).softmax(1).add(x),
  }
  test.each(Object.keys(chains))('%s is one kernel, and so is its gradient', (name) => {
    expect(kernels(program(rows, ({ x }) => chains[name]!(x)))).toBe(1)
    expect(kernels(backThrough(chains[name]!))).toBe(1)
  })

  test('the gradient of cross-entropy is one kernel; the loss, beside it or alone, takes a second for its mean', () => {
    const labelled = { x: f32('n', 64), labels: i32('n') }
    const loss = program(labelled, ({ x, labels }) => crossEntropy(x, labels))
    expect(kernels(loss)).toBe(2)
    expect(kernels(program(labelled, (inputs) => grad(loss, 'x')(inputs)))).toBe(1)
    expect(kernels(program(labelled, (inputs) => valueAndGrad(loss, 'x')(inputs)))).toBe(2)
  })

  const norm = layerNorm(64)
  const net = { params: norm.params, x: f32('n', 64), r: f32('n', 64), scale: f32('n', 64) }

  test('residual, norm, gain, modulation and activation share a nest, which stores all that is wanted', () => {
    const block = program(net, ({ params, x, r, scale }) => {
      const h = x.add(r)
      return { h, y: silu(norm.apply(params, h).mul(scale.add(1))) }
    })
    expect(storedBy(block, { n: 128 }).stored).toEqual([['h', 'y']])
  })

  test('a norm with gain and bias goes back in one kernel, and one for what the columns sum to', () => {
    const loss = program(net, ({ params, x, r, scale }) => norm.apply(params, x.add(r)).mul(scale).sum())
    const back = program(net, (inputs) => ({
      params: grad(loss, 'params')(inputs),
      x: grad(loss, 'x')(inputs),
      scale: grad(loss, 'scale')(inputs),
    }))
    expect(kernels(back)).toBe(2)
  })

  test('a norm after a product reads what the product stores, and the product after it what the norm stores', () => {
    const layers = sequential(linear(8, 64), layerNorm(64), silu, linear(64, 4))
    const through = program({ params: layers.params, x: f32('n', 8) }, ({ params, x }) => layers.apply(params, x))
    expect(storedBy(through, { n: 128 }).stored).toEqual([['linear'], ['silu'], ['result']])
  })

  test('a row value that leaves as well is stored as well', () => {
    const both = program(rows, ({ x }) => ({ greatest: x.max(1), y: x.softmax(1) }))
    expect(storedBy(both, { n: 128 }).stored).toEqual([['greatest'], ['y']])
    expect(kernels(both)).toBe(1)
  })

  test('not what one workgroup would do alone for long: a single long row', () => {
    const scaled = (n: number) =>
      storedBy(program({ x: f32(n) }, ({ x }) => x.div(x.square().sum().sqrt().expand(0)))).stored
    expect(scaled(4096)).toEqual([['result']])
    expect(scaled(2 ** 20)).toEqual([['sqrt'], ['result']])
  })

  test('not columns', () => {
    const centred = program(rows, ({ x }) => x.softmax(0))
    expect(storedBy(centred, { n: 128 }).stored.flat()).toHaveLength(3)
  })

  test('of a chain of residual blocks each stores what goes on, not what it is made of', () => {
    const chain = program(net, ({ params, x, r, scale }) => {
      let h = x
      for (let k = 0; k < 4; k++) h = h.add(norm.apply(params, h.mul(scale)).mul(r))
      return h
    })
    const { stored } = storedBy(chain, { n: 128 })
    expect(stored).toEqual([['result']])
  })
})

describe.each(['wasm', 'wgsl'] as const)('a value of each row that is a result, for %s', (target) => {
  const kernels = (body: (x: Tensor<['n', 3]>, y: Tensor<[5]>) => object, n: number) =>
    compileProgram(
      program({ x: f32('n', 3), y: f32(5) }, ({ x, y }) => body(x, y) as never),
      { n },
      target,
    ).fused.nests.length

  test.each([1, 2, 4, 300])(
    'is stored where what it is made of is no value of each row once others are, with %s rows',
    (n) => {
      const decayed = kernels((x, y) => {
        const each = x.square().sum(1)
        return { each: each.add(y.square().sum()), mean: each.mean() }
      }, n)
      expect(decayed).toBeLessThanOrEqual(4)
      expect(kernels((x, y) => ({ g: x.sum(1).add(y.sum()), h: x.sum(1).sum() }), n)).toBeLessThanOrEqual(4)
      const flipped = kernels((x) => {
        const sums = x.sum(1)
        const rows = sums.softmax().add(sums.flip(0))
        return { rows, centred: x.sub(rows.expand(1)).softmax(1), all: rows.mean() }
      }, n)
      expect(flipped).toBeLessThanOrEqual(8)
    },
  )
})

test('clipped by their norm, gradients are stored once; one kernel makes the norm, and one all updates', () => {
  const layers = mlp([3, 256, 4], silu)
  const optimiser = chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 }))
  const fit = program(
    { state: { params: layers.params, opt: optimiser.state(layers.params) }, x: f32('n', 3), y: f32('n', 4) },
    ({ state, x, y }) => {
      const gradients = grad((params: typeof state.params) => mse(layers.apply(params, x), y))(state.params)
      return { state: optimiser.update(gradients, state.opt, state.params) }
    },
  )
  const { stored, between } = storedBy(fit, { n: 16 })
  const names = Object.keys(layers.params).flatMap((layer) => [`${layer}.weight`, `${layer}.bias`])
  for (const name of names)
    expect(stored).toContainEqual([`state.opt.1.m.${name}`, `state.opt.1.v.${name}`, `state.params.${name}`])
  const shapes = between.map(({ type }) => type.shape.join())
  expect(shapes.filter((shape) => shape === '3,256')).toHaveLength(1)
  const { steps, fused } = compileProgram(fit, { n: 16 })
  const stores = steps.map(({ nests }) =>
    nests.flatMap(({ stores }) => stores.map(({ tensor }) => fused.tensors[tensor]!.name)),
  )
  expect(stores.filter((all) => all.some((name) => name.startsWith('state.params')))).toHaveLength(1)
  // Two layers, and two back.
  expect(steps).toHaveLength(2 + 2 + 2)
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
