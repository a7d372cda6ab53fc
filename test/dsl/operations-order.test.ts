import { describe, expect, test } from 'vitest'
import { bool, f32, grad, i32, type Leaf, type Tensor, u32, vmap } from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { agreesWithDifferences, type Wide } from './differences.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, flat, indices } from './shapes.ts'

/** A shape, one of its axes as an author may write it, and elements among which some are equal. */
const rows = (smallest: number) =>
  fc
    .array(fc.integer({ min: smallest, max: 4 }), { minLength: 1, maxLength: 3 })
    .chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axis: fc.nat(shape.length - 1),
        back: fc.boolean(),
        x: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: count(shape), maxLength: count(shape) }),
      }),
    )
    .map(({ back, ...rest }) => ({ ...rest, given: back ? rest.axis - rest.shape.length : rest.axis }))

/** What `of` makes of each row along an axis, which may be of another length; the others stay. */
function along(
  { x, shape, axis }: { x: readonly number[]; shape: readonly number[]; axis: number },
  length: number,
  of: (row: number[]) => readonly number[],
): number[] {
  const made = indices(shape.with(axis, 1)).map((at) =>
    of(Array.from({ length: shape[axis]! }, (_, k) => x[flat(shape, at.with(axis, k))]!)),
  )
  return indices(shape.with(axis, length)).map((at) => made[flat(shape.with(axis, 1), at.with(axis, 0))]![at[axis]!]!)
}

// By insertion, which keeps equal elements as they stand.
const order = (row: readonly number[], before: (a: number, b: number) => boolean): number[] => {
  const done: number[] = []
  for (const [i, e] of row.entries()) {
    const at = done.findIndex((j) => before(e, row[j]!))
    done.splice(at < 0 ? done.length : at, 0, i)
  }
  return done
}
const ascending = (a: number, b: number) => a < b || (Number.isNaN(b) && !Number.isNaN(a))
const descending = (a: number, b: number) => ascending(b, a)

const dtypes = [
  ['f32', f32, (e: number) => e / 2],
  ['i32', i32, (e: number) => e],
  ['u32', u32, (e: number) => e + 3],
] as const

describe('the place of the greatest and of the least', () => {
  for (const [name, better] of [
    ['argmax', (a: number, b: number) => a > b],
    ['argmin', (a: number, b: number) => a < b],
  ] as const) {
    for (const [dtype, spec, value] of dtypes)
      test(`${name} of ${dtype} is the first`, () => {
        fc.assert(
          fc.property(rows(1), fc.boolean(), (drawn, keepdims) => {
            const given = { ...drawn, x: drawn.x.map(value) }
            const first = (row: readonly number[]) => [
              row.reduce((best, e, i) => (better(e, row[best]!) ? i : best), 0),
            ]
            const body = ({ x }: { x: Wide }) => ({
              one: x[name](given.given, { keepdims }),
              all: x[name](undefined, { keepdims }),
            })
            const traced = tracing({ x: spec(...given.shape) }, body as never)
            expect(traced.outputs).toMatchObject({
              one: {
                dtype: 'i32',
                dims: keepdims ? given.shape.with(given.axis, 1) : given.shape.toSpliced(given.axis, 1),
              },
              all: { dims: keepdims ? given.shape.map(() => 1) : [] },
            })
            expect(runBody({ x: spec(...given.shape) }, body as never, { x: given.x })).toEqual({
              one: along(given, 1, first),
              all: first(given.x),
            })
          }),
          { numRuns: 30 },
        )
      })

    test(`${name} is that of NaN where there is one, and takes infinities`, () => {
      const [nan, high, low] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      const x = [1, nan, high, nan, high, low, high, low, low, low, low, low, nan, nan, nan, nan]
      const found = runBody({ x: f32(4, 4) }, ({ x }) => is<Tensor<[4], 'i32'>>()(x[name](1)), { x })
      expect(found).toEqual(name === 'argmax' ? [1, 0, 0, 0] : [1, 1, 0, 0])
      expect(runBody({ x: f32() }, ({ x }) => x[name](), { x: 3 })).toEqual([0])
    })
  }

  test('of nothing there is none', () => {
    const of = { x: f32(0, 'n') }
    expect(() => tracing(of, ({ x }) => (x as unknown as Wide).argmax(0), { n: 3 })).toThrow(
      'shape error: argmax: axis 0 of [0, n] is empty',
    )
    expect(() => tracing(of, ({ x }) => (x as unknown as Wide).argmin(), { n: 3 })).toThrow(
      'shape error: argmin: [0, n] is empty',
    )
    expect(runBody(of, ({ x }) => x.argmax(1), { x: [] }, { n: 3 })).toEqual([])
  })
})

