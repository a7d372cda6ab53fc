import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../compiler/ir/graph.ts'
import { f32, grad, i32, jvp, type Leaf, type Shape, type Tensor, vmap } from '../../../dsl/index.ts'
import { bce, cosineLoss, cosineSimilarity, crossEntropy, huber, klGaussians, mae, mse } from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { agreesWithDifferences } from '../differences.ts'
import { is } from '../is.ts'
import { closeTo, numbers, runBody, tracing } from '../run.ts'

type Wide = Tensor<number[]>
type Reduction = 'mean' | 'sum' | 'none'
interface Options {
  readonly reduction: Reduction
}

const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const rowsOf = (x: readonly number[], count: number, width: number) =>
  Array.from({ length: count }, (_, i) => x.slice(i * width, (i + 1) * width))
const logSoftmaxOf = (row: readonly number[]) => {
  const top = Math.max(...row)
  const log = Math.log(sum(row.map((e) => Math.exp(e - top)))) + top
  return row.map((e) => e - log)
}
const cosineOf = (a: readonly number[], b: readonly number[]) => {
  const norm = (v: readonly number[]) => Math.max(Math.hypot(...v), 1e-8)
  return sum(a.map((e, i) => e * b[i]!)) / norm(a) / norm(b)
}

/** A loss of two tensors of one shape, and what it is of a row of each: of every element, or one for the last axis. */
interface Row {
  readonly name: string
  readonly loss: (a: Wide, b: Wide, options: Options) => Tensor<Shape>
  readonly each: (a: readonly number[], b: readonly number[]) => readonly number[]
  readonly perRow?: true
  /** The second is a probability. */
  readonly unit?: true
}
const elementwise = (f: (a: number, b: number) => number) => (a: readonly number[], b: readonly number[]) =>
  a.map((e, i) => f(e, b[i]!))
const huberOf = (r: number, delta: number) => (r <= delta ? (r * r) / 2 : delta * (r - delta / 2))
const sharesOf = (b: readonly number[]) => b.map((e) => e / sum(b))

const table: readonly Row[] = [
  { name: 'mse', loss: mse, each: elementwise((a, b) => (a - b) ** 2) },
  { name: 'mae', loss: mae, each: elementwise((a, b) => Math.abs(a - b)) },
  { name: 'huber', loss: huber, each: elementwise((a, b) => huberOf(Math.abs(a - b), 1)) },
  {
    name: 'huber(0.3)',
    loss: (a, b, options) => huber(a, b, { ...options, delta: 0.3 }),
    each: elementwise((a, b) => huberOf(Math.abs(a - b), 0.3)),
  },
  {
    name: 'bce',
    loss: bce,
    each: elementwise((z, y) => y * Math.log1p(Math.exp(-z)) + (1 - y) * Math.log1p(Math.exp(z))),
    unit: true,
  },
  {
    name: 'klGaussians',
    loss: (m, v, options) => klGaussians(m, v, 0, 0, options),
    each: elementwise((m, v) => (Math.exp(v) - 1 - v + m * m) / 2),
  },
  {
    name: 'klGaussians of two',
    loss: (m, v, options) => klGaussians(m, v, v.sin(), m.cos(), options),
    each: elementwise((m, v) => {
      const [m2, v2] = [Math.sin(v), Math.cos(m)]
      return (Math.exp(v - v2) - 1 - (v - v2) + (m - m2) ** 2 / Math.exp(v2)) / 2
    }),
  },
  {
    name: 'klGaussians from numbers',
    loss: (m, v, options) => klGaussians(m, v, 0.5, -0.7, options),
    each: elementwise((m, v) => (Math.exp(v + 0.7) - 1 - (v + 0.7) + (m - 0.5) ** 2 * Math.exp(0.7)) / 2),
  },
  { name: 'cosineLoss', loss: cosineLoss, each: (a, b) => [1 - cosineOf(a, b)], perRow: true },
  {
    name: 'cosineSimilarity',
    loss: (a, b, { reduction }) => {
      const of = cosineSimilarity(a, b)
      return (reduction === 'none' ? of : of[reduction]()) as Wide
    },
    each: (a, b) => [cosineOf(a, b)],
    perRow: true,
  },
  {
    name: 'crossEntropy of probabilities',
    loss: (a, b, options) => crossEntropy(a, b, options),
    each: (a, b) => [-sum(logSoftmaxOf(a).map((e, k) => e * b[k]!))],
    perRow: true,
    unit: true,
  },
  {
    name: 'crossEntropy of smoothed probabilities',
    loss: (a, b, options) => crossEntropy(a, b.div(b.sum(-1, { keepdims: true })), { ...options, labelSmoothing: 0.2 }),
    each: (a, b) => [-sum(logSoftmaxOf(a).map((e, k) => e * (0.8 * sharesOf(b)[k]! + 0.2 / b.length)))],
    perRow: true,
    unit: true,
  },
]

