import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  avgPool1d,
  avgPool2d,
  conv1d,
  conv2d,
  f32,
  grad,
  i32,
  type Leaf,
  maxPool1d,
  maxPool2d,
  stack,
  type Tensor,
  tensor,
  u32,
  vmap,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import type { Wide } from './differences.ts'
import { expectGradient, result } from './gradient.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, flat, indices } from './shapes.ts'

/** How windows lie along one axis: where they begin, and how many there are. */
interface Axis {
  readonly n: number
  readonly k: number
  readonly stride: number
  readonly dilation: number
  readonly padding: 'valid' | 'same' | number | readonly [number, number]
}
function windows({ n, k, stride, dilation, padding }: Axis): { low: number; starts: number[] } {
  const reach = dilation * (k - 1) + 1
  if (padding === 'same') {
    // As many windows as there are strides, with what they need beyond the elements at both ends.
    const many = Math.ceil(n / stride)
    const beyond = Math.max(0, (many - 1) * stride + reach - n)
    const low = many === 0 ? 0 : Math.floor(beyond / 2)
    return { low, starts: Array.from({ length: many }, (_, o) => o * stride - low) }
  }
  const [low, high] = padding === 'valid' ? [0, 0] : typeof padding === 'number' ? [padding, padding] : padding
  const starts: number[] = []
  for (let start = -low; start + reach <= n + high; start += stride) starts.push(start)
  return { low, starts }
}

/**
 * For every window of x [batch, spatial, channels], its elements in one channel: their places, or undefined in the
 * padding.
 */
function taps(axes: readonly Axis[], window: readonly number[]): (readonly number[] | undefined)[] {
  return indices(axes.map(({ k }) => k)).map((tap) => {
    const at = tap.map((t, i) => windows(axes[i]!).starts[window[i]!]! + t * axes[i]!.dilation)
    return at.every((place, i) => place >= 0 && place < axes[i]!.n) ? at : undefined
  })
}

const axisOf = (dilations: number): fc.Arbitrary<Axis> =>
  fc
    .record({
      n: fc.integer({ min: 0, max: 6 }),
      k: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: dilations }),
      padding: fc.oneof(fc.constantFrom('valid' as const, 'same' as const), fc.nat(2), fc.tuple(fc.nat(2), fc.nat(2))),
    })
    .filter((axis) => axis.padding === 'same' || windows(axis).starts.length > 0)

interface Case {
  readonly axes: readonly Axis[]
  readonly lead: readonly number[]
  readonly groups: number
  readonly taken: number
  readonly made: number
}
const convolutions = (rank: 1 | 2): fc.Arbitrary<Case> =>
  fc.record({
    axes: fc.array(axisOf(3), { minLength: rank, maxLength: rank }),
    lead: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    taken: fc.integer({ min: 1, max: 2 }),
    made: fc.integer({ min: 1, max: 2 }),
  })
/** 'same' and 'valid' are for all axes. */
const optionsOf = (axes: readonly Axis[]) => ({
  stride: axes.map(({ stride }) => stride),
  dilation: axes.map(({ dilation }) => dilation),
  padding:
    axes[0]!.padding === 'same' || axes[0]!.padding === 'valid' ? axes[0]!.padding : axes.map(({ padding }) => padding),
})
/** All axes padded alike where one of them is padded by a word. */
const alike = (axes: readonly Axis[]): readonly Axis[] => {
  const worded = (padding: 'valid' | 'same') => axes.map((axis) => ({ ...axis, padding }))
  const word = axes.map(({ padding }) => padding).find((padding) => padding === 'same' || padding === 'valid')
  if (word === undefined) return axes
  return word === 'valid' && worded('valid').every((axis) => windows(axis).starts.length > 0)
    ? worded('valid')
    : worded('same')
}

const shapesOf = ({ axes, lead, groups, taken, made }: Case) => ({
  x: [...lead, ...axes.map(({ n }) => n), taken * groups],
  w: [...axes.map(({ k }) => k), taken, made * groups],
})
const convolve = (axes: readonly Axis[], groups: number) => {
  const options = { ...optionsOf(axes), groups } as never
  return ({ x, w }: { x: Wide; w: Wide }): AnyTensor =>
    (axes.length === 1 ? conv1d(x, w, options) : conv2d(x, w, options)) as AnyTensor
}

