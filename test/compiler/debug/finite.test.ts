import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  compile,
  type Device,
  f32,
  foriLoop,
  grad,
  i32,
  iota,
  NonFiniteError,
  openDevice,
  program,
  where,
} from '../../../index.ts'
import * as fc from '../../fc.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'

/** The line that called this, as errors name it. */
const line = (): string => `finite.test.ts:${/finite\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1]}`

/** The error that reading a result gives. */
const errorOf = async (result: { read(): Promise<unknown> }): Promise<NonFiniteError> => {
  const error: unknown = await result.read().then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof NonFiniteError)) throw new Error(`expected a NonFiniteError and got ${error}`)
  return error
}

describe.each([
  ['cpu', false],
  ['webgpu', missing(computing, 'numbers that are not finite on a GPU')],
] as const)('on %s', (kind, skipped) => {
  describe.skipIf(skipped)('a result that is not finite', () => {
    let device: Device
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
    })
    afterAll(() => device.dispose())

    test('names the operation, its line, its element and what it was given', async () => {
      let at = ''
      const loss = program({ x: f32('n'), y: f32('n') }, ({ x, y }) => {
        const scaled = x.mul(2)
        at = line()
        const logs = scaled.add(y).log()
        return { loss: logs.mul(3).sum(), other: scaled }
      })
      const run = await compile(loss, device, { n: 3 }, { debug: 'nan' })
      const good = run({ x: Float32Array.of(1, 2, 3), y: Float32Array.of(1, 1, 1) })
      expect(await good.loss.item()).toBeCloseTo(3 * Math.log(3 * 5 * 7), 4)
      const { loss: bad, other } = run({ x: Float32Array.of(1, 2, 3), y: Float32Array.of(1, -4, 1) })
      const error = await errorOf(bad)
      expect(error).toMatchObject({
        name: 'NonFiniteError',
        result: 'loss',
        operation: 'log',
        line: at.replace(/\d+$/, (n) => `${Number(n) + 1}`),
        shape: [3],
        index: [1],
        value: Number.NEGATIVE_INFINITY,
      })
      expect(error.message).toMatch(
        /^program at finite.+: the result loss is not finite\. It begins at log \(program at .+, at .+:\d+:\d+\):\n/,
      )
      expect(error.message).toMatch(/ \[3\] has -Infinity at \[1\], made of\n {2}.+ \[3\] = 0$/)
      // So do all results of the call, and the next call.
      expect(await errorOf(other)).toBe(error)
      expect(() => run({ x: new Float32Array(3), y: new Float32Array(3) })).toThrow(error)
    })

    test('in a gradient, the operation of the gradient', async () => {
      const root = program({ x: f32('n') }, ({ x }) => x.sqrt().sum())
      const slope = program({ x: f32('n') }, ({ x }) => grad(root, 'x')({ x }))
      const run = await compile(slope, device, { n: 2 }, { debug: 'nan' })
      expect(await run({ x: Float32Array.of(1, 4) }).read()).toEqual(Float32Array.of(0.5, 0.25))
      const error = await errorOf(run({ x: Float32Array.of(1, 0) }))
      expect(error).toMatchObject({ value: Number.POSITIVE_INFINITY, index: [1] })
      expect(error.line).toMatch(/^finite\.test\.ts:\d+$/)
    })

    test('what overflows 32 bits and not 64', async () => {
      const run = await compile(
        program({ x: f32() }, ({ x }) => x.exp()),
        device,
        {},
        { debug: 'nan' },
      )
      expect(await errorOf(run({ x: Float32Array.of(100) }))).toMatchObject({
        operation: 'exp',
        index: [],
        value: Number.POSITIVE_INFINITY,
      })
    })

    test('in steps, the one that went wrong', async () => {
      const step = program({ state: { x: f32(2) }, by: f32() }, ({ state, by }) => ({
        state: { x: state.x.mul(by) },
        total: state.x.sum(),
      }))
      const run = await compile(step, device, {}, { debug: 'nan' })
      const { state } = run.steps(3, { state: { x: Float32Array.of(1, 2) }, by: Float32Array.of(1e10) })
      expect(await state.x.read()).toEqual(Float32Array.of(Math.fround(1e30), Math.fround(2e30)))
      const { last } = run.steps(3, { state, by: Float32Array.of(1e10) }, { history: true })
      const error = await errorOf(last.state.x)
      expect(error).toMatchObject({ result: 'state.x', operation: 'mul', index: [0] })
    })
  })
})

