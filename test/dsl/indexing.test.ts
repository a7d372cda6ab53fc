import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  bool,
  concat,
  f32,
  i32,
  iota,
  type Leaf,
  type Range,
  type Shape,
  stack,
  type Tensor,
  u32,
  type Widths,
  zeros,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import type { Wide } from './differences.ts'
import { expectGradient, result } from './gradient.ts'
import { is } from './is.ts'
import { numbers, runBody, tracing } from './run.ts'
import { count, flat, indices } from './shapes.ts'

type Wide32 = Tensor<number[], 'i32'>
const size = fc.integer({ min: 0, max: 4 })
const shapes = (least: number) => fc.array(size, { minLength: least, maxLength: 3 })

/** What numpy and JavaScript keep of 0 .. n - 1: the indices of a range, or one index, which drops the axis. */
const keptOf = (n: number, range: Range): { at: number[]; drops: boolean } => {
  const all = Array.from({ length: n }, (_, i) => i)
  if (range === null) return { at: all, drops: false }
  if (typeof range === 'number') return { at: [all.at(range)!], drops: true }
  const [start, stop, step = 1] = range
  return { at: all.slice(start, stop ?? undefined).filter((_, i) => i % step === 0), drops: false }
}
/** A range that lies within n elements, written in one of the ways in which it can be. */
const rangeOf = (n: number): fc.Arbitrary<Range> => {
  const whole = fc.constant(null)
  const stretch = fc
    .tuple(fc.nat(n), fc.nat(n), fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([a, b, step, backStart, backStop, bare]): Range => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      // The end itself has no negative number; it is null.
      const start = backStart && low < n ? low - n : low
      const stop = backStop ? (high < n ? high - n : null) : high
      return bare ? [start, stop] : [start, stop, step]
    })
  return n === 0 ? fc.oneof(whole, stretch) : fc.oneof(whole, stretch, fc.integer({ min: -n, max: n - 1 }))
}

