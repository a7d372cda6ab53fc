import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  bool,
  concat,
  f32,
  full,
  i32,
  iota,
  type Key,
  key,
  type Leaf,
  ones,
  plus,
  type Tensor,
  times,
  u32,
  vmap,
  where,
  zeros,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, flat, indices, pairs, read } from './shapes.ts'

// Shapes drawn at random have no literal types: the operations are then typed as on any tensor, and only tracing checks
// them.
type Wide = Tensor<number[], 'f32'>
const size = fc.integer({ min: 0, max: 4 })
const shapes = fc.array(size, { maxLength: 3 })
describe('elementwise', () => {
  const operations: { [name: string]: (x: number, y: number) => number } = {
    add: (x, y) => x + y,
    sub: (x, y) => x - y,
    mul: (x, y) => x * y,
    div: (x, y) => x / y,
    maximum: Math.max,
    less: (x, y) => Number(x < y),
  }
  for (const [name, f] of Object.entries(operations)) {
    test(`${name} broadcasts`, () => {
      fc.assert(
        fc.property(pairs, ({ s, t, out }) => {
          const [x, y] = [numbers(count(s), 1), numbers(count(t), 2)]
          const specs = { x: f32(...s), y: f32(...t) }
          const apply = ({ x, y }: { x: Wide; y: Wide }) => x[name as 'add'](y as never)
          const expected = indices(out).map((at) => f(read(x, s, at), read(y, t, at)))
          closeTo(runBody(specs, apply as never, { x, y }), expected, 1e-15)
        }),
        { numRuns: 40 },
      )
    })
    test(`${name} takes a number`, () => {
      const x = numbers(6)
      const found = runBody({ x: f32(2, 3) }, ({ x }) => (x as unknown as Wide)[name as 'add'](0.25 as never), { x })
      closeTo(
        found,
        x.map((e) => f(e, 0.25)),
        1e-15,
      )
    })
  }

  test('lerp broadcasts its weight', () => {
    const inputs = { x: numbers(6, 1), y: numbers(6, 2), t: numbers(3, 3) }
    const expected = inputs.x.map((x, i) => x + inputs.t[Math.floor(i / 2)]! * (inputs.y[i]! - x))
    const specs = { x: f32('n', 2), y: f32('n', 2), t: f32('n') }
    closeTo(
      runBody(specs, ({ x, y, t }) => x.lerp(y, t.expand(1)), inputs, { n: 3 }),
      expected,
      1e-15,
    )
    // The weight may be the larger one.
    const wide = runBody({ x: f32(2), t: f32(3, 1) }, ({ x, t }) => x.lerp(1, t), { x: [4, 5], t: [0, 0.5, 1] })
    closeTo(wide, [4, 5, 2.5, 3, 1, 1], 1e-15)
  })

  test('one operand', () => {
    const x = numbers(8).map((e) => Math.abs(e) + 0.1)
    const all = runBody(
      { x: f32(8) },
      ({ x }) => [x.neg(), x.exp(), x.log(), x.sqrt(), x.square(), x.sigmoid(), x.expm1()],
      { x },
    )
    const expected = [
      (e: number) => -e,
      Math.exp,
      Math.log,
      Math.sqrt,
      (e: number) => e * e,
      (e: number) => 1 / (1 + Math.exp(-e)),
      Math.expm1,
    ].map((f) => x.map(f))
    closeTo(all, expected, 1e-14)
  })

  test('integers stay integers, and a number beside them must be one', () => {
    expect(runBody({ n: i32(2) }, ({ n }) => n.mul(n).add(1).neg(), { n: [3, -4] })).toEqual([-10, -17])
    expect(runBody({ n: u32(1) }, ({ n }) => n.sub(1), { n: [0] })).toEqual([2 ** 32 - 1])
    expect(() => tracing({ n: i32(2) }, ({ n }) => n.add(0.5))).toThrow('dtype error: add: 0.5 is not of i32')
  })

  test('where picks keys whole', () => {
    const specs = { c: bool(2), d: bool(), a: key(), b: key() }
    const inputs = { c: [1, 0], d: 0, a: [1, 2], b: [3, 4] }
    expect(runBody(specs, ({ d, a, b }) => where(d, a, b), inputs)).toEqual([3, 4])
    expect(runBody(specs, ({ c, a, b }) => where(c, a, b), inputs)).toEqual([1, 2, 3, 4])
    const each = (c: Tensor<[], 'bool'>, a: Key, b: Key) => where(c, a, b)
    const mapped = vmap(each, { inAxes: [0, null, null] })
    expect(runBody(specs, ({ c, a, b }) => mapped(c, a, b), inputs)).toEqual([1, 2, 3, 4])
  })

  test('where picks element by element, and broadcasts', () => {
    const specs = { c: bool(2, 1), x: f32(2, 3), y: f32(3) }
    const inputs = { c: [1, 0], x: numbers(6), y: [7, 8, 9] }
    expect(runBody(specs, ({ c, x, y }) => where(c, x, y), inputs)).toEqual([...inputs.x.slice(0, 3), 7, 8, 9])
    expect(runBody(specs, ({ x }) => where(x.less(0), zeros([2, 3]), x), inputs)).toEqual(
      inputs.x.map((e) => Math.max(e, 0)),
    )
  })
})