// What is found does not depend on the device; what follows is of the finding alone.
describe('where it begins', () => {
  let device: Device
  beforeAll(async () => {
    device = await openDevice('cpu')
  })
  afterAll(() => device.dispose())

  test('a mask of constant infinities is left alone', async () => {
    const softmax = program({ x: f32('n'), length: i32() }, ({ x, length }) => {
      const masked = where(iota('n').less(length.expand(0)), x, Number.NEGATIVE_INFINITY)
      return { weights: masked.softmax(0), masked }
    })
    const run = await compile(softmax, device, { n: 4 }, { debug: 'nan' })
    const { weights, masked } = run({ x: Float32Array.of(1, 1, 9, 9), length: Int32Array.of(2) })
    expect(await weights.read()).toEqual(Float32Array.of(0.5, 0.5, 0, 0))
    expect((await masked.read())[3]).toBe(Number.NEGATIVE_INFINITY)
    // Where all is masked, NaN is made of the infinities.
    const error = await errorOf(run({ x: Float32Array.of(1, 1, 9, 9), length: Int32Array.of(0) }).weights)
    expect(error).toMatchObject({ operation: 'sub', result: 'weights', value: Number.NaN })
  })

  test('what was not chosen is not followed', async () => {
    const safe = program({ x: f32('n') }, ({ x }) => {
      const root = where(x.greater(0), x, 1).log()
      const unsafe = where(x.greater(0), x.log(), 0)
      return unsafe.add(root).div(x.sub(2))
    })
    const run = await compile(safe, device, { n: 3 }, { debug: 'nan' })
    // log(0) is -Infinity, and nobody takes it.
    expect(await run({ x: Float32Array.of(0, 1, 3) }).read()).toHaveLength(3)
    expect(await errorOf(run({ x: Float32Array.of(0, 1, 2) }))).toMatchObject({ operation: 'div', index: [2] })
  })

  test('the earliest of several', async () => {
    const two = program({ x: f32('n') }, ({ x }) => {
      const first = x.reciprocal()
      return { second: x.log(), first: first.mul(2) }
    })
    const run = await compile(two, device, { n: 2 }, { debug: 'nan' })
    expect(await errorOf(run({ x: Float32Array.of(1, 0) }).first)).toMatchObject({
      result: 'second',
      index: [1],
      shape: [2],
    })
  })

  test('in a loop, the turn', async () => {
    const loop = program({ x: f32(), by: f32() }, ({ x, by }) => {
      return foriLoop(0, 6, (_, carry) => carry.mul(by), x)
    })
    const run = await compile(loop, device, {}, { debug: 'nan' })
    const error = await errorOf(run({ x: Float32Array.of(1), by: Float32Array.of(1e10) }))
    expect(error.operation).toBe('mul')
    expect(error.message).toContain('in run 3 of scan')
    expect(error.message).toMatch(/= 1.*e\+30/)
  })

  test('an input that is NaN, and where', async () => {
    const double = program({ a: { x: f32(2, 2) } }, ({ a }) => a.x.mul(2))
    const run = await compile(double, device, {}, { debug: 'nan' })
    const error = await errorOf(run({ a: { x: Float32Array.of(0, 0, Number.NaN, 0) } }))
    expect(error.message).toMatch(/: the result of the program is not finite\. The input a\.x is NaN at \[1, 0\]\.$/)
    expect(error).toMatchObject({ operation: undefined, line: undefined })
  })

  test('infinities that were given are given back', async () => {
    const run = await compile(
      program({ x: f32(2) }, ({ x }) => x.mul(2)),
      device,
      {},
      { debug: 'nan' },
    )
    expect(await run({ x: Float32Array.of(1, Number.POSITIVE_INFINITY) }).read()).toEqual(
      Float32Array.of(2, Number.POSITIVE_INFINITY),
    )
  })

  test('the element of a product of matrices', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(2), async (row, inner) => {
        const dot = program({ a: f32(4, 3), b: f32(3, 2) }, ({ a, b }) => a.reciprocal().matmul(b).add(1))
        const run = await compile(dot, device, {}, { debug: 'nan' })
        const a = new Float32Array(12).fill(1)
        a[row * 3 + inner] = 0
        const error = await errorOf(run({ a, b: new Float32Array(6).fill(1) }))
        expect(error).toMatchObject({ index: [row, inner], shape: [4, 3], value: Number.POSITIVE_INFINITY })
        run.dispose()
      }),
      { numRuns: 12 },
    )
  })

  test('a wrong option is refused', async () => {
    const id = program({ x: f32() }, ({ x }) => x.neg())
    // @ts-expect-error there is one kind
    await expect(compile(id, device, {}, { debug: 'inf' })).rejects.toThrow("write { debug: 'nan' }, or leave it out")
  })
})