describe.each([1, 2] as const)('conv%id', (rank) => {
  test('is the loop over windows, taps and channels', () => {
    fc.assert(
      fc.property(convolutions(rank), (given) => {
        const one = { ...given, axes: alike(given.axes) }
        const { axes, lead, groups, taken, made } = one
        const shapes = shapesOf(one)
        const [x, w] = [numbers(count(shapes.x), 1), numbers(count(shapes.w), 2)]
        const to = [...lead, ...axes.map((axis) => windows(axis).starts.length), made * groups]
        const expected = indices(to).map((index) => {
          const [batch, window, out] = [index.slice(0, lead.length), index.slice(lead.length, -1), index.at(-1)!]
          const first = Math.floor(out / made) * taken
          let total = 0
          for (const [t, at] of taps(axes, window).entries())
            if (at)
              for (let c = 0; c < taken; c++)
                total += x[flat(shapes.x, [...batch, ...at, first + c])]! * w[(t * taken + c) * made * groups + out]!
          return total
        })
        const found = result({ x: f32(...shapes.x), w: f32(...shapes.w) }, convolve(axes, groups) as never, { x, w })
        expect(found.dims).toEqual(to)
        closeTo(found.elements, expected, 1e-13)
      }),
      { numRuns: 100 },
    )
  })

  test('has the gradients of finite differences', () => {
    fc.assert(
      fc.property(convolutions(rank), (given) => {
        const one = { ...given, axes: alike(given.axes).map((axis) => ({ ...axis, n: Math.min(axis.n, 4) })) }
        if (one.axes.some((axis) => axis.padding !== 'same' && windows(axis).starts.length === 0)) return
        const shapes = shapesOf(one)
        const inputs = { x: numbers(count(shapes.x), 1), w: numbers(count(shapes.w), 2) }
        expectGradient(shapes, convolve(one.axes, one.groups) as never, inputs)
      }),
      { numRuns: 15 },
    )
  })
})

const pools = (rank: 1 | 2) =>
  fc
    .record({
      axes: fc.array(axisOf(1), { minLength: rank, maxLength: rank }),
      lead: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
      channels: fc.integer({ min: 1, max: 2 }),
    })
    .map((given) => ({ ...given, axes: alike(given.axes) }))
    // Every window has an element of its own.
    .filter(({ axes }) =>
      axes.every(({ n, k, padding }) => {
        const [low, high] = typeof padding === 'object' ? padding : [padding, padding]
        return padding === 'same' || padding === 'valid' || (n > 0 && Math.max(Number(low), Number(high)) < k)
      }),
    )
const pooled = (pool: 'max' | 'avg', axes: readonly Axis[], more: object = {}) => {
  const { stride, padding } = optionsOf(axes)
  const size = axes.map(({ k }) => k) as never
  const options = { stride, padding, ...more } as never
  return ({ x }: { x: Wide }): AnyTensor => {
    if (axes.length === 1)
      return (pool === 'max' ? maxPool1d(x, size, options) : avgPool1d(x, size, options)) as AnyTensor
    return (pool === 'max' ? maxPool2d(x, size, options) : avgPool2d(x, size, options)) as AnyTensor
  }
}

describe.each([1, 2] as const)('pooling of rank %i', (rank) => {
  const mean = (elements: readonly number[], of = elements.length) => elements.reduce((a, b) => a + b, 0) / of
  test('is the greatest, or the mean, of the elements of each window', () => {
    fc.assert(
      fc.property(pools(rank), ({ axes, lead, channels }) => {
        const shape = [...lead, ...axes.map(({ n }) => n), channels]
        const x = numbers(count(shape))
        const to = [...lead, ...axes.map((axis) => windows(axis).starts.length), channels]
        const elements = indices(to).map((index) =>
          taps(axes, index.slice(lead.length, -1)).flatMap((at) =>
            at ? [x[flat(shape, [...index.slice(0, lead.length), ...at, index.at(-1)!])]!] : [],
          ),
        )
        const specs = { x: f32(...shape) }
        const max = result(specs, pooled('max', axes) as never, { x })
        expect(max.dims).toEqual(to)
        expect(max.elements).toEqual(elements.map((own) => Math.max(...own)))
        const avg = result(specs, pooled('avg', axes) as never, { x })
        expect(avg.dims).toEqual(to)
        closeTo(
          avg.elements,
          elements.map((own) => mean(own)),
          1e-13,
        )
        const all = count(axes.map(({ k }) => k))
        const padded = result(specs, pooled('avg', axes, { countIncludePad: true }) as never, { x })
        closeTo(
          padded.elements,
          elements.map((own) => mean(own, all)),
          1e-13,
        )
      }),
      { numRuns: 100 },
    )
  })

  test('has the gradients of finite differences', () => {
    fc.assert(
      fc.property(pools(rank), fc.boolean(), ({ axes, lead, channels }, countIncludePad) => {
        const shape = [...lead, ...axes.map(({ n }) => n), channels]
        // No two elements are closer than a step of the differences.
        const x = numbers(count(shape)).map((e, i) => Math.round(e * 50) / 10 + i * 1e-3)
        expectGradient({ x: shape }, pooled('max', axes) as never, { x })
        expectGradient({ x: shape }, pooled('avg', axes, { countIncludePad }) as never, { x })
      }),
      { numRuns: 15 },
    )
  })
})