const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 })
const filled = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 })
/**
 * Multiples of 1/32 shifted by two amounts: they and their differences are farther from 0, 0.3 and 1, where there are
 * corners, than a finite difference reaches.
 */
const given = (row: Row, size: number, seed: number) => ({
  a: numbers(size, seed).map((e) => Math.round(64 * e) / 32 + 1 / 128),
  b: numbers(size, seed + 1).map((e) => (row.unit ? Math.round(15 * (e + 1)) / 32 : Math.round(64 * e) / 32) + 1 / 64),
})

describe.each(table)('$name', (row) => {
  const of = (shape: readonly number[], reduction: Reduction, values: { a: number[]; b: number[] }) =>
    runBody({ a: f32(...shape), b: f32(...shape) }, ({ a, b }) => row.loss(a, b, { reduction }), values) as number[]

  test('is its formula, of every element or row, and their mean and sum', () => {
    fc.assert(
      fc.property(shapes, fc.nat(999), (shape, seed) => {
        const width = shape.at(-1)!
        const lead = sizeOf(shape.slice(0, -1))
        // A row of no classes has nothing to say.
        if (row.perRow && width === 0) return
        const values = given(row, lead * width, seed)
        const [a, b] = [rowsOf(values.a, lead, width), rowsOf(values.b, lead, width)]
        const expected = a.flatMap((e, i) => row.each(e, b[i]!))
        closeTo(of(shape, 'none', values), expected, 1e-12)
        closeTo(of(shape, 'sum', values), [sum(expected)], 1e-12)
        const { dims } = tracing({ a: f32(...shape), b: f32(...shape) }, ({ a, b }) =>
          row.loss(a as never, b as never, { reduction: 'none' }),
        ).outputs as Leaf
        expect(dims).toEqual(row.perRow ? shape.slice(0, -1) : shape)
        closeTo(of(shape, 'mean', values), [sum(expected) / expected.length], 1e-12)
      }),
      { numRuns: 20 * times },
    )
  })

  test('has the gradients of finite differences in both, forwards too, and parts of its own under vmap', () => {
    fc.assert(
      fc.property(filled, fc.nat(999), fc.constantFrom('mean', 'sum', 'none'), (shape, seed, reduction) => {
        const values = given(row, sizeOf(shape), seed)
        const options = { reduction } as Options
        const at = (x: Wide, half: number) => x.slice([[half, half + 1]]).reshape(shape as number[]) as Wide
        const both = (x: Wide) => row.loss(at(x, 0), at(x, 1), options)
        agreesWithDifferences(both, [2, ...shape], [...values.a, ...values.b])

        const specs = { a: f32(...shape), b: f32(...shape) }
        const forward = ({ a, b }: { a: Wide; b: Wide }) => {
          const f = (a: Wide, b: Wide) => row.loss(a, b, options).sum() as Tensor<[]>
          const slope = jvp(f, [a, b], [a.cos(), b.sin()] as never)[1] as Tensor<[]>
          const [da, db] = [grad(f)(a, b), grad((b: Wide) => f(a, b))(b)]
          return [
            slope,
            (da as Wide)
              .mul(a.cos())
              .sum()
              .add((db as Wide).mul(b.sin()).sum() as never),
          ]
        }
        const [slope, product] = runBody(specs, forward as never, values) as number[][]
        closeTo(slope, product, 1e-12)

        const mapped = ({ a, b }: { a: Wide; b: Wide }) =>
          vmap((a: Wide, b: Wide) => row.loss(a, b, options))(a as never, b as never)
        const parts = [values, given(row, sizeOf(shape), seed + 5)]
        const stacked = { a: parts.flatMap(({ a }) => a), b: parts.flatMap(({ b }) => b) }
        const stackedSpecs = { a: f32(2, ...shape), b: f32(2, ...shape) }
        const whole = runBody(stackedSpecs, mapped as never, stacked)
        closeTo(
          whole,
          parts.flatMap((part) => of(shape, reduction as Reduction, part)),
          1e-12,
        )
      }),
      { numRuns: 4 * times },
    )
  })
})

