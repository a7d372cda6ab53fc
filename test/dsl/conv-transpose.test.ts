import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  f32,
  grad,
  i32,
  type Leaf,
  type Shape,
  stack,
  type Tensor,
  tensor,
  vjp,
  vmap,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import type { Wide } from './differences.ts'
import { expectGradient, result } from './gradient.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, flat, indices } from './shapes.ts'

/** How the windows of n elements lie along one axis of what is made. */
interface Axis {
  readonly n: number
  readonly k: number
  readonly stride: number
  readonly dilation: number
  readonly padding: 'same' | readonly [number, number]
  readonly more: number
}
const reach = ({ k, dilation }: Axis) => dilation * (k - 1) + 1
const made = (axis: Axis) =>
  axis.padding === 'same'
    ? axis.n * axis.stride
    : (axis.n - 1) * axis.stride + reach(axis) + axis.more - axis.padding[0] - axis.padding[1]
const before = (axis: Axis) =>
  axis.padding === 'same' ? Math.floor(Math.max(0, reach(axis) - axis.stride) / 2) : axis.padding[0]

/** All axes are padded alike where one of them is by a word, which takes no output padding. */
const axesOf = (rank: 1 | 2, least = 0): fc.Arbitrary<readonly Axis[]> =>
  fc
    .tuple(
      fc.array(
        fc.record({
          n: fc.integer({ min: least, max: 4 }),
          k: fc.integer({ min: 1, max: 3 }),
          stride: fc.integer({ min: 1, max: 3 }),
          dilation: fc.integer({ min: 1, max: 3 }),
          padding: fc.tuple(fc.nat(2), fc.nat(2)),
          more: fc.nat(2),
        }),
        { minLength: rank, maxLength: rank },
      ),
      fc.boolean(),
    )
    .map(([axes, same]) =>
      axes.map(
        (axis): Axis => (same ? { ...axis, padding: 'same', more: 0 } : { ...axis, more: axis.more % axis.stride }),
      ),
    )
    .filter((axes) => axes.every((axis) => made(axis) >= 0))

interface Case {
  readonly axes: readonly Axis[]
  readonly lead: readonly number[]
  readonly groups: number
  readonly taken: number
  readonly given: number
}
const cases = (rank: 1 | 2, least = 0): fc.Arbitrary<Case> =>
  fc.record({
    axes: axesOf(rank, least),
    lead: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    taken: fc.integer({ min: 1, max: 2 }),
    given: fc.integer({ min: 1, max: 2 }),
  })
/** `taken` channels of each group come in and `given` go out. */
const shapesOf = ({ axes, lead, groups, taken, given }: Case) => ({
  y: [...lead, ...axes.map(({ n }) => n), taken * groups],
  w: [...axes.map(({ k }) => k), given, taken * groups],
  out: [...lead, ...axes.map(made), given * groups],
})
const optionsOf = ({ axes, groups }: Case) => ({
  stride: axes.map(({ stride }) => stride),
  dilation: axes.map(({ dilation }) => dilation),
  padding: axes[0]!.padding === 'same' ? axes[0]!.padding : axes.map(({ padding }) => padding),
  groups,
})
const transposed =
  (one: Case) =>
  ({ y, w }: { y: Wide; w: Wide }): AnyTensor => {
    const options = { ...optionsOf(one), outputPadding: one.axes.map(({ more }) => more) } as never
    return (one.axes.length === 1 ? convTranspose1d(y, w, options) : convTranspose2d(y, w, options)) as AnyTensor
  }
const convolved = (one: Case, x: Wide, w: Wide): Wide => {
  const options = optionsOf(one) as never
  return (one.axes.length === 1 ? conv1d(x, w, options) : conv2d(x, w, options)) as Wide
}

