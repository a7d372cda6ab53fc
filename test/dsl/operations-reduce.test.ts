import { describe, expect, test } from 'vitest'
import { type AnyTensor, bool, f32, grad, i32, type Leaf, type Tensor, u32, vmap } from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { agreesWithDifferences, type Wide } from './differences.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, flat, indices } from './shapes.ts'

/** A shape, some of its axes, each counted from the front or from the end, and whether they are kept. */
const reductions = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }).chain((shape) =>
  fc
    .tuple(fc.shuffledSubarray([...shape.keys()]), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.boolean())
    .map(([axes, back, keepdims]) => ({
      shape,
      axes,
      given: axes.map((x, i) => (back[i] ? x - shape.length : x)),
      keepdims,
    })),
)

/** What `fold` makes of the elements that share an index of the other axes. */
function folded(
  x: readonly number[],
  shape: readonly number[],
  axes: readonly number[],
  fold: (xs: number[]) => number,
) {
  const kept = shape.map((n, i) => (axes.includes(i) ? 1 : n))
  const over = shape.map((n, i) => (axes.includes(i) ? n : 1))
  return indices(kept).map((at) =>
    fold(
      indices(over).map(
        (k) =>
          x[
            flat(
              shape,
              at.map((e, i) => e + k[i]!),
            )
          ]!,
      ),
    ),
  )
}

const sum = (xs: number[]) => xs.reduce((a, b) => a + b, 0)
const mean = (xs: number[]) => sum(xs) / xs.length
const variance = (xs: number[]) => mean(xs.map((e) => (e - mean(xs)) ** 2))
const floats: { [name: string]: (xs: number[]) => number } = {
  sum,
  mean,
  max: (xs) => Math.max(...xs),
  min: (xs) => Math.min(...xs),
  variance,
  std: (xs) => Math.sqrt(variance(xs)),
  norm: (xs) => Math.hypot(...xs),
  logSumExp: (xs) => Math.log(sum(xs.map(Math.exp))),
}