describe('reductions', () => {
  const folds = {
    sum: (xs: number[]) => xs.reduce((a, b) => a + b, 0),
    mean: (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length,
    max: (xs: number[]) => Math.max(...xs),
  }
  for (const [name, fold] of Object.entries(folds) as ['sum', (xs: number[]) => number][]) {
    test(`${name} over one axis or all, with or without keepdims`, () => {
      const nonEmpty = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
      fc.assert(
        fc.property(nonEmpty, fc.nat(), fc.boolean(), fc.boolean(), (shape, pick, back, keepdims) => {
          const axis = pick % shape.length
          const x = numbers(count(shape))
          const kept = shape.map((n, i) => (i === axis ? 1 : n))
          const expected = indices(kept).map((at) =>
            fold(Array.from({ length: shape[axis]! }, (_, k) => x[flat(shape, at.with(axis, k))]!)),
          )
          const given = back ? axis - shape.length : axis
          const body = (input: { x: Wide }) => ({
            one: input.x[name](given as never, { keepdims } as never),
            all: input.x[name](undefined, { keepdims } as never),
          })
          closeTo(runBody({ x: f32(...shape) }, body as never, { x }), { one: expected, all: [fold(x)] }, 1e-13)
          const { outputs } = tracing({ x: f32(...shape) }, body as never)
          expect(outputs).toMatchObject({
            one: { dims: keepdims ? kept : shape.toSpliced(axis, 1) },
            all: { dims: keepdims ? shape.map(() => 1) : [] },
          })
        }),
        { numRuns: 40 },
      )
    })
  }

  test('of nothing: a sum is 0, a mean is NaN, a scalar is its own', () => {
    const found = runBody({ x: f32(0), s: f32() }, ({ x, s }) => [x.sum(), x.mean(), s.sum(), s.mean()], {
      x: [],
      s: 3,
    })
    expect(found).toEqual([[0], [Number.NaN], [3], [3]])
  })
})

describe('matmul', () => {
  const naive = (a: number[], s: number[], b: number[], t: number[], out: number[]) =>
    indices(out).map((at) => {
      const lead = at.slice(0, out.length - (s.length > 1 ? 2 : 1))
      const row = s.length > 1 ? [at.at(-2)!] : []
      let total = 0
      for (let k = 0; k < s.at(-1)!; k++) {
        total += read(a, s, [...lead, ...row, k]) * read(b, t, [...lead, k, at.at(-1)!])
      }
      return total
    })
  const sizes = fc.integer({ min: 0, max: 3 })

  test('broadcasts leading dims', () => {
    fc.assert(
      fc.property(pairs, sizes, sizes, sizes, ({ s, t, out }, m, k, n) => {
        const [left, right, whole] = [
          [...s, m, k],
          [...t, k, n],
          [...out, m, n],
        ]
        const [a, b] = [numbers(count(left), 1), numbers(count(right), 2)]
        const body = ({ a, b }: { a: Wide; b: Wide }) => a.matmul(b)
        const found = runBody({ a: f32(...left), b: f32(...right) }, body as never, { a, b })
        closeTo(found, naive(a, left, b, right, whole), 1e-14)
      }),
      { numRuns: 60 },
    )
  })

  test('a vector meets a matrix, or many', () => {
    fc.assert(
      fc.property(shapes, sizes, sizes, (lead, k, n) => {
        const right = [...lead, k, n]
        const [a, b] = [numbers(k, 1), numbers(count(right), 2)]
        const body = ({ a, b }: { a: Wide; b: Wide }) => a.matmul(b)
        const found = runBody({ a: f32(k), b: f32(...right) }, body as never, { a, b })
        closeTo(found, naive(a, [k], b, right, [...lead, n]), 1e-14)
      }),
      { numRuns: 40 },
    )
  })

  test('and rows meet a vector', () => {
    fc.assert(
      fc.property(shapes, sizes, (lead, k) => {
        const [a, b] = [numbers(count(lead) * k, 1), numbers(k, 2)]
        const body = ({ a, b }: { a: Wide; b: Wide }) => a.matmul(b)
        const found = runBody({ a: f32(...lead, k), b: f32(k) }, body as never, { a, b })
        closeTo(found, naive(a, [...lead, 1, k], b, [k, 1], [...lead, 1, 1]), 1e-14)
      }),
      { numRuns: 40 },
    )
  })
})

describe('layout', () => {
  test('reshape keeps row-major order, and names that stand for the same dims', () => {
    const x = numbers(24)
    expect(runBody({ x: f32('n', 4, 2) }, ({ x }) => x.reshape([2, 'n', 4]), { x }, { n: 3 })).toEqual(x)
    expect(runBody({ x: f32('n', 8) }, ({ x }) => x.reshape([x.size(0) * 8]), { x }, { n: 3 })).toEqual(x)
    expect(() => tracing({ x: f32('n', 8) }, ({ x }) => x.reshape(['m', 8] as unknown as ['n', 8]), { n: 3 })).toThrow(
      'shape error: reshape: no input of the program has a dim m',
    )
  })

  test('expand puts an axis in anywhere', () => {
    const { outputs } = tracing(
      { x: f32('n', 2) },
      ({ x }) => {
        is<Tensor<['n', 2, 1]>>()(x.expand(-1))
        is<Tensor<['n', 1, 2]>>()(x.expand(-2))
        return [x.expand(0), x.expand(1), x.expand(2), x.expand(-1), x.expand(-2)]
      },
      { n: 3 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      [1, 'n', 2],
      ['n', 1, 2],
      ['n', 2, 1],
      ['n', 2, 1],
      ['n', 1, 2],
    ])
  })

  test('concat joins along any axis, and adds dims', () => {
    const inputs = { a: numbers(6, 1), b: numbers(4, 2) }
    const specs = { a: f32(3, 2), b: f32(2, 2) }
    expect(runBody(specs, ({ a, b }) => concat([a, b]), inputs)).toEqual([...inputs.a, ...inputs.b])
    const rows = runBody({ a: f32(2, 3), b: f32(2, 2) }, ({ a, b }) => concat([a, b, a], -1), inputs)
    const [a, b] = [inputs.a, inputs.b]
    expect(rows).toEqual([
      ...a.slice(0, 3),
      ...b.slice(0, 2),
      ...a.slice(0, 3),
      ...a.slice(3),
      ...b.slice(2),
      ...a.slice(3),
    ])
  })

  test('cast converts, as states, size is a number', () => {
    expect(runBody({ x: f32(3) }, ({ x }) => x.cast('i32'), { x: [1.7, -1.7, 0] })).toEqual([1, -1, 0])
    expect(runBody({ x: f32(3) }, ({ x }) => x.less(1).cast('f32'), { x: [1.7, -1.7, 0] })).toEqual([0, 1, 1])
    const wide = ({ x }: { x: Tensor<['n', 2]> }) => (x as AnyTensor).as(['n', 2])
    expect(tracing({ x: f32('n', 2) }, wide, { n: 3 }).outputs).toMatchObject({ dims: ['n', 2] })
    expect(() => tracing({ x: f32('n', 2) }, ({ x }) => x.as(['n', 3]), { n: 3 })).toThrow(
      'shape error: as: [n, 2] is not [n, 3]',
    )
    expect(runBody({ x: f32('n') }, ({ x }) => x.mul(x.size(0)), { x: [1, 2] }, { n: 2 })).toEqual([2, 4])
  })

  test('filled tensors have the dims of the program', () => {
    const specs = { x: f32('n') }
    const body = () => ({ a: zeros(['n', 2]), b: ones([1], 'i32'), c: full(['n'], 2.5), d: iota('n') })
    expect(runBody(specs, body, { x: [0, 0, 0] }, { n: 3 })).toEqual({
      a: [0, 0, 0, 0, 0, 0],
      b: [1],
      c: [2.5, 2.5, 2.5],
      d: [0, 1, 2],
    })
    expect(() => tracing(specs, () => zeros(['m']), { n: 3 })).toThrow('no input of the program has a dim m')
    is<() => { a: Tensor<['n', 2]>; b: Tensor<[1], 'i32'>; c: Tensor<['n']>; d: Tensor<['n'], 'i32'> }>()(body)
  })

  test('times and plus keep literal types', () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        expect([times(a, b), plus(a, b)]).toEqual([a * b, a + b])
      }),
    )
    expect([is<3072>()(times(4, 768)), is<99980001>()(times(9999, 9999)), is<0>()(times(0, 7))]).toEqual([
      3072, 99980001, 0,
    ])
    expect([is<1000>()(plus(999, 1)), is<12345>()(plus(45, 12300))]).toEqual([1000, 12345])
  })
})

describe('wide dims pass the types and are checked by tracing', () => {
  const wide = (n: number): Tensor<[number]> => zeros([n])
  const given = (n: number) => () => tracing({ x: f32('n') }, ({ x }) => x.add(wide(n)), { n: 3 })
  test('a number meets a name of the same size', () => {
    expect(given(3)).not.toThrow()
    expect(given(3)().outputs).toMatchObject({ dims: ['n'] })
  })
  test('and not one of another', () => {
    expect(given(4)).toThrow('shape error: add: [n] with [4]: n and 4 differ and neither is 1')
  })
})