describe.each([1, 2] as const)('convTranspose%id', (rank) => {
  test('adds each element, times the weights, to where its window lies', () => {
    fc.assert(
      fc.property(cases(rank), (one) => {
        const { axes, lead, taken, given } = one
        const shapes = shapesOf(one)
        const [y, w] = [numbers(count(shapes.y), 1), numbers(count(shapes.w), 2)]
        const expected = new Array<number>(count(shapes.out)).fill(0)
        for (const at of indices(shapes.y))
          for (const tap of indices(axes.map(({ k }) => k)))
            for (let o = 0; o < given; o++) {
              const [batch, window, channel] = [at.slice(0, lead.length), at.slice(lead.length, -1), at.at(-1)!]
              const place = axes.map((axis, i) => window[i]! * axis.stride + tap[i]! * axis.dilation - before(axis))
              if (place.some((index, i) => index < 0 || index >= made(axes[i]!))) continue
              const group = Math.floor(channel / taken)
              expected[flat(shapes.out, [...batch, ...place, group * given + o])]! +=
                y[flat(shapes.y, at)]! * w[flat(shapes.w, [...tap, o, channel])]!
            }
        const found = result({ y: f32(...shapes.y), w: f32(...shapes.w) }, transposed(one) as never, { y, w })
        expect(found.dims).toEqual(shapes.out)
        closeTo(found.elements, expected, 1e-13)
      }),
      { numRuns: 150 },
    )
  })

  // A convolution makes as many windows again of what n windows reach over.
  test('is the transpose of the convolution with the same weights and options', () => {
    fc.assert(
      fc.property(cases(rank, 1), (one) => {
        const shapes = shapesOf(one)
        const specs = { x: f32(...shapes.out), y: f32(...shapes.y), w: f32(...shapes.w) }
        const inputs = {
          x: numbers(count(shapes.out), 1),
          y: numbers(count(shapes.y), 2),
          w: numbers(count(shapes.w), 3),
        }
        const body = ({ x, y, w }: { x: Wide; y: Wide; w: Wide }) => {
          const back = transposed(one)({ y, w }) as Wide
          const [forward, pull] = vjp((x: Wide) => convolved(one, x, w), x)
          return { back, pulled: pull(y)[0], products: [forward.mul(y).sum(), back.mul(x).sum()] }
        }
        const found = runBody(specs, body as never, inputs) as {
          back: number[]
          pulled: number[]
          products: [number[], number[]]
        }
        closeTo(found.back, found.pulled, 1e-13)
        closeTo(found.products[0], found.products[1], 1e-11)
      }),
      { numRuns: 100 },
    )
  })

  test('has the gradients of finite differences', () => {
    fc.assert(
      fc.property(cases(rank), (given) => {
        const axes = given.axes.map((axis) => ({ ...axis, n: Math.min(axis.n, 3) }))
        const one = { ...given, axes }
        if (axes.some((axis) => made(axis) < 0)) return
        const { y, w } = shapesOf(one)
        expectGradient({ y, w }, transposed(one) as never, { y: numbers(count(y), 1), w: numbers(count(w), 2) })
      }),
      { numRuns: 15 },
    )
  })
})

test('two signals worked out by hand, of the sizes that PyTorch documents for conv_transpose1d', () => {
  const body = ({ y }: { y: Tensor<[3, 1]> }) => {
    const w = tensor([[[1]], [[10]], [[100]]])
    return [
      is<Tensor<[6, 1]>>()(convTranspose1d(y, w, { stride: 2, padding: 1, outputPadding: 1 })),
      is<Tensor<[7, 1]>>()(convTranspose1d(y, w, { dilation: 2 })),
    ]
  }
  expect(runBody({ y: f32(3, 1) }, body, { y: [1, 2, 3] })).toEqual([
    [10, 102, 20, 203, 30, 300],
    [1, 2, 13, 20, 130, 200, 300],
  ])
})

describe('what the types know', () => {
  test('literal sizes, and named ones where they stay or grow', () => {
    const specs = { x: f32('n', 7, 'w', 4), k: f32(3, 3, 8, 4), s: f32('l', 4), v: f32(5, 3, 4), c: f32(2, 'd', 4) }
    const { outputs } = tracing(
      specs,
      ({ x, k, s, v, c }) => [
        is<Tensor<['n', 9, 'w+2', 8]>>()(convTranspose2d(x, k)),
        is<Tensor<['n', 7, 'w', 8]>>()(convTranspose2d(x, k, { padding: 1 })),
        is<Tensor<['n', 7, 'w', 8]>>()(convTranspose2d(x, k, { padding: 'same' })),
        is<Tensor<['n', 14, number, 8]>>()(convTranspose2d(x, k, { padding: 'same', stride: 2 })),
        is<Tensor<['n', 14, 'w', 8]>>()(
          convTranspose2d(x, k, { padding: 1, stride: [2, 1], outputPadding: [1, 0], groups: 1 }),
        ),
        is<Tensor<['n', 19, 'w+3', 16]>>()(
          convTranspose2d(x, k, {
            padding: [
              [1, 3],
              [0, 1],
            ],
            stride: [3, 1],
            dilation: [2, 2],
            groups: 2,
          }),
        ),
        is<Tensor<['l', 12]>>()(convTranspose1d(s, v, { groups: 4, padding: 2 })),
        is<Tensor<[number, 3]>>()(convTranspose1d(s, v, { padding: 3 })),
        is<Tensor<['l+1', 'd']>>()(convTranspose1d(s, c)),
        is<Tensor<[number, number]>>()(convTranspose1d(s, c, { groups: 2, stride: 2 })),
      ],
      { n: 2, w: 9, l: 7, d: 3 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n', 9, 'w+2', 8],
      ['n', 7, 'w', 8],
      ['n', 7, 'w', 8],
      ['n', 14, 18, 8],
      ['n', 14, 'w', 8],
      ['n', 19, 'w+3', 16],
      ['l', 12],
      [5, 3],
      ['l+1', 'd'],
      [14, 6],
    ])
  })

  test('and generic ones', () => {
    const doubled = <N extends string, C extends number>(x: Tensor<[N, 8, C]>, w: Tensor<[4, C, C]>) => {
      const y: Tensor<[N, 16, C]> = convTranspose1d(x, w, { padding: 1, stride: 2 })
      return y
    }
    const specs = { x: f32('n', 8, 2), w: f32(4, 2, 2) }
    expect(tracing(specs, ({ x, w }) => doubled(x, w), { n: 1 }).outputs).toMatchObject({ dims: ['n', 16, 2] })
  })

  test('a tensor of which nothing is known', () => {
    const shape = tracing({ y: f32(2, 3, 4), w: f32(2, 5, 4) }, ({ y, w }) =>
      is<Tensor<Shape>>()(convTranspose1d(y as Wide, w as Wide, { stride: 2 as number })),
    )
    expect(shape.outputs).toMatchObject({ dims: [2, 6, 5] })
  })
})

