import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adam } from '../../dsl/optim/index.ts'
import {
  compile,
  type Device,
  f16,
  f32,
  foriLoop,
  grad,
  initialised,
  iota,
  NonFiniteError,
  normal,
  ones,
  openDevice,
  program,
  scan,
  type Tensor,
  valueAndGrad,
} from '../../index.ts'
import { nearest } from '../compiler/halves.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { is } from './is.ts'
import { runBody, tracing } from './run.ts'

test('the language computes with half precision as with any float', () => {
  const specs = { h: f16('n', 2), x: f32('n', 2) }
  const body = ({ h, x }: { h: Tensor<['n', 2], 'f16'>; x: Tensor<['n', 2]> }) => [
    is<Tensor<['n', 2], 'f16'>>()(
      h
        .exp()
        .mul(2)
        .add(ones([2], 'f16')),
    ),
    is<Tensor<['n'], 'f16'>>()(h.mean(1)),
    is<Tensor<['n', 2], 'f16'>>()(x.cast('f16').mul(iota(2, 'f16'))),
    is<Tensor<['n', 2]>>()(h.cast('f32').add(x)),
  ]
  expect(runBody(specs, body, { h: [0, 0], x: [3, 4] }, { n: 1 })).toEqual([[3, 3], [0], [0, 4], [3, 4]])
  expect(() => tracing({ h: f16(2), x: f32(2) }, ({ h, x }) => h.add(x as unknown as typeof h))).toThrow(
    'dtype error: add: f16 with f32; cast one of them',
  )
})

const halved = (values: readonly number[]): number[] => values.map(nearest)
const numbers = async (tensor: { read(): Promise<ArrayLike<number>> }): Promise<number[]> =>
  Array.from(await tensor.read())
/** Numbers without a pattern, between -1 and 1. */
const wave = (length: number, pace: number): number[] => Array.from({ length }, (_, i) => Math.sin(pace * (i + 1) ** 2))