describe('slice', () => {
  const cases = shapes(0).chain((shape) =>
    fc
      .nat(shape.length)
      .chain((ranges) => fc.tuple(fc.constant(shape), fc.tuple(...shape.slice(0, ranges).map(rangeOf)))),
  )
  test('keeps a range of each axis', () => {
    fc.assert(
      fc.property(cases, ([shape, ranges]) => {
        const x = numbers(count(shape))
        const kept = shape.map((n, axis) => keptOf(n, (ranges as Range[])[axis] ?? null))
        const expected = indices(kept.map(({ at }) => at.length)).map(
          (index) =>
            x[
              flat(
                shape,
                index.map((i, axis) => kept[axis]!.at[i]!),
              )
            ]!,
        )
        const body = ({ x }: { x: Wide }) => x.slice(ranges as Range[])
        const found = result({ x: f32(...shape) }, body as never, { x })
        expect(found.dims).toEqual(kept.flatMap(({ at, drops }) => (drops ? [] : [at.length])))
        expect(found.elements).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })

  test('has the sizes that can be known of literal and of named dims', () => {
    const { outputs } = tracing(
      { x: f32('n', 5) },
      ({ x }) => [
        is<Tensor<[5]>>()(x.slice([0])),
        is<Tensor<[5]>>()(x.slice([-1])),
        is<Tensor<['n', 5]>>()(x.slice([])),
        is<Tensor<['n', 5]>>()(x.slice([[0, null], null])),
        is<Tensor<[3, 5]>>()(x.slice([[0, 3]])),
        is<Tensor<[3, 5]>>()(x.slice([[-3, null]])),
        is<Tensor<[1, 5]>>()(x.slice([[-2, -1]])),
        is<Tensor<[2, 5]>>()(x.slice([[1, 4, 2]])),
        is<Tensor<[number, 5]>>()(x.slice([[0, -1]])),
        is<Tensor<[number, 5]>>()(x.slice([[1, null]])),
        is<Tensor<[number, 5]>>()(x.slice([[0, null, 2]])),
        is<Tensor<['n']>>()(x.slice([null, -5])),
        is<Tensor<['n', 4]>>()(x.slice([null, [0, -1]])),
        is<Tensor<['n', 2]>>()(x.slice([null, [-4, 4, 2]])),
        is<Tensor<['n', 0]>>()(x.slice([null, [5, null]])),
      ],
      { n: 4 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      [5],
      [5],
      ['n', 5],
      ['n', 5],
      [3, 5],
      [3, 5],
      [1, 5],
      [2, 5],
      [3, 5],
      [3, 5],
      [2, 5],
      ['n'],
      ['n', 4],
      ['n', 2],
      ['n', 0],
    ])
  })

  test('of a named dim is checked by tracing', () => {
    const body = ({ x }: { x: Tensor<['n']> }) => x.slice([[0, 3]])
    expect(tracing({ x: f32('n') }, body, { n: 3 }).outputs).toMatchObject({ dims: [3] })
    expect(() => tracing({ x: f32('n') }, body, { n: 2 })).toThrow(
      'shape error: slice: [0, 3] is not a range within axis 0 of [n]',
    )
    expect(() => tracing({ x: f32('n') }, ({ x }) => x.slice([2]), { n: 2 })).toThrow(
      'shape error: slice: index 2 is out of range for axis 0 of [n]',
    )
    for (const wrong of [0.5, '1', [0, 1.5], [0], [0, 1, 0.5], {}])
      expect(() => tracing({ x: f32(3) }, ({ x }) => x.slice([wrong] as never))).toThrow('shape error: slice: ')
    expect(() => tracing({ x: f32(3) }, ({ x }) => x.slice(1 as never))).toThrow('write slice([[0, 2]])')
  })

  test('has the gradient of finite differences', () => {
    fc.assert(
      fc.property(cases, ([shape, ranges]) =>
        expectGradient({ x: shape }, (({ x }: { x: Wide }) => x.slice(ranges as Range[])) as never, {
          x: numbers(count(shape)),
        }),
      ),
      { numRuns: 15 },
    )
  })
})

describe('split', () => {
  const cases = shapes(1).chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1)))
  test('has parts of the sizes given, which concat would join', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(cases, sizes, ([others, axis], sizes) => {
        const shape = others.with(
          axis,
          sizes.reduce((a, b) => a + b, 0),
        )
        const x = numbers(count(shape))
        const body = ({ x }: { x: Wide }) => x.split(sizes, axis - shape.length)
        const expected = sizes.map((n, k) => {
          const start = sizes.slice(0, k).reduce((a, b) => a + b, 0)
          return indices(shape.with(axis, n)).map((index) => x[flat(shape, index.with(axis, index[axis]! + start))])
        })
        expect(runBody({ x: f32(...shape) }, body as never, { x })).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
  test('or equal parts', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 4 }), fc.nat(3), ([others, axis], parts, each) => {
        const shape = others.with(axis, parts * each)
        const x = numbers(count(shape))
        const body = ({ x }: { x: Wide }) => x.split(parts, axis)
        const expected = Array.from({ length: parts }, (_, k) =>
          indices(shape.with(axis, each)).map((index) => x[flat(shape, index.with(axis, index[axis]! + k * each))]),
        )
        expect(runBody({ x: f32(...shape) }, body as never, { x })).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
  test('is a tuple of typed parts', () => {
    const body = ({ x }: { x: Tensor<['n', 6]> }) => {
      const y = is<Tensor<['n+1']>>()(concat([x.slice([null, 0]), zeros([1])]))
      const [a, b] = is<[Tensor<['n', 3]>, Tensor<['n', 3]>]>()(x.split(2, 1))
      const [c, d, e] = is<[Tensor<['n', 1]>, Tensor<['n', 2]>, Tensor<['n', 3]>]>()(x.split([1, 2, 3], -1))
      const [f, g] = is<[Tensor<[number, 6]>, Tensor<[number, 6]>]>()(x.split(2))
      const [h, i] = is<[Tensor<['n']>, Tensor<[1]>]>()(y.split(['n', 1]))
      const many = is<Tensor<[number, 6]>[]>()(x.split(2 as number))
      return [a, b, c, d, e, f, g, h, i, ...many]
    }
    const { outputs } = tracing({ x: f32('n', 6) }, body, { n: 4 })
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n', 3],
      ['n', 3],
      ['n', 1],
      ['n', 2],
      ['n', 3],
      [2, 6],
      [2, 6],
      ['n'],
      [1],
      [2, 6],
      [2, 6],
    ])
    expect(() => tracing({ x: f32('n') }, ({ x }) => x.split(3), { n: 4 })).toThrow(
      'shape error: split: axis 0 of [n] does not fall into 3 equal parts',
    )
    expect(() => tracing({ x: f32('n') }, ({ x }) => x.split(['n', 1]), { n: 4 })).toThrow(
      'shape error: split: [n, 1] does not add up to axis 0 of [n]',
    )
  })
})

describe('pad', () => {
  const width = fc.oneof(fc.nat(2), fc.tuple(fc.nat(2), fc.nat(2)))
  const cases = shapes(0).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.oneof(fc.nat(2), fc.tuple(...shape.map(() => width))) as fc.Arbitrary<Widths>),
  )
  const ends = (widths: Widths, axis: number) => {
    const own = typeof widths === 'number' ? widths : widths[axis]!
    return typeof own === 'number' ? ([own, own] as const) : own
  }
  const values = fc.constantFrom(0, 2.5, Number.NEGATIVE_INFINITY, Number.NaN)

  test('puts a value around the elements', () => {
    fc.assert(
      fc.property(cases, values, ([shape, widths], value) => {
        const x = numbers(count(shape))
        const to = shape.map((n, axis) => n + ends(widths, axis)[0] + ends(widths, axis)[1])
        const expected = indices(to).map((index) => {
          const at = index.map((i, axis) => i - ends(widths, axis)[0])
          return at.every((i, axis) => i >= 0 && i < shape[axis]!) ? x[flat(shape, at)]! : value
        })
        const found = result({ x: f32(...shape) }, (({ x }: { x: Wide }) => x.pad(widths, value)) as never, { x })
        expect(found.dims).toEqual(to)
        expect(found.elements).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  })
  test('of any dtype that holds it', () => {
    const specs = { k: i32(1), b: bool(1) }
    const body = ({ k, b }: { k: Tensor<[1], 'i32'>; b: Tensor<[1], 'bool'> }) => [
      is<Tensor<[3], 'i32'>>()(k.pad(1, -7)),
      is<Tensor<[2], 'bool'>>()(b.pad([[0, 1]], 1)),
      b.pad(1),
    ]
    expect(runBody(specs, body, { k: [3], b: [0] })).toEqual([
      [-7, 3, -7],
      [0, 1],
      [0, 0, 0],
    ])
    expect(() => tracing(specs, ({ k }) => k.pad(1, 0.5))).toThrow('dtype error: pad: 0.5 is not of i32')
  })
  test('has the gradient of finite differences', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 2.5), ([shape, widths], value) =>
        expectGradient({ x: shape }, (({ x }: { x: Wide }) => x.pad(widths, value)) as never, {
          x: numbers(count(shape)),
        }),
      ),
      { numRuns: 15 },
    )
  })
})