describe('over any axes', () => {
  for (const [name, fold] of Object.entries(floats)) {
    test(`${name}`, () => {
      fc.assert(
        fc.property(reductions, ({ shape, axes, given, keepdims }) => {
          const x = numbers(count(shape))
          const body = ({ x }: { x: Wide }) => x[name as 'sum'](given, { keepdims })
          const spec = { x: f32(...shape) }
          closeTo(runBody(spec, body as never, { x }), folded(x, shape, axes, fold), 1e-12)
          const { dims } = tracing(spec, body as never).outputs as Leaf
          expect(dims).toEqual(shape.flatMap((n, i) => (!axes.includes(i) ? [n] : keepdims ? [1] : [])))
        }),
        { numRuns: 30 },
      )
    })
    test(`the gradient of ${name}`, () => {
      fc.assert(
        fc.property(reductions, ({ shape, axes, given }) => {
          // The standard deviation of one element is at its corner.
          if (name === 'std' && axes.every((axis) => shape[axis] === 1)) return
          agreesWithDifferences((x) => x[name as 'sum'](given), shape, numbers(count(shape), 5))
        }),
        { numRuns: 10 },
      )
    })
  }

  const ofIntegers: { [name: string]: (xs: number[]) => number } = { sum, max: floats.max!, min: floats.min! }
  for (const [name, fold] of Object.entries(ofIntegers))
    test(`${name} of integers`, () => {
      fc.assert(
        fc.property(reductions, fc.infiniteStream(fc.integer()), ({ shape, axes, given, keepdims }, from) => {
          const x = [...from.take(count(shape))]
          const body = ({ x }: { x: Wide }) => x[name as 'sum'](given, { keepdims })
          for (const [spec, wrap] of [
            [i32, (e: number) => e | 0],
            [u32, (e: number) => e >>> 0],
          ] as const) {
            const wrapped = x.map(wrap)
            const expected = folded(wrapped, shape, axes, fold).map(wrap)
            expect(runBody({ x: spec(...shape) }, body as never, { x: wrapped })).toEqual(expected)
          }
        }),
        { numRuns: 30 },
      )
    })

  test('any and all', () => {
    fc.assert(
      fc.property(reductions, fc.infiniteStream(fc.nat(1)), ({ shape, axes, given, keepdims }, from) => {
        const x = [...from.take(count(shape))]
        const body = ({ x }: { x: Tensor<number[], 'bool'> }) => [
          x.any(given, { keepdims }),
          x.all(given, { keepdims }),
        ]
        const expected = [Math.max, Math.min].map((fold) => folded(x, shape, axes, (xs) => fold(...xs)))
        expect(runBody({ x: bool(...shape) }, body as never, { x })).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })

  test('the types say what is left', () => {
    const body = ({ x, c }: { x: Tensor<['n', 2, 3]>; c: Tensor<['n', 2], 'bool'> }) => {
      const axes: number[] = [1]
      const axis: number = -1
      const keep = Boolean(axis)
      is<Tensor<[2]>>()(x.sum([0, -1]))
      is<Tensor<[1, 2, 1]>>()(x.max([2, 0], { keepdims: true }))
      is<Tensor<['n']>>()(x.logSumExp([1, 2]))
      is<Tensor<['n', 2, 3]>>()(x.mean([]))
      is<Tensor<[]>>()(x.norm())
      is<Tensor<[1, 1, 1]>>()(x.std(undefined, { keepdims: true, correction: 1 }))
      is<Tensor<['n', 3]>>()(x.variance(1, { correction: 1 }))
      is<Tensor<[2], 'bool'>>()(c.any(0))
      is<Tensor<['n', 1], 'i32'>>()(c.cast('u32').argmax(1, { keepdims: true }))
      is<Tensor<[], 'i32'>>()(x.argmin())
      is<Tensor<readonly (number | string)[]>>()(x.sum(axes))
      is<Tensor<readonly (number | string)[]>>()(x.sum(axis))
      is<Tensor<readonly (number | string)[]>>()(x.sum(0, { keepdims: keep }))
      return [x.sum(axes), x.sum(axis), x.sum(0, { keepdims: keep })]
    }
    const { outputs } = tracing({ x: f32('n', 2, 3), c: bool('n', 2) }, body, { n: 4 })
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n', 3],
      ['n', 2],
      [1, 2, 3],
    ])
  })
})

test('of nothing', () => {
  const specs = { x: f32(0, 2), n: i32(0), m: u32(0), c: bool(0) }
  const body = ({
    x,
    n,
    m,
    c,
  }: {
    x: Tensor<[0, 2]>
    n: Tensor<[0], 'i32'>
    m: Tensor<[0], 'u32'>
    c: Tensor<[0], 'bool'>
  }) => [
    [x.sum(0), x.max(0), x.min(0), x.mean(0), x.variance(0), x.norm(0), x.logSumExp(0)],
    [n.max(), n.min(), m.max(), m.min(), c.any(), c.all()],
    x.sum(1),
  ]
  const twice = (x: number) => [x, x]
  const infinity = Number.POSITIVE_INFINITY
  expect(runBody(specs, body, { x: [], n: [], m: [], c: [] })).toEqual([
    [0, -infinity, infinity, Number.NaN, Number.NaN, 0, -infinity].map(twice),
    [-(2 ** 31), 2 ** 31 - 1, 0, 2 ** 32 - 1, 0, 1].map((x) => [x]),
    [],
  ])
})

describe('variance', () => {
  test('divides by the number of terms less the correction', () => {
    const x = [1, 2, 4, 9]
    const body = ({ x }: { x: Tensor<[4]> }) => [
      x.variance(0, { correction: 1 }),
      x.std(0, { correction: 1 }),
      x.variance(0, { correction: 4 }),
      x.add(1e6).variance(),
    ]
    closeTo(
      runBody({ x: f32(4) }, body, { x }),
      [[38 / 3], [Math.sqrt(38 / 3)], [Number.POSITIVE_INFINITY], [9.5]],
      1e-12,
    )
    expect(runBody({ x: f32(1) }, ({ x }) => x.variance(0, { correction: 1 }), { x: [3] })).toEqual([Number.NaN])
  })

  test('std of equal elements and norm of zeros have the gradient 0', () => {
    const body = ({ x }: { x: Tensor<[3]> }) => [
      grad((x: Tensor<[3]>) => x.std())(x),
      grad((x: Tensor<[3]>) => x.sub(2).norm())(x),
      grad((x: Tensor<[3]>) => grad((x: Tensor<[3]>) => x.sub(2).norm())(x).sum())(x),
    ]
    expect(runBody({ x: f32(3) }, body, { x: [2, 2, 2] })).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
  })
})

describe('softmax, logSoftmax and logSumExp', () => {
  const softmaxOf = (xs: number[]) => {
    const top = Math.max(...xs)
    return xs.map((x) => Math.exp(x - top) / sum(xs.map((y) => Math.exp(y - top))))
  }
  /** A function of the rows along an axis. */
  const along = (x: readonly number[], shape: readonly number[], axis: number, of: (row: number[]) => number[]) => {
    const result = [...x]
    for (const at of indices(shape.with(axis, 1))) {
      const places = Array.from({ length: shape[axis]! }, (_, k) => flat(shape, at.with(axis, k)))
      for (const [k, y] of of(places.map((place) => x[place]!)).entries()) result[places[k]!] = y
    }
    return result
  }
  const rows = fc
    .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
    .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), fc.boolean()))

  test('along any axis, with their gradients', () => {
    fc.assert(
      fc.property(rows, ([shape, axis, back]) => {
        const x = numbers(count(shape), 3).map((e) => 3 * e)
        const given = back ? axis - shape.length : axis
        const body = ({ x }: { x: Wide }) => [x.softmax(given), x.logSoftmax(given)]
        const expected = [softmaxOf, (row: number[]) => softmaxOf(row).map(Math.log)].map((of) =>
          along(x, shape, axis, of),
        )
        closeTo(runBody({ x: f32(...shape) }, body as never, { x }), expected, 1e-12)
        for (const f of [(x: Wide) => x.softmax(given), (x: Wide) => x.logSoftmax(given)])
          agreesWithDifferences(f, shape, x)
      }),
      { numRuns: 15 },
    )
    const last = runBody({ x: f32(2, 2) }, ({ x }) => is<Tensor<[2, 2]>>()(x.softmax()), { x: [0, 0, 1, 1] })
    expect(last).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  test('stay exact at +-1e4', () => {
    const x = [1e4, -1e4, 9999, 1e4 - 2]
    const row = [1, 0, Math.exp(-1), Math.exp(-2)]
    const p = row.map((e) => e / sum(row))
    const shift = 1e4 + Math.log(sum(row))
    const loss = (f: (x: Tensor<[4]>) => AnyTensor) => (x: Tensor<[4]>) => (f(x) as Tensor<[4]>).sum()
    const body = ({ x }: { x: Tensor<[4]> }) => ({
      softmax: x.softmax(),
      logSoftmax: x.logSoftmax(),
      logSumExp: x.logSumExp(),
      gradient: grad((x: Tensor<[4]>) => x.logSumExp())(x),
      ofLog: grad(loss((x) => x.logSoftmax()))(x),
      ofSoftmax: grad((x: Tensor<[4]>) => x.softmax().slice([0]) as Tensor<[]>)(x),
    })
    closeTo(
      runBody({ x: f32(4) }, body, { x }),
      {
        softmax: p,
        logSoftmax: x.map((e) => e - shift),
        logSumExp: [shift],
        gradient: p,
        ofLog: p.map((e) => 1 - 4 * e),
        ofSoftmax: p.map((e, i) => p[0]! * (Number(i === 0) - e)),
      },
      1e-12,
    )
    const low = runBody({ x: f32(2) }, ({ x }) => [x.logSumExp(), x.softmax()], { x: [-1e4, -1e4] })
    closeTo(low, [[-1e4 + Math.log(2)], [0.5, 0.5]], 1e-13)
  })

  test('a row of -infinity has the logSumExp -infinity, with gradient 0; beside numbers it weighs nothing', () => {
    const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    const body = ({ x }: { x: Tensor<[3, 2]> }) => {
      const of = (row: Tensor<[2]>) => row.logSumExp()
      return [x.logSumExp(1), vmap((row: Tensor<[2]>) => grad(of)(row))(x)]
    }
    closeTo(
      runBody({ x: f32(3, 2) }, body, { x: [low, low, low, 3, 1, 1] }),
      [
        [low, 3, 1 + Math.log(2)],
        [0, 0, 0, 1, 0.5, 0.5],
      ],
      1e-14,
    )
    const rest = ({ x }: { x: Tensor<[2]> }) => [
      x.softmax(),
      x.logSoftmax(),
      grad((x: Tensor<[2]>) => x.softmax().square().sum())(x),
    ]
    closeTo(
      runBody({ x: f32(2) }, rest, { x: [low, 3] }),
      [
        [0, 1],
        [low, 0],
        [0, 0],
      ],
      0,
    )
    const wild = runBody({ x: f32(2) }, ({ x }) => x.logSumExp(), { x: [high, 3] })
    expect(wild).toEqual([high])
    expect(runBody({ x: f32(2) }, ({ x }) => x.logSumExp(), { x: [Number.NaN, 3] })).toEqual([Number.NaN])
  })
})

test('code that is generic in its sizes has what is left of them', () => {
  const folds = <B extends string, N extends number, D extends number>(x: Tensor<[B, N, D]>) => {
    const mean: Tensor<[B, D]> = x.mean(1)
    const norm: Tensor<[B, N]> = x.square().sum(-1).sqrt()
    const wide: Tensor<[B, N, 1]> = x.logSumExp(2, { keepdims: true })
    const centred: Tensor<[B, N, D]> = x.sub(x.mean(2).expand(2)).div(x.std(0).add(1)).sub(x.mean(0))
    const all: Tensor<[]> = x.max()
    return [mean, norm, wide, centred, all, x.min(0).std(1).sum()]
  }
  const { outputs } = tracing({ x: f32('b', 2, 3) }, ({ x }) => folds(x), { b: 4 })
  expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
    ['b', 3],
    ['b', 2],
    ['b', 2, 1],
    ['b', 2, 3],
    [],
    [],
  ])
})