describe.each([
  ['cpu', false],
  ['webgpu', missing(computing, 'half precision on a GPU')],
] as const)('on %s', (kind, skipped) => {
  describe.skipIf(skipped)('half precision', () => {
    let device: Device
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
    })
    afterAll(() => device.dispose())

    test('is given as numbers of any kind, and read as f32', async () => {
      const same = program({ h: f16('n'), s: f16() }, ({ h, s }) => ({ h, doubled: h.add(h), scaled: h.mul(s) }))
      const run = await compile(same, device, { n: 5 })
      const given = [0.1, -70000, 1e-7, 65519, 3]
      for (const h of [given, Float32Array.from(given)]) {
        const { h: back, scaled } = run({ h, s: [0.3] })
        expect(await back.read()).toEqual(Float32Array.from(halved(given)))
        const by = nearest(0.3)
        expect(await numbers(scaled)).toEqual(halved(given).map((x) => nearest(Math.fround(x * by))))
      }
      // What one call gives another takes.
      const { doubled } = run({ h: run({ h: given, s: [1] }).doubled, s: [1] })
      expect(await numbers(doubled)).toEqual(halved(given).map((x) => nearest(2 * nearest(2 * x))))
    })

    test('a cast rounds what it is given, wherever in a chain it stands', async () => {
      const chain = program({ x: f32('n') }, ({ x }) => x.cast('f16').mul(1.1).cast('f16').cast('f32').mul(3))
      const run = await compile(chain, device, { n: 100 })
      const x = wave(100, 0.3)
      const expected = halved(x).map((h) => 3 * nearest(Math.fround(h * Math.fround(1.1))))
      expect(await numbers(run({ x: Float32Array.from(x) }))).toEqual(expected)
    })

    test('is refused where it is something else', async () => {
      const half = program({ h: f16('n') }, ({ h }) => ({ h: h.mul(2), x: h.cast('f32') }), { name: 'half' })
      const run = await compile(half, device, { n: 2 })
      const needs = 'h needs a tensor or a Float32Array of 2 f16 values ([n] with n = 2), was given'
      expect(() => run({ h: new Float64Array(2) as never })).toThrow(`${needs} a Float64Array`)
      expect(() => run({ h: [1, '2'] as never })).toThrow(`${needs} a list of 2`)
      expect(() => run({ h: [1, 2, 3] as never })).toThrow('h needs 2 f16 values ([n] with n = 2), was given 3')
      expect(() => run({ h: run({ h: new Float32Array(2) }).x as never })).toThrow(
        'h needs f16 [n] with n = 2, was given a tensor of f32 [2]',
      )
    })

    test('products of halves are summed in f32 and rounded once', async () => {
      const product = program({ a: f32('n', 'k'), b: f16('k', 2) }, ({ a, b }) => a.cast('f16').matmul(b))
      const [n, k] = [3, 5000]
      const run = await compile(product, device, { n, k })
      // Of 5,000 terms of 3/4 a sum in half precision stays at 2,048 at the latest.
      const [a, b] = [
        new Float32Array(n * k).fill(0.75),
        Float32Array.from({ length: 2 * k }, (_, i) => (i % 2 ? 1 : 0.1)),
      ]
      expect(await numbers(run({ a, b }))).toEqual([0, 1, 2].flatMap(() => [nearest(5000 * 0.75 * nearest(0.1)), 3750]))
    })

    test('means, norms and softmax do not leave its range on the way', async () => {
      const means = program({ h: f16('n') }, ({ h }) => ({
        mean: h.mean(),
        norm: h.norm(),
        variance: h.sub(199.5).variance(),
        softmax: h.mul(0).softmax().sum(),
        total: h.sum(),
      }))
      const run = await compile(means, device, { n: 1000 })
      const { mean, norm, variance, softmax, total } = run({
        h: Float32Array.from({ length: 1000 }, (_, i) => i % 400),
      })
      expect(await mean.item()).toBe(nearest(179.5))
      expect(await norm.item()).toBe(nearest(Math.sqrt(2 * 21_253_400 + (199 * 200 * 399) / 6)))
      expect(await variance.item()).toBe(nearest(12_933.25))
      expect(await softmax.item()).toBeCloseTo(1, 2)
      expect(await total.item()).toBe(Infinity)
    })

    test('is what loops carry, rounded with each turn', async () => {
      const loops = program({ x: f16('n'), xs: f16(9, 'n') }, ({ x, xs }) => {
        const carried = foriLoop(0, 9, (_, h) => h.mul(1.1), x)
        const [last, stacked] = scan((h, y) => [h.add(y), h], x, xs)
        return { carried, last, stacked }
      })
      const run = await compile(loops, device, { n: 3 })
      const [x, xs] = [wave(3, 0.7), wave(27, 0.3)]
      const { carried, last, stacked } = run({ x: Float32Array.from(x), xs: Float32Array.from(xs) })
      let grown = halved(x)
      let sums = halved(x)
      const before: number[] = []
      for (let turn = 0; turn < 9; turn++) {
        grown = grown.map((h) => nearest(Math.fround(h * Math.fround(1.1))))
        before.push(...sums)
        sums = sums.map((h, i) => nearest(h + nearest(xs[3 * turn + i]!)))
      }
      expect(await numbers(carried)).toEqual(grown)
      expect(await numbers(last)).toEqual(sums)
      expect(await numbers(stacked)).toEqual(before)
    })

    test('gradients that are summed over the turns of a loop are summed in f32', async () => {
      // 4,000 times 1: in half precision 1 more than 2,048 is 2,048.
      const loss = (w: Tensor<[2], 'f16'>) => foriLoop(0, 4000, (_, s) => s.add(w.cast('f32').sum()), ones([]))
      const run = await compile(
        program({ w: f16(2) }, ({ w }) => ({ d: grad(loss)(w) })),
        device,
        {},
      )
      expect(await numbers(run({ w: [1, 2] }).d)).toEqual([4000, 4000])
    })

    const data = { x: Float32Array.from(wave(64 * 4, 0.37)), y: Float32Array.from(wave(64, 0.11)) }
    const weights = {
      w: initialised(f32(4, 8), (key, shape) => normal(key, shape).mul(0.5)),
      v: initialised(f32(8, 1), (key, shape) => normal(key, shape).mul(0.5)),
    }

    test('parameters in f32 learn by products of halves as well as by their own', async () => {
      const optimiser = adam({ learningRate: 0.02 })
      const step = (dtype: 'f16' | 'f32') =>
        program(
          { state: { params: weights, optimiser: optimiser.state(weights) }, x: f32(64, 4), y: f32(64, 1) },
          ({ state, x, y }) => {
            const loss = ({ w, v }: typeof state.params) =>
              x.cast(dtype).matmul(w.cast(dtype)).tanh().matmul(v.cast(dtype)).cast('f32').sub(y).square().mean()
            const [value, grads] = valueAndGrad(loss)(state.params)
            const { params, opt } = optimiser.update(grads, state.optimiser, state.params)
            return { state: { params, optimiser: opt }, loss: value }
          },
        )
      const losses = await Promise.all(
        (['f16', 'f32'] as const).map(async (dtype) => {
          const run = await compile(step(dtype), device, {})
          const state = await run.init({ seed: 3 })
          const { history } = run.steps(60, { state, ...data }, { history: true })
          const read = await numbers(history.loss)
          run.dispose()
          return read
        }),
      )
      const [half, single] = losses as [number[], number[]]
      expect(single.at(-1)!).toBeLessThan(0.8 * single[0]!)
      for (const [turn, value] of half.entries()) expect(Math.abs(value - single[turn]!)).toBeLessThan(0.01)
      expect(half).not.toEqual(single)
    })

    test('parameters in half precision learn with the moments of Adam in f32', async () => {
      const optimiser = adam({ learningRate: 0.02 })
      const params = {
        w: initialised(f16(4, 8), (key, shape) => normal(key, shape).mul(0.5).cast('f16')),
        v: initialised(f16(8, 1), (key, shape) => normal(key, shape).mul(0.5).cast('f16')),
      }
      const learning = program(
        { state: { params, optimiser: optimiser.state(weights) }, x: f32(64, 4), y: f32(64, 1) },
        ({ state, x, y }) => {
          const loss = ({ w, v }: typeof state.params) =>
            x.cast('f16').matmul(w).tanh().matmul(v).cast('f32').sub(y).square().mean()
          const [value, grads] = valueAndGrad(loss)(state.params)
          const single = ({ w, v }: typeof state.params) => ({ w: w.cast('f32'), v: v.cast('f32') })
          const after = optimiser.update(single(grads), state.optimiser, single(state.params))
          const next = { w: after.params.w.cast('f16'), v: after.params.v.cast('f16') }
          return { state: { params: next, optimiser: after.opt }, loss: value }
        },
      )
      const run = await compile(learning, device)
      const begun = await run.init({ seed: 3 })
      const first = await numbers(begun.params.w)
      expect(first).toEqual(halved(first))
      let { state, loss } = run({ state: begun, ...data })
      const before = await loss.item()
      for (let turn = 0; turn < 60; turn++) ({ state, loss } = run({ state, ...data }))
      expect(await loss.item()).toBeLessThan(0.8 * before)
      const moved = await numbers(state.params.w)
      expect(moved).toEqual(halved(moved))
      expect(moved).not.toEqual(first)
      const squares = await numbers(state.optimiser.v.w)
      expect(squares).not.toEqual(halved(squares))
      // What one device has learnt another goes on with.
      const saved = { w: await state.params.w.read(), v: await state.params.v.read() }
      const next = await run({ state, ...data }).loss.item()
      const fresh = await run.init({ seed: 3 })
      expect(await run({ state: { ...fresh, params: saved }, ...data }).loss.item()).toBe(next)
    })

    test('where it overflows, debugging says so', async () => {
      const loss = program({ h: f16('n') }, ({ h }) => ({ loss: h.mul(300).cast('f16').sum() }))
      const run = await compile(loss, device, { n: 2 }, { debug: 'nan' })
      expect(await run({ h: Float32Array.of(1, 2) }).loss.item()).toBe(900)
      const { loss: bad } = run({ h: Float32Array.of(1, 300) })
      await expect(bad.read()).rejects.toThrow(NonFiniteError)
      await expect(bad.read()).rejects.toThrow(/mul .*f16\.test\.ts/)
    })
  })
})