describe('reading and adding at indices', () => {
  // Indices reach a little beyond both ends.
  const cases = shapes(1).chain((shape) =>
    fc
      .tuple(fc.constant(shape), fc.nat(shape.length - 1), fc.array(size, { maxLength: 2 }), fc.boolean())
      .chain(([shape, axis, own, back]) =>
        fc.record({
          shape: fc.constant(shape),
          axis: fc.constant(axis),
          given: fc.constant(back ? axis - shape.length : axis),
          own: fc.constant(own),
          at: fc.array(fc.integer({ min: -2, max: shape[axis]! + 1 }), {
            minLength: count(own),
            maxLength: count(own),
          }),
        }),
      ),
  )

  test('take reads along an axis; out of range it reads 0', () => {
    fc.assert(
      fc.property(cases, ({ shape, axis, given, own, at }) => {
        const x = numbers(count(shape))
        const to = shape.toSpliced(axis, 1, ...own)
        const expected = indices(to).map((index) => {
          const i = at[flat(own, index.slice(axis, axis + own.length))]!
          return i >= 0 && i < shape[axis]! ? x[flat(shape, index.toSpliced(axis, own.length, i))]! : 0
        })
        const body = ({ x, at }: { x: Wide; at: Wide32 }) => x.take(at, given)
        const found = result({ x: f32(...shape), at: i32(...own) }, body as never, { x, at })
        expect(found.dims).toEqual(to)
        expect(found.elements).toEqual(expected)
      }),
      { numRuns: 80 },
    )
  })

  test('scatterAdd adds along an axis, all that go to one place; out of range nowhere', () => {
    fc.assert(
      fc.property(cases, ({ shape, axis, given, own, at }) => {
        const to = shape.toSpliced(axis, 1, ...own)
        const [x, updates] = [numbers(count(shape), 1), numbers(count(to), 2)]
        const expected = [...x]
        for (const [k, index] of indices(to).entries()) {
          const i = at[flat(own, index.slice(axis, axis + own.length))]!
          if (i >= 0 && i < shape[axis]!) expected[flat(shape, index.toSpliced(axis, own.length, i))]! += updates[k]!
        }
        const body = ({ x, at, u }: { x: Wide; at: Wide32; u: Wide }) => x.scatterAdd(at, u, given)
        const specs = { x: f32(...shape), at: i32(...own), u: f32(...to) }
        const found = result(specs, body as never, { x, at, u: updates })
        expect(found.dims).toEqual(shape)
        for (const [k, e] of expected.entries()) expect(found.elements[k]).toBeCloseTo(e, 12)
      }),
      { numRuns: 80 },
    )
  })

  test('takeAlong reads at an index of its own for every place', () => {
    const along = fc
      .tuple(shapes(1), fc.nat(2), size, fc.nat())
      .map(([shape, pick, n, seed]) => ({ shape, axis: pick % shape.length, n, seed }))
    fc.assert(
      fc.property(along, fc.boolean(), ({ shape, axis, n, seed }, back) => {
        const to = shape.with(axis, n)
        const x = numbers(count(shape))
        const at = numbers(count(to), seed).map((e) => Math.floor(((e + 1) / 2) * (shape[axis]! + 2)) - 1)
        const expected = indices(to).map((index, k) => {
          const i = at[k]!
          return i >= 0 && i < shape[axis]! ? x[flat(shape, index.with(axis, i))]! : 0
        })
        const given = back ? axis - shape.length : axis
        const body = ({ x, at }: { x: Wide; at: Wide32 }) => x.takeAlong(at, given)
        const found = result({ x: f32(...shape), at: i32(...to) }, body as never, { x, at })
        expect(found.dims).toEqual(to)
        expect(found.elements).toEqual(expected)
      }),
      { numRuns: 80 },
    )
  })

  test('of other dtypes and with named dims', () => {
    const specs = { x: f32('n', 3), c: bool(3), k: u32(3), at: u32(2), rows: i32('n', 1) }
    const body = ({ x, c, k, at, rows }: Inputs) => [
      is<Tensor<['n', 2]>>()(x.take(at, 1)),
      is<Tensor<[2], 'bool'>>()(c.take(at)),
      is<Tensor<['n', 1]>>()(x.takeAlong(rows, 1)),
      is<Tensor<['n', 1, 3]>>()(x.take(rows)),
      is<Tensor<[3], 'u32'>>()(k.scatterAdd(at, at)),
    ]
    const inputs = { x: [1, 2, 3, 4, 5, 6], c: [0, 1, 1], k: [10, 20, 30], at: [2, 0], rows: [1, 0] }
    expect(runBody(specs, body, inputs, { n: 2 })).toEqual([
      [3, 1, 6, 4],
      [1, 0],
      [2, 4],
      [4, 5, 6, 1, 2, 3],
      [10, 20, 32],
    ])
  })
  interface Inputs {
    x: Tensor<['n', 3]>
    c: Tensor<[3], 'bool'>
    k: Tensor<[3], 'u32'>
    at: Tensor<[2], 'u32'>
    rows: Tensor<['n', 1], 'i32'>
  }

  test('have the gradients of finite differences', () => {
    fc.assert(
      fc.property(cases, ({ shape, axis, own }) => {
        const to = shape.toSpliced(axis, 1, ...own)
        // Some indices twice, some out of range.
        const at = (x: AnyTensor) => iota(count(own)).reshape(own).sub(1).as(own) as typeof x
        const body = ({ x, u }: { x: Wide; u: Wide }) => {
          const indices = at(x) as unknown as Wide32
          const read = x.take(indices, axis)
          const added = x.mul(2).scatterAdd(indices, u.add(read), axis)
          return added.add(x.takeAlong(x.less(0).cast('i32') as never, axis))
        }
        expectGradient({ x: shape, u: to }, body as never, { x: numbers(count(shape), 3), u: numbers(count(to), 4) })
      }),
      { numRuns: 25 },
    )
  })
})