describe('crossEntropy of labels', () => {
  const labelled = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }).chain((lead) =>
    fc.record({
      lead: fc.constant(lead),
      at: fc.nat(lead.length),
      back: fc.boolean(),
      classes: fc.integer({ min: 1, max: 4 }),
      labelSmoothing: fc.constantFrom(0, 0.1, 1),
      labels: fc.array(fc.integer({ min: -1, max: 4 }), { minLength: sizeOf(lead), maxLength: sizeOf(lead) }),
    }),
  )

  test('reads the label along any axis, and leaves out what is no class', () => {
    fc.assert(
      fc.property(labelled, ({ lead, at, back, classes, labelSmoothing, labels }) => {
        const rows = rowsOf(numbers(labels.length * classes), labels.length, classes).map((row) =>
          row.map((e) => 3 * e),
        )
        const expected = rows.map((row, i) => {
          const [logs, label] = [logSoftmaxOf(row), labels[i]!]
          return label in logs ? -(1 - labelSmoothing) * logs[label]! - (labelSmoothing * sum(logs)) / classes : 0
        })
        // The classes go from the last axis to another one.
        const order = [...lead.keys()].toSpliced(at, 0, lead.length)
        const axis = back ? at - lead.length - 1 : at
        const body = ({ x, labels }: { x: Wide; labels: Tensor<number[], 'i32'> }) =>
          crossEntropy(x.permute(order), labels, { reduction: 'none', axis, labelSmoothing })
        const found = runBody({ x: f32(...lead, classes), labels: i32(...lead) }, body as never, {
          x: rows.flat(),
          labels,
        })
        closeTo(found, expected, 1e-12)
      }),
      { numRuns: 60 * times },
    )
  })

  test('is that of the probabilities with a 1 at the label, and has its gradient', () => {
    const [labels, x] = [[2, 0, 1, 2], numbers(12)]
    const body = ({ x, labels }: { x: Tensor<['n', 3]>; labels: Tensor<['n'], 'i32'> }) => {
      const [hard, soft] = [labels, labels.oneHot(3)]
      const gradient = (targets: typeof hard | typeof soft) =>
        grad((x: Tensor<['n', 3]>) => crossEntropy(x, targets as never) as unknown as Tensor<[]>)(x)
      return [crossEntropy(x, hard), crossEntropy(x, soft), gradient(hard), gradient(soft)]
    }
    const found = runBody({ x: f32('n', 3), labels: i32('n') }, body, { x, labels }, { n: 4 }) as number[][]
    closeTo(found[0], found[1], 1e-14)
    closeTo(found[2], found[3], 1e-14)
    agreesWithDifferences(
      (x) =>
        crossEntropy(x as unknown as Tensor<[4, 3]>, x.slice([null, 0]).mul(0).add(1).cast('i32') as never, {
          labelSmoothing: 0.1,
        }),
      [4, 3],
      x,
    )
  })
})