describe('what the types know', () => {
  test('literal sizes, and named ones where windows leave them', () => {
    const specs = { x: f32('n', 28, 'w', 3), k: f32(3, 3, 3, 8), s: f32('l', 4), v: f32(5, 2, 6) }
    const { outputs } = tracing(
      specs,
      ({ x, k, s, v }) => [
        is<Tensor<['n', 26, number, 8]>>()(conv2d(x, k)),
        is<Tensor<['n', 28, 'w', 8]>>()(conv2d(x, k, { padding: 'same' })),
        is<Tensor<['n', 28, 'w', 8]>>()(conv2d(x, k, { padding: 1 })),
        is<Tensor<['n', 14, number, 8]>>()(conv2d(x, k, { padding: 'same', stride: 2 })),
        is<Tensor<['n', 14, 'w', 8]>>()(conv2d(x, k, { padding: 'same', stride: [2, 1] })),
        is<Tensor<['n', 9, 'w', 8]>>()(conv2d(x, k, { padding: [0, [0, 2]], stride: [3, 1] })),
        is<Tensor<['n', 22, 'w', 8]>>()(
          conv2d(x, k, {
            padding: [
              [0, 2],
              [3, 3],
            ],
            dilation: [4, 3],
          }),
        ),
        is<Tensor<['l', 6]>>()(conv1d(s, v, { groups: 2, padding: 2 })),
        is<Tensor<[number, 6]>>()(conv1d(s, v, { groups: 2, padding: 'same', stride: 2 })),
        is<Tensor<['n', 14, number, 3]>>()(maxPool2d(x, 2)),
        is<Tensor<['n', 28, 'w', 3]>>()(maxPool2d(x, 3, { stride: 1, padding: 1 })),
        is<Tensor<['n', 9, 'w', 3]>>()(avgPool2d(x, [3, 1])),
        is<Tensor<[number, 4]>>()(avgPool1d(s, 2, { padding: 'same', countIncludePad: true })),
        is<Tensor<['l', 4]>>()(maxPool1d(s, 4, { stride: 1, padding: 'same' })),
      ],
      { n: 2, w: 9, l: 7 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n', 26, 7, 8],
      ['n', 28, 'w', 8],
      ['n', 28, 'w', 8],
      ['n', 14, 5, 8],
      ['n', 14, 'w', 8],
      ['n', 9, 'w', 8],
      ['n', 22, 'w', 8],
      ['l', 6],
      [4, 6],
      ['n', 14, 4, 3],
      ['n', 28, 'w', 3],
      ['n', 9, 'w', 3],
      [4, 4],
      ['l', 4],
    ])
  })
  test('and generic ones', () => {
    const smoothed = <N extends string, C extends number>(x: Tensor<[N, 16, C]>, w: Tensor<[3, C, C]>) => {
      const y: Tensor<[N, 16, C]> = conv1d(x, w, { padding: 1 })
      const z: Tensor<[N, 8, C]> = avgPool1d(y, 2)
      return z
    }
    const specs = { x: f32('n', 16, 2), w: f32(3, 2, 2) }
    expect(tracing(specs, ({ x, w }) => smoothed(x, w), { n: 1 }).outputs).toMatchObject({ dims: ['n', 8, 2] })
  })
})