describe('what the types do not know is left to tracing', () => {
  const body = (
    { x, at, any }: { x: Tensor<['n', 1]>; at: Tensor<[2], 'i32'>; any: Tensor<Shape> },
    axis: number,
    order: number[],
  ) => [
    is<Tensor<Shape>>()(x.squeeze(axis)),
    is<Tensor<Shape>>()(x.permute(order)),
    is<Tensor<['n', 1]>>()(x.flip(order).roll(axis, axis)),
    is<Tensor<Shape>>()(x.take(at, axis)),
    is<Tensor<Shape>>()(stack([x, x], axis)),
    is<Tensor<[number, 1]>>()(x.slice([[axis, null]])),
    is<Tensor<[1]>>()(x.slice([axis])),
    is<Tensor<[number, 1]>>()(x.pad([axis, 0])),
    is<Tensor<Shape>>()(x.repeat(2, axis)),
    is<Tensor<[number, 1]>>()(x.repeat(axis, 0)),
    ...is<Tensor<Shape>[]>()(x.split(1, axis)),
    is<Tensor<Shape>>()(
      any
        .slice([[0, 1]])
        .pad(1)
        .transpose()
        .take(at),
    ),
  ]
  const specs = { x: f32('n', 1), at: i32(2), any: f32(2, 3) }
  test('axes and sizes that are numbers', () => {
    const { outputs } = tracing(specs, (given) => body(given as never, 1, [1, 0]), { n: 3 })
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n'],
      [1, 'n'],
      ['n', 1],
      ['n', 2],
      ['n', 2, 1],
      [2, 1],
      [1],
      ['n+2', 1],
      ['n', 2],
      ['n', 1],
      ['n', 1],
      [2, 3],
    ])
    expect(() => tracing(specs, (given) => body(given as never, 2, [1, 0]), { n: 3 })).toThrow(
      'shape error: squeeze: axis 2 is out of range for [n, 1]',
    )
  })
})