test('under vmap, over the elements and over the weights', () => {
  type One = Tensor<[3, 2, 4]>
  type Weights = Tensor<[2, 3, 2, 4]>
  const one = (y: One, w: Weights) =>
    convTranspose2d(y, w, { groups: 2, stride: [2, 3], padding: [1, 0], outputPadding: [0, 2] })
  const slope = (y: One, w: Weights) => grad((y: One) => one(y, w).square().sum())(y)
  const specs = { y: f32(3, 3, 2, 4), w: f32(3, 2, 3, 2, 4) }
  const inputs = { y: numbers(72, 1), w: numbers(144, 2) }
  const mapped = runBody(
    specs,
    ({ y, w }) => {
      const first = w.slice([0]).as([2, 3, 2, 4])
      return [vmap(one)(y, w), vmap(one, { inAxes: [0, null] })(y, first), vmap(slope)(y, w)]
    },
    inputs,
  )
  const looped = runBody(
    specs,
    ({ y, w }) => {
      const each = [0, 1, 2].map((i) => [y.slice([i]) as One, w.slice([i]) as Weights] as const)
      const first = each[0]![1]
      return [
        stack(each.map(([y, w]) => one(y, w))),
        stack(each.map(([y]) => one(y, first))),
        stack(each.map(([y, w]) => slope(y, w))),
      ]
    },
    inputs,
  )
  closeTo(mapped, looped, 1e-12)
})

test('integers are transposed, too', () => {
  const body = ({ y }: { y: Tensor<[2, 1], 'i32'> }) =>
    is<Tensor<[3, 1], 'i32'>>()(convTranspose1d(y, tensor([[[2]], [[-1]]], 'i32')))
  expect(runBody({ y: i32(2, 1) }, body, { y: [3, 5] })).toEqual([6, 7, -5])
})

describe('what only tracing refuses', () => {
  const says = (body: (y: Tensor<[4, 4, 2]>, w: Tensor<[3, 3, 2, 2]>) => unknown, message: string) =>
    expect(() => tracing({ y: f32(4, 4, 2), w: f32(3, 3, 2, 2) }, ({ y, w }) => body(y, w))).toThrow(message)
  test('options that are no options', () => {
    says(
      (y, w) => convTranspose2d(y, w, { stride: 0 }),
      'type error: convTranspose2d: stride 0 is not one or two whole numbers from 1',
    )
    says(
      (y, w) => convTranspose2d(y, w, { outputPadding: -1 }),
      'type error: convTranspose2d: outputPadding -1 is not one or two whole numbers from 0',
    )
    says(
      (y, w) => convTranspose2d(y, w, { outputPadding: [0.5 as number, 0] }),
      'type error: convTranspose2d: outputPadding [0.5, 0] is not one or two whole numbers from 0',
    )
    says(
      (y, w) => convTranspose2d(y, w, { padding: 'full' as never }),
      "type error: convTranspose2d: padding 'full' is not a width",
    )
    says(
      (y, w) => convTranspose2d(y, w, { groups: 0.5 as number }),
      'type error: convTranspose2d: 0.5 is not a number of groups',
    )
    says((y) => convTranspose2d(y, 3 as never), 'type error: convTranspose2d: 3 is not a tensor')
    says((y, w) => convTranspose2d(y, w, 2 as never), 'type error: convTranspose2d: 2 is not a record of options')
  })
  test('sizes that the types could not see', () => {
    says(
      (y, w) => convTranspose2d(y, w, { padding: 9 as number }),
      'shape error: convTranspose2d: [4, 4, 2]: 4 windows of 3, 1 apart, are shorter than padding of 18',
    )
    says(
      (y, w) => convTranspose2d(y, w, { stride: 2 as number, outputPadding: 2 }),
      'shape error: convTranspose2d: [4, 4, 2]: outputPadding 2 is not below the stride 2',
    )
    says(
      (y, w) => convTranspose2d(y, w as Wide, { groups: 3 }),
      'shape error: convTranspose2d: [4, 4, 2] with [3, 3, 2, 2]: 2 channels do not fall into 3 groups',
    )
  })
})