describe('sorting', () => {
  for (const [dtype, spec, value] of dtypes)
    test(`sort, argsort and topK of ${dtype}`, () => {
      fc.assert(
        fc.property(rows(0), fc.nat(), ({ x: drawn, ...where }, pick) => {
          const given = { ...where, x: drawn.map(value) }
          const size = given.shape[given.axis]!
          const k = pick % (size + 1)
          const body = ({ x }: { x: Wide }) => ({
            up: x.argsort(given.given),
            down: x.argsort(given.given, { descending: true }),
            sorted: x.sort(given.given),
            back: x.sort(given.given, { descending: true }),
            top: x.topK(k, given.given),
          })
          const up = (row: number[]) => order(row, ascending)
          const down = (row: number[]) => order(row, descending)
          const values = (of: (row: number[]) => number[]) => (row: number[]) => of(row).map((i) => row[i]!)
          const specs = { x: spec(...given.shape) }
          expect(runBody(specs, body as never, { x: given.x })).toEqual({
            up: along(given, size, up),
            down: along(given, size, down),
            sorted: along(given, size, values(up)),
            back: along(given, size, values(down)),
            top: { values: along(given, k, values(down)), indices: along(given, k, down) },
          })
          const dims = given.shape.with(given.axis, k)
          expect(tracing(specs, body as never).outputs).toMatchObject({
            up: { dtype: 'i32', dims: given.shape },
            back: { dtype, dims: given.shape },
            top: { values: { dtype, dims }, indices: { dtype: 'i32', dims } },
          })
        }),
        { numRuns: 30 },
      )
    })

  test('NaN is greater than all numbers', () => {
    const x = [2, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN, -1]
    const body = ({ x }: { x: Tensor<[5]> }) => [x.argsort(), x.argsort(0, { descending: true }), x.topK(2).indices]
    expect(runBody({ x: f32(5) }, body, { x })).toEqual([
      [4, 0, 2, 1, 3],
      [1, 3, 2, 0, 4],
      [1, 3],
    ])
  })

  test('gradients go to where the values stood, also under vmap', () => {
    const distinct = (n: number) => numbers(n, 9).map((e, i) => e + 3 * ((i * 7) % 11))
    for (const axis of [0, 1, -1]) {
      agreesWithDifferences((x) => x.sort(axis), [3, 4], distinct(12))
      agreesWithDifferences((x) => x.sort(axis, { descending: true }), [3, 4], distinct(12))
      agreesWithDifferences((x) => x.topK(2, axis).values, [3, 4], distinct(12))
    }
    const least = (x: Tensor<[3]>) => x.sort().slice([0]) as Tensor<[]>
    const body = ({ x }: { x: Tensor<[2, 3]> }) => vmap((row: Tensor<[3]>) => grad(least)(row))(x)
    expect(runBody({ x: f32(2, 3) }, body, { x: [3, 1, 2, 4, 6, 5] })).toEqual([0, 1, 0, 1, 0, 0])
  })

  test('topK takes no more than there are', () => {
    const of = (k: number) => () => tracing({ x: f32('n', 2) }, ({ x }) => x.topK(k, 0), { n: 3 })
    expect(of(3)).not.toThrow()
    expect(of(4)).toThrow('shape error: topK: axis 0 of [n, 2] has fewer than 4 elements')
    expect(of(-1)).toThrow('type error: topK: -1 is not a number of elements')
    const { outputs } = tracing(
      { x: f32('n', 4) },
      ({ x }) => {
        is<{ readonly values: Tensor<['n', 2]>; readonly indices: Tensor<['n', 2], 'i32'> }>()(x.topK(2))
        return is<Tensor<[1, 4]>>()(x.topK(1, 0).values)
      },
      { n: 3 },
    )
    expect((outputs as Leaf).dims).toEqual([1, 4])
  })
})

test('cumsum adds up along any axis, either way, and differentiates', () => {
  fc.assert(
    fc.property(rows(0), fc.boolean(), (given, reverse) => {
      const sums = (row: readonly number[]) => row.map((_, i) => row.slice(0, i + 1).reduce((a, b) => a + b, 0))
      const expected = along(given, given.shape[given.axis]!, (row) =>
        reverse ? sums(row.toReversed()).toReversed() : sums(row),
      )
      const f = (x: Wide) => x.cumsum(given.given, { reverse })
      for (const spec of [f32, i32])
        closeTo(
          runBody({ x: spec(...given.shape) }, (({ x }: { x: Wide }) => f(x)) as never, { x: given.x }),
          expected,
          1e-14,
        )
      agreesWithDifferences(f, given.shape, given.x)
    }),
    { numRuns: 25 },
  )
})

test('oneHot has 1 at the place that is named, and nowhere for places that are not', () => {
  const specs = { n: i32('n'), m: u32(1, 2), s: i32() }
  const body = ({ n, m, s }: { n: Tensor<['n'], 'i32'>; m: Tensor<[1, 2], 'u32'>; s: Tensor<[], 'i32'> }) => [
    is<Tensor<['n', 3]>>()(n.oneHot(3)),
    is<Tensor<['n', 'n'], 'i32'>>()(n.oneHot('n', 'i32')),
    is<Tensor<[1, 2, 2], 'bool'>>()(m.oneHot(2, 'bool')),
    s.oneHot(0),
    s.oneHot(2, 'f16'),
  ]
  const found = runBody(specs, body, { n: [0, 2, -1, 3], m: [1, 2 ** 32 - 1], s: 1 }, { n: 4 })
  expect(found).toEqual([
    [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    [0, 1, 0, 0],
    [],
    [0, 1],
  ])
  expect(() => tracing({ c: bool(2) }, ({ c }) => (c as unknown as Tensor<[2], 'i32'>).oneHot(2))).toThrow(
    "dtype error: oneHot: bool is not an integer; cast('i32') first",
  )
})
