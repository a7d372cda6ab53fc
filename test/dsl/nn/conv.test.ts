import { describe, expect, test } from 'vitest'
import { f32, keyOf, type Tensor, type Tensors } from '../../../dsl/index.ts'
import {
  avgPool1d,
  avgPool2d,
  conv1d,
  conv2d,
  globalAveragePool,
  initialisers,
  linear,
  maxPool1d,
  maxPool2d,
  relu,
  sequential,
  upsample2d,
} from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { is } from '../is.ts'
import { closeTo, numbers, runBody, tracing } from '../run.ts'
import { count, indices, read } from '../shapes.ts'

type Wide = Tensor<number[]>
type Untyped = { readonly params: object; readonly apply: (params: never, x: never) => never }

/** The cross-correlation of x [h, w, c] with weights [kh, kw, c / groups, out], tap by tap. */
function convolved(
  x: readonly number[],
  [h, w, c]: readonly [number, number, number],
  weight: readonly number[],
  bias: readonly number[] | undefined,
  { kernel, stride, dilation, padding, groups, out }: Convolution,
): { shape: readonly number[]; elements: number[] } {
  const windows = ([h, w] as const).map(
    (size, i) => Math.floor((size + 2 * padding - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]!) + 1,
  )
  const [inGroup, outGroup] = [c / groups, out / groups]
  const elements = indices([...windows, out]).map(([row, column, o]) => {
    const group = Math.floor(o! / outGroup)
    let sum = bias?.[o!] ?? 0
    for (const [i, j, k] of indices([...kernel, inGroup])) {
      const y = row! * stride[0] + i! * dilation[0] - padding
      const z = column! * stride[1] + j! * dilation[1] - padding
      if (y < 0 || y >= h || z < 0 || z >= w) continue
      const tap = ((i! * kernel[1] + j!) * inGroup + k!) * out + o!
      sum += x[(y * w + z) * c + group * inGroup + k!]! * weight[tap]!
    }
    return sum
  })
  return { shape: [...windows, out], elements }
}
interface Convolution {
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  readonly dilation: readonly [number, number]
  readonly padding: number
  readonly groups: number
  readonly out: number
}

const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))
const convolutions = fc.record({
  kernel: pair(1, 3),
  stride: pair(1, 2),
  dilation: pair(1, 2),
  padding: fc.integer({ min: 0, max: 1 }),
  groups: fc.constantFrom(1, 2),
  channels: fc.constantFrom(2, 4),
  out: fc.constantFrom(0, 2, 4),
  bias: fc.boolean(),
  image: pair(5, 6),
  seed: fc.nat(999),
})