describe('integers', () => {
  test('are convolved, and the greatest of them found, padding or not', () => {
    const body = ({ x, u }: { x: Tensor<[3, 1], 'i32'>; u: Tensor<[2, 1], 'u32'> }) => [
      is<Tensor<[2, 1], 'i32'>>()(conv1d(x, tensor([[[2]], [[-1]]], 'i32'))),
      is<Tensor<[2, 1], 'i32'>>()(maxPool1d(x, 2, { padding: 1 })),
      is<Tensor<[3, 1], 'u32'>>()(maxPool1d(u, 2, { stride: 1, padding: 1 })),
    ]
    expect(runBody({ x: i32(3, 1), u: u32(2, 1) }, body, { x: [-5, -6, -7], u: [4, 3] })).toEqual([
      [-4, -5],
      [-5, -6],
      [4, 4, 3],
    ])
  })
})

describe('under vmap', () => {
  test('a batch is convolved and pooled image by image', () => {
    type One = Tensor<[6, 5, 4]>
    const one = (x: One, w: Tensor<[2, 3, 2, 4]>) => {
      const y = conv2d(x, w, { groups: 2, stride: [2, 1], padding: 'same' })
      return maxPool2d(y, 2, { padding: 1 })
        .sum()
        .add(avgPool2d(y, [1, 2], { padding: 'same' }).square().sum())
    }
    const slope = (x: One, w: Tensor<[2, 3, 2, 4]>) => grad(one)(x, w)
    const specs = { x: f32(3, 6, 5, 4), w: f32(2, 3, 2, 4) }
    const inputs = { x: numbers(360, 1), w: numbers(48, 2) }
    const mapped = runBody(
      specs,
      ({ x, w }) => [vmap(one, { inAxes: [0, null] })(x, w), vmap(slope, { inAxes: [0, null] })(x, w)],
      inputs,
    )
    const looped = runBody(
      specs,
      ({ x, w }) => {
        const each = [0, 1, 2].map((i) => x.slice([i]) as One)
        return [stack(each.map((x) => one(x, w))), stack(each.map((x) => slope(x, w)))]
      },
      inputs,
    )
    closeTo(mapped, looped, 1e-12)
  })
})

describe('what only tracing refuses', () => {
  const says = (body: (x: Tensor<[4, 4, 2]>, w: Tensor<[3, 3, 2, 2]>) => unknown, message: string) =>
    expect(() => tracing({ x: f32(4, 4, 2), w: f32(3, 3, 2, 2) }, ({ x, w }) => body(x, w))).toThrow(message)
  test('options that are no options', () => {
    says((x, w) => conv2d(x, w, { stride: 0 }), 'type error: conv2d: stride 0 is not one or two whole numbers from 1')
    says(
      (x, w) => conv2d(x, w, { dilation: [1, 0.5 as number] }),
      'type error: conv2d: dilation [1, 0.5] is not one or two whole numbers from 1',
    )
    says((x, w) => conv2d(x, w, { stride: [1] as never }), 'type error: conv2d: stride [1] is not one or two')
    says(
      (x, w) => conv2d(x, w, { padding: -1 }),
      "type error: conv2d: padding -1 is not a width; write 'valid', 'same'",
    )
    says((x, w) => conv2d(x, w, { padding: 'full' as never }), "type error: conv2d: padding 'full' is not a width")
    says((x, w) => conv2d(x, w, { padding: [1] as never }), 'padding [1] is not one width for each of 2 spatial axes')
    says((x, w) => conv2d(x, w, { groups: 0.5 as number }), 'type error: conv2d: 0.5 is not a number of groups')
    says((x) => conv2d(x, 3 as never), 'type error: conv2d: 3 is not a tensor')
    says((x) => maxPool2d(x, 1.5 as number), 'type error: maxPool2d: size 1.5 is not one or two whole numbers from 0')
    says((x) => maxPool2d(x, 2, { stride: 0 }), 'type error: maxPool2d: stride 0 is not')
  })
  test('windows that have no element of their own, and sizes that are named', () => {
    says(
      (x) => avgPool2d(x, 2, { padding: 2 }),
      'shape error: avgPool2d: [4, 4, 2]: a window of 2 would lie in the padding [2, 2] alone',
    )
    expect(() => tracing({ x: f32('l', 2) }, ({ x }) => maxPool1d(x, 5), { l: 4 })).toThrow(
      'shape error: maxPool1d: [l, 2]: a window of 5 does not fit into 4',
    )
  })
})