describe('far out', () => {
  type Row = Tensor<['n']>
  const specs = { x: f32('n'), y: f32('n') }
  const both = (f: (x: Row, y: Row) => Tensor<['n']>) => {
    const body = ({ x, y }: { x: Row; y: Row }) => [f(x, y), grad((x: Row) => f(x, y).sum())(x)]
    return (x: number[], y: number[]) => runBody(specs, body, { x, y }, { n: x.length }) as number[][]
  }

  test('bce of logits of 1e4', () => {
    const [losses, slopes] = both((x, y) => bce(x, y, { reduction: 'none' }))(
      [1e4, 1e4, -1e4, -1e4, 30, -30, 0],
      [1, 0, 1, 0, 1, 0, 0.5],
    )
    closeTo(losses, [0, 1e4, 1e4, 0, Math.log1p(Math.exp(-30)), Math.log1p(Math.exp(-30)), Math.LN2], 1e-15)
    // Nothing is lost where the target is met: the loss there is small, and not 0.
    expect(losses![4]! / Math.exp(-30)).toBeCloseTo(1, 9)
    closeTo(slopes, [0, 1, -1, 0, -Math.exp(-30), Math.exp(-30), 0], 1e-12)
  })

  test('crossEntropy of logits of 1e4', () => {
    const body = ({ x, labels }: { x: Tensor<['n', 3]>; labels: Tensor<['n'], 'i32'> }) => [
      crossEntropy(x, labels, { reduction: 'none' }),
      grad((x: Tensor<['n', 3]>) => crossEntropy(x, labels, { reduction: 'sum' }))(x),
    ]
    const x = [1e4, -1e4, 0, 1e4, -1e4, 0, 1e4, 1e4, 1e4, Number.NEGATIVE_INFINITY, 0, 0]
    const [losses, slopes] = runBody(
      { x: f32('n', 3), labels: i32('n') },
      body,
      { x, labels: [0, 1, 2, 1] },
      { n: 4 },
    ) as number[][]
    closeTo(losses, [0, 2e4, Math.log(3), Math.LN2], 1e-15)
    closeTo(slopes, [0, 0, 0, 1, -1, 0, 1 / 3, 1 / 3, -2 / 3, 0, -0.5, 0.5], 1e-14)
  })

  test('huber, mae and mse', () => {
    const [x, y] = [
      [1e4, -1e4, 1, 0],
      [0, 0, 0, 0],
    ]
    const [hubers, slopes] = both((x, y) => huber(x, y, { reduction: 'none' }))(x, y)
    closeTo(hubers, [9999.5, 9999.5, 0.5, 0], 1e-15)
    closeTo(slopes, [1, -1, 1, 0], 1e-15)
    expect(both((x, y) => mae(x, y, { reduction: 'none' }))(x, y)[1]).toEqual([1, -1, 1, 0])
    expect(both((x, y) => mse(x, y, { reduction: 'none' }))(x, y)[1]).toEqual([2e4, -2e4, 2, 0])
  })

  test('the cosine of zeros is 0, with a finite gradient', () => {
    const body = ({ x, y }: { x: Tensor<[2, 3]>; y: Tensor<[2, 3]> }) => [
      cosineSimilarity(x, y),
      grad((x: Tensor<[2, 3]>) => cosineLoss(x, y, { reduction: 'sum', eps: 0.1 }))(x),
    ]
    const inputs = { x: [0, 0, 0, 1e4, 0, 0], y: [1, 0, 0, 1e4, 1e4, 0] }
    const [cosines, slopes] = runBody({ x: f32(2, 3), y: f32(2, 3) }, body, inputs) as number[][]
    closeTo(cosines, [0, Math.SQRT1_2], 1e-15)
    closeTo(slopes, [-10, 0, 0, 0, -Math.SQRT1_2 / 1e4, 0], 1e-15)
  })

  test('the divergence of a distribution from itself is 0, and small where it is close', () => {
    const of = (d: number) =>
      (
        runBody({ v: f32(1) }, ({ v }) => klGaussians(v.mul(0), v.add(d), 0, v), { v: [0.7] }) as unknown as number[]
      )[0]!
    expect(of(0)).toBe(0)
    expect(of(1e-3) / (1e-6 / 4)).toBeCloseTo(1, 2)
  })
})

test('types say what a reduction leaves', () => {
  const body = ({ x, c }: { x: Tensor<['n', 2, 3]>; c: Tensor<['n', 2], 'i32'> }) => {
    const reduction: Reduction = Math.random() < 2 ? 'none' : 'mean'
    const wide: Reduction = reduction
    is<Tensor<[]>>()(mse(x, x))
    is<Tensor<[]>>()(huber(x, x, { delta: 2, reduction: 'sum' }))
    is<Tensor<['n', 2, 3]>>()(bce(x, x, { reduction: 'none' }))
    is<Tensor<[]>>()(crossEntropy(x, c))
    is<Tensor<['n', 2]>>()(crossEntropy(x, c, { reduction: 'none', labelSmoothing: 0.1 }))
    is<Tensor<['n', 3]>>()(crossEntropy(x, x, { reduction: 'none', axis: 1 }))
    is<Tensor<['n', 2, 3]>>()(klGaussians(x, x, x.mean(0), -1, { reduction: 'none' }))
    is<Tensor<['n', 2]>>()(cosineSimilarity(x, x))
    is<Tensor<[2, 3]>>()(cosineLoss(x, x, { axis: 0, reduction: 'none' }))
    return [mse(x, x, { reduction: wide }), crossEntropy(x, x, { reduction: 'none', axis: 1 })]
  }
  const { outputs } = tracing({ x: f32('n', 2, 3), c: i32('n', 2) }, body, { n: 4 })
  expect(outputs).toMatchObject([{ dims: ['n', 2, 3] }, { dims: ['n', 3] }])
})

test('options are checked', () => {
  const trace = (f: (x: Tensor<[3]>) => unknown) => () => tracing({ x: f32(3) }, ({ x }) => f(x))
  expect(trace((x) => mse(x, x, { reduction: 'avg' as 'mean' }))).toThrow(
    "type error: mse: reduction is 'avg', needs 'mean', 'sum' or 'none'",
  )
  expect(trace((x) => huber(x, x, { delta: 0 }))).toThrow('type error: huber: delta is 0, needs a number above 0')
  expect(trace((x) => cosineLoss(x, x, { eps: -1 }))).toThrow(
    'type error: cosineLoss: eps is -1, needs a number above 0',
  )
})