describe('convolution layers', () => {
  test('are a product with each window, plus a bias for each channel', () => {
    fc.assert(
      fc.property(convolutions, fc.boolean(), ({ channels, bias, image, seed, ...given }, oneAxis) => {
        const along = <T>([a, b]: readonly [T, T], none: T): readonly [T, T] => (oneAxis ? [none, b] : [a, b])
        const options = {
          ...given,
          kernel: along(given.kernel, 1),
          stride: along(given.stride, 1),
          dilation: along(given.dilation, 1),
          padding: oneAxis ? 0 : given.padding,
        }
        const { kernel, stride, dilation, padding, groups, out } = options
        const settings = { padding, groups, bias }
        const layer = (oneAxis
          ? conv1d(channels as number, out as number, kernel[1], {
              ...settings,
              stride: stride[1],
              dilation: dilation[1],
            })
          : conv2d(channels as number, out as number, kernel, { ...settings, stride, dilation })) as unknown as Untyped
        const [h, w] = along(image, 1)
        const x = numbers(2 * h * w * channels, seed)
        const weight = numbers(kernel[0] * kernel[1] * (channels / groups) * out, seed + 1)
        const added = bias ? numbers(out, seed + 2) : undefined
        const shape = oneAxis ? [2, w, channels] : [2, h, w, channels]
        const found = runBody(
          { params: layer.params, x: f32(...shape) } as never,
          ({ params, x }: { params: never; x: never }) => layer.apply(params, x),
          { params: { weight, ...(added ? { bias: added } : {}) }, x } as never,
        )
        const size = h * w * channels
        const expected = [0, 1].flatMap(
          (i) => convolved(x.slice(i * size, (i + 1) * size), [h, w, channels], weight, added, options).elements,
        )
        closeTo(found, expected, 1e-12)
      }),
      { numRuns: 60 },
    )
  })

  test('have the parameters that their types say, and start within 1 / sqrt(fan in)', () => {
    const plain = conv2d(6, 4, [3, 2], { groups: 2 })
    type Params = Tensors<typeof plain.params>
    is<(p: Params) => { weight: Tensor<[3, 2, 3, 4]>; bias: Tensor<[4]> }>()((p: Params) => p)
    expect([plain.params.weight.shape, plain.params.bias.shape]).toEqual([[3, 2, 3, 4], [4]])
    const bare = conv1d(3, 5, 4, { bias: false, initialiser: initialisers.ones })
    type Bare = Tensors<typeof bare.params>
    is<(p: Bare) => { weight: Tensor<[4, 3, 5]> }>()((p: Bare) => p)
    expect(Object.keys(bare.params)).toEqual(['weight'])
    const started = runBody(
      { seed: f32() },
      ({ seed }) => {
        const draw = (of: { initialiser: unknown; shape: readonly number[] }) =>
          (of.initialiser as (key: unknown, shape: readonly number[]) => Wide)(keyOf(3), of.shape)
        return { plain: draw(plain.params.weight).add(seed), bare: draw(bare.params.weight).add(seed) }
      },
      { seed: 0 },
    ) as { plain: number[]; bare: number[] }
    const bound = 1 / Math.sqrt(3 * 2 * 3)
    const most = Math.max(...started.plain.map(Math.abs))
    expect(most).toBeLessThanOrEqual(bound)
    expect(most).toBeGreaterThan(0.8 * bound)
    expect(new Set(started.bare)).toEqual(new Set([1]))
  })

  test('have types: sizes where they are known, names where windows leave them', () => {
    const strided = conv2d(3, 8, 3, { stride: 2, padding: 1 })
    const same = conv2d(8, 8, 3, { padding: 'same' })
    const net = sequential(strided, relu, same, maxPool2d(2), conv2d(8, 4, 2), globalAveragePool, linear(4, 5))
    const signal = sequential(conv1d(2, 4, 3, { padding: 'same' }), avgPool1d(2), maxPool1d(2, { stride: 1 }))
    const specs = { x: f32('n', 16, 12, 3), y: f32('h', 'w', 8), z: f32('n', 9, 2) }
    const outputs = tracing(
      { ...specs, strided: strided.params, same: same.params, net: net.params, signal: signal.params },
      (given) => ({
        strided: is<Tensor<['n', 8, 6, 8]>>()(strided.apply(given.strided, given.x)),
        same: is<Tensor<['h', 'w', 8]>>()(same.apply(given.same, given.y)),
        net: is<Tensor<['n', 5]>>()(net.apply(given.net, given.x)),
        signal: is<Tensor<['n', 3, 4]>>()(signal.apply(given.signal, given.z)),
      }),
      { n: 2, h: 3, w: 5 },
    ).outputs as unknown as { [name: string]: { dims: unknown } }
    expect(Object.values(outputs).map(({ dims }) => dims)).toEqual([
      ['n', 8, 6, 8],
      ['h', 'w', 8],
      ['n', 5],
      ['n', 3, 4],
    ])
  })
})

describe('pooling layers', () => {
  test('are the greatest and the mean of each window, and of a whole image', () => {
    const shape = [2, 4, 6, 2] as const
    const x = numbers(count(shape), 4)
    const found = runBody(
      { x: f32(...shape) },
      ({ x }) => ({
        max: maxPool2d([2, 3]).apply({}, x),
        mean: avgPool2d([2, 3]).apply({}, x),
        global: globalAveragePool.apply({}, x),
        rows: maxPool1d(4, { stride: 2 }).apply({}, x),
        means: avgPool1d(4, { stride: 2 }).apply({}, x),
      }),
      { x },
    )
    const windowOf = (at: readonly number[], size: readonly number[], stride: readonly number[]) =>
      indices(size).map((tap) =>
        read(
          x,
          shape,
          at.map((e, i) => e * stride[i]! + tap[i]!),
        ),
      )
    const over = (out: readonly number[], size: readonly number[], stride: readonly number[]) =>
      indices(out).map((at) => windowOf(at, size, stride))
    const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length
    const blocks = over([2, 2, 2, 2], [1, 2, 3, 1], [1, 2, 3, 1])
    const lines = over([2, 4, 2, 2], [1, 1, 4, 1], [1, 1, 2, 1])
    closeTo(
      found,
      {
        max: blocks.map((all) => Math.max(...all)),
        mean: blocks.map(mean),
        global: over([2, 1, 1, 2], [1, 4, 6, 1], [1, 1, 1, 1]).map(mean),
        rows: lines.map((all) => Math.max(...all)),
        means: lines.map(mean),
      },
      1e-12,
    )
  })
})

describe('upsample2d', () => {
  const images = fc.record({ image: pair(1, 4), scale: pair(1, 4), seed: fc.nat(999) })

  test('copies each pixel', () => {
    fc.assert(
      fc.property(images, ({ image: [h, w], scale, seed }) => {
        const x = numbers(2 * h * w * 2, seed)
        const found = runBody({ x: f32(2, h, w, 2) }, ({ x }) => upsample2d(scale)(x), { x })
        const expected = indices([2, h * scale[0], w * scale[1], 2]).map(([n, i, j, c]) =>
          read(x, [2, h, w, 2], [n!, Math.floor(i! / scale[0]), Math.floor(j! / scale[1]), c!]),
        )
        closeTo(found, expected, 0)
      }),
    )
  })

  test('interpolates between the middles of pixels, and the edge goes on', () => {
    fc.assert(
      fc.property(images, ({ image: [h, w], scale, seed }) => {
        const x = numbers(h * w, seed)
        const found = runBody({ x: f32(h, w, 1) }, ({ x }) => upsample2d(scale, { method: 'bilinear' })(x), { x })
        const near = (o: number, scale: number, size: number) => {
          const at = (o + 0.5) / scale - 0.5
          const inside = (i: number) => Math.min(Math.max(i, 0), size - 1)
          const low = Math.floor(at)
          return [
            { i: inside(low), weight: 1 - (at - low) },
            { i: inside(low + 1), weight: at - low },
          ]
        }
        const expected = indices([h * scale[0], w * scale[1]]).map(([i, j]) =>
          near(i!, scale[0], h)
            .flatMap((row) =>
              near(j!, scale[1], w).map((column) => row.weight * column.weight * x[row.i * w + column.i]!),
            )
            .reduce((a, b) => a + b, 0),
        )
        closeTo(found, expected, 1e-12)
      }),
    )
  })

  test('agrees with torch.nn.functional.interpolate(scale_factor=2, mode="bilinear", align_corners=False)', () => {
    const found = runBody({ x: f32(2, 2, 1) }, ({ x }) => upsample2d(2, { method: 'bilinear' })(x), { x: [1, 2, 3, 4] })
    const expected = [1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4]
    closeTo(found, expected, 1e-12)
  })

  test('has types', () => {
    const net = sequential(conv2d(3, 4, 3, { padding: 'same' }), upsample2d([2, 3]))
    tracing(
      { params: net.params, x: f32('n', 4, 5, 3), y: f32('h', 2, 1) },
      ({ params, x, y }) => ({
        x: is<Tensor<['n', 8, 15, 4]>>()(net.apply(params, x)),
        y: is<Tensor<[number, 4, 1]>>()(upsample2d(2)(y)),
      }),
      { n: 1, h: 2 },
    )
  })
})
