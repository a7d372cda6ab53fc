import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  bool,
  concat,
  eye,
  f32,
  i32,
  type Key,
  key,
  type Leaf,
  linspace,
  split as splitKey,
  stack,
  type Tensor,
  tensor,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import type { Wide } from './differences.ts'
import { expectGradient, result } from './gradient.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, flat, indices } from './shapes.ts'

const size = fc.integer({ min: 0, max: 4 })
const shapes = (least: number) => fc.array(size, { minLength: least, maxLength: 4 })
/** A shape, one of its axes, and that axis as an author may write it. */
const withAxis = shapes(1).chain((shape) =>
  fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), fc.boolean()).map(([shape, axis, back]) => ({
    shape,
    axis,
    given: back ? axis - shape.length : axis,
  })),
)

/** Fails unless a body gives an element of x for every index of its result; `from` says which, or undefined for 0. */
function expectMoved(
  shape: readonly number[],
  body: (x: Wide) => AnyTensor,
  to: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): void {
  const x = Array.from({ length: count(shape) }, (_, i) => i + 1)
  const found = result({ x: f32(...shape) }, (({ x }: { x: Wide }) => body(x)) as never, { x })
  expect(found.dims).toEqual(to)
  expect(found.elements).toEqual(indices(to).map((index) => x[flat(shape, from(index))]))
}

describe('axes', () => {
  test('squeeze drops one axis of size 1, or all of them', () => {
    fc.assert(
      fc.property(withAxis, ({ shape, axis }) => {
        const one = shape.toSpliced(axis, 0, 1)
        expectMoved(
          one,
          (x) => x.squeeze(axis),
          shape,
          (index) => index.toSpliced(axis, 0, 0),
        )
        const rest = one.filter((n) => n !== 1)
        expectMoved(
          one,
          (x) => x.squeeze(),
          rest,
          (index) => {
            let k = 0
            return one.map((n) => (n === 1 ? 0 : index[k++]!))
          },
        )
      }),
      { numRuns: 40 },
    )
  })

  test('permute orders axes, from both ends, and transpose exchanges the last two', () => {
    const cases = shapes(0).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      ),
    )
    fc.assert(
      fc.property(cases, ([shape, order, back]) => {
        const given = order.map((axis, i) => (back[i] ? axis - shape.length : axis))
        expectMoved(
          shape,
          (x) => x.permute(given),
          order.map((axis) => shape[axis]!),
          (index) => shape.map((_, axis) => index[order.indexOf(axis)]!),
        )
        if (shape.length < 2) return
        const exchanged = (list: readonly number[]) => [...list.slice(0, -2), list.at(-1)!, list.at(-2)!]
        expectMoved(shape, (x) => x.transpose(), exchanged(shape), exchanged)
      }),
      { numRuns: 60 },
    )
  })

  test('broadcastTo repeats along new axes and dims of 1', () => {
    const cases = fc.tuple(
      shapes(0),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 4 }),
    )
    fc.assert(
      fc.property(cases, ([to, ones, drop]) => {
        const cut = Math.min(drop, to.length)
        const from = to.map((n, i) => (ones[i] ? 1 : n)).slice(cut)
        expectMoved(
          from,
          (x) => x.broadcastTo(to),
          to,
          (index) => index.slice(cut).map((at, i) => (from[i] === 1 ? 0 : at)),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('flip reverses some axes, and all where none are named', () => {
    const cases = shapes(0).chain((shape) => fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()])))
    fc.assert(
      fc.property(cases, ([shape, axes]) => {
        const reversed = (of: readonly number[]) => (index: readonly number[]) =>
          index.map((at, axis) => (of.includes(axis) ? shape[axis]! - 1 - at : at))
        expectMoved(shape, (x) => x.flip(axes as number[]), shape, reversed(axes))
        expectMoved(shape, (x) => x.flip(), shape, reversed([...shape.keys()]))
      }),
      { numRuns: 40 },
    )
  })

  test('roll moves on, and round', () => {
    fc.assert(
      fc.property(withAxis, fc.integer({ min: -9, max: 9 }), ({ shape, axis, given }, shift) => {
        const n = shape[axis]!
        expectMoved(
          shape,
          (x) => x.roll(shift, given),
          shape,
          (index) => index.with(axis, (((index[axis]! - shift) % n) + n) % n),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('repeat copies elements, tile the whole, and flatten has one axis', () => {
    fc.assert(
      fc.property(
        withAxis,
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 }),
        ({ shape, axis, given }, copies, counts) => {
          expectMoved(
            shape,
            (x) => x.repeat(copies, given),
            shape.with(axis, shape[axis]! * copies),
            (index) => index.with(axis, Math.floor(index[axis]! / copies)),
          )
          const rank = Math.max(shape.length, counts.length)
          const whole = [...new Array<number>(rank - shape.length).fill(1), ...shape]
          const all = [...new Array<number>(rank - counts.length).fill(1), ...counts]
          expectMoved(
            shape,
            (x) => x.tile(counts),
            whole.map((n, i) => n * all[i]!),
            (index) => index.map((at, i) => at % whole[i]!).slice(rank - shape.length),
          )
          expectMoved(
            shape,
            (x) => x.flatten(),
            [count(shape)],
            ([at]) => indices(shape)[at!]!,
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  test('stack puts tensors next to each other along a new axis', () => {
    const cases = shapes(0).chain((shape) =>
      fc.tuple(fc.constant(shape), fc.nat(shape.length), fc.integer({ min: 1, max: 4 }), fc.boolean()),
    )
    fc.assert(
      fc.property(cases, ([shape, axis, parts, back]) => {
        const names = Array.from({ length: parts }, (_, i) => `x${i}`)
        const inputs = Object.fromEntries(names.map((name, i) => [name, numbers(count(shape), i + 1)]))
        const specs = Object.fromEntries(names.map((name) => [name, f32(...shape)]))
        const given = back ? axis - shape.length - 1 : axis
        const body = (all: { [name: string]: Wide }) =>
          stack(
            names.map((name) => all[name]!),
            given,
          )
        const found = result(specs, body as never, inputs)
        const to = shape.toSpliced(axis, 0, parts)
        expect(found.dims).toEqual(to)
        expect(found.elements).toEqual(
          indices(to).map((index) => inputs[`x${index[axis]}`]![flat(shape, index.toSpliced(axis, 1))]),
        )
      }),
      { numRuns: 40 },
    )
  })

  test('gradients agree with finite differences', () => {
    const x = numbers(24)
    const all = ({ x }: { x: Tensor<[2, 3, 4]> }) => {
      const turned = x.permute([2, 0, 1]).transpose().flip([0, -1]).roll(-5, 0)
      const wide = turned.expand(2).broadcastTo([4, 3, 5, 2]).repeat(2, 1).tile([2, 1, 1, 3])
      const scaled = wide.mul(iotaLike(wide)).flatten()
      return stack([scaled, scaled.mul(2)], 1).sum(0)
    }
    expectGradient({ x: [2, 3, 4] }, all as never, { x })
  })
  const iotaLike = (x: AnyTensor) =>
    linspace(0.1, 1, count(x.shape as number[])).reshape(x.shape as number[]) as unknown as Tensor<[8, 6, 5, 6]>
})

describe('names', () => {
  test('are kept where the dims are', () => {
    const { outputs } = tracing(
      { x: f32('n', 1, 2) },
      ({ x }) => [
        is<Tensor<['n', 2]>>()(x.squeeze()),
        is<Tensor<['n', 2]>>()(x.squeeze(-2)),
        is<Tensor<[2, 1, 'n']>>()(x.permute([-1, 1, 0])),
        is<Tensor<['n', 2, 1]>>()(x.transpose()),
        is<Tensor<[3, 'n', 4, 2]>>()(x.broadcastTo([3, 'n', 4, 2])),
        is<Tensor<['n', 1, 2]>>()(x.flip().roll(1, 0)),
        is<Tensor<['n', 3, 2]>>()(x.repeat(3, 1)),
        is<Tensor<['n', 3, 4]>>()(x.tile([1, 3, 2])),
        is<Tensor<['n']>>()(x.sum(2).flatten()),
        is<Tensor<[number]>>()(x.flatten()),
        is<Tensor<['n', 2, 1, 2]>>()(stack([x, x], 1)),
        is<Tensor<['n+3', 1, 2]>>()(x.pad([[1, 2], 0, 0])),
      ],
      { n: 3 },
    )
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      ['n', 2],
      ['n', 2],
      [2, 1, 'n'],
      ['n', 2, 1],
      [3, 'n', 4, 2],
      ['n', 1, 2],
      ['n', 3, 2],
      ['n', 3, 4],
      ['n'],
      [6],
      ['n', 2, 1, 2],
      ['n+3', 1, 2],
    ])
  })
  test('a name of size 1 is not squeezed', () => {
    expect(tracing({ x: f32('n', 1) }, ({ x }) => x.squeeze(), { n: 1 }).outputs).toMatchObject({ dims: ['n'] })
    expect(() => tracing({ x: f32('n', 1) }, ({ x }) => x.squeeze(0 as 1), { n: 1 })).toThrow(
      'shape error: squeeze: axis 0 of [n, 1] is n, not 1',
    )
  })
  test('code that is generic in its sizes needs no casts', () => {
    const turned = <N extends string, D extends number>(x: Tensor<[N, D]>) => {
      const there: Tensor<[D, N]> = x.transpose()
      const back: Tensor<[N, D]> = there.permute([1, 0]).flip(0).roll(1, 1).expand(1).squeeze(1)
      const twice: Tensor<[2, N, D]> = stack([x, back])
      const wide: Tensor<[N, 1, D]> = x.expand(1).broadcastTo(x.expand(1).shape)
      return [there, twice, wide.slice([null]).pad([0, 0, 0])]
    }
    const { outputs } = tracing({ x: f32('n', 3) }, ({ x }) => turned(x), { n: 2 })
    expect((outputs as readonly Leaf[]).map(({ dims }) => dims)).toEqual([
      [3, 'n'],
      [2, 'n', 3],
      ['n', 1, 3],
    ])
  })
})

describe('what is computed from its index', () => {
  test('tril and triu part a matrix along a diagonal', () => {
    const cases = fc.tuple(shapes(2), fc.integer({ min: -5, max: 5 }))
    fc.assert(
      fc.property(cases, ([shape, diagonal]) => {
        const x = numbers(count(shape))
        const below = (index: readonly number[]) => index.at(-1)! - index.at(-2)! <= diagonal
        const above = (index: readonly number[]) => index.at(-1)! - index.at(-2)! >= diagonal
        const body = ({ x }: { x: Wide }) => [x.tril(diagonal), x.triu(diagonal)]
        const expected = [below, above].map((keeps) => indices(shape).map((index, i) => (keeps(index) ? x[i]! : 0)))
        expect(runBody({ x: f32(...shape) }, body as never, { x })).toEqual(expected)
      }),
      { numRuns: 40 },
    )
    const mask = runBody({ m: bool(2, 2) }, ({ m }) => m.tril(), { m: [1, 1, 1, 1] })
    expect(mask).toEqual([1, 0, 1, 1])
    expectGradient({ x: [2, 3, 3] }, (({ x }: { x: Tensor<[2, 3, 3]> }) => x.tril(-1).add(x.triu())) as never, {
      x: numbers(18),
    })
  })

  test('eye has ones on its diagonal', () => {
    const body = () => [eye(2), eye('n', 2, 'i32'), eye(1, 3, 'bool'), eye(0)] as const
    is<() => readonly [Tensor<[2, 2]>, Tensor<['n', 2], 'i32'>, Tensor<[1, 3], 'bool'>, Tensor<[0, 0]>]>()(body)
    expect(runBody({ x: f32('n') }, body, { x: [0, 0, 0] }, { n: 3 })).toEqual([
      [1, 0, 0, 1],
      [1, 0, 0, 1, 0, 0],
      [1, 0, 0],
      [],
    ])
  })

  test('linspace has both ends', () => {
    const ends = fc.double({ min: -5, max: 5, noNaN: true })
    fc.assert(
      fc.property(ends, ends, fc.integer({ min: 0, max: 9 }), (start, stop, n) => {
        const found = runBody({}, () => linspace(start, stop, n), {}) as number[]
        const expected = Array.from({ length: n }, (_, i) => (n === 1 ? start : start + (i * (stop - start)) / (n - 1)))
        closeTo(found, expected, 1e-14)
        if (n > 1) expect([found[0]! + 0, found.at(-1)! + 0]).toEqual([start + 0, stop + 0])
      }),
    )
    expect(
      runBody({ x: f32('n') }, () => is<Tensor<['n']>>()(linspace(0, 1, 'n')), { x: [0, 0, 0] }, { n: 3 }),
    ).toEqual([0, 0.5, 1])
  })

  test('tensor takes nested lists', () => {
    const body = () => [
      is<Tensor<[2, 3]>>()(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ),
      is<Tensor<[]>>()(tensor(-1.5)),
      is<Tensor<[2], 'bool'>>()(tensor([true, false])),
      is<Tensor<[2, 1], 'i32'>>()(tensor([[-7], [8]], 'i32')),
      is<Tensor<[0]>>()(tensor([])),
      is<Tensor<[number]>>()(tensor([1, 2] as number[])),
      is<Tensor<[2], 'u32'>>()(tensor([true, false], 'u32')),
    ]
    expect(runBody({}, body, {})).toEqual([[1, 2, 3, 4, 5, 6], [-1.5], [1, 0], [-7, 8], [], [1, 2], [1, 0]])
    expect((tracing({}, body).outputs as readonly Leaf[]).map(({ dims, dtype }) => [dims, dtype])).toEqual([
      [[2, 3], 'f32'],
      [[], 'f32'],
      [[2], 'bool'],
      [[2, 1], 'i32'],
      [[0], 'f32'],
      [[2], 'f32'],
      [[2], 'u32'],
    ])
    expect(() => tracing({}, () => tensor([0.5], 'i32'))).toThrow('dtype error: tensor: 0.5 is not of i32')
    expect(() => tracing({}, () => tensor(new Array<number>(65).fill(0)))).toThrow('make them an input')
    expect(() => tracing({}, () => tensor([undefined] as never))).toThrow('undefined is not a number')
  })
})

describe('keys are moved whole', () => {
  // The words of key i are 2 i and 2 i + 1.
  const words = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
  const of = (body: (keys: Tensor<[2, 3], 'key'>) => AnyTensor | readonly AnyTensor[]) =>
    runBody(
      { a: key(), b: key(), c: key(), d: key(), e: key(), f: key(), at: i32(2), along: i32(2, 1) },
      ({ a, b, c, d, e, f }) => {
        const rows: readonly (readonly Key[])[] = [
          [a, b, c],
          [d, e, f],
        ]
        return body(stack(rows.map((row) => stack(row))) as unknown as Tensor<[2, 3], 'key'>)
      },
      Object.fromEntries([
        ...['a', 'b', 'c', 'd', 'e', 'f'].map((name, i) => [name, [2 * i, 2 * i + 1]]),
        ['at', [1, 0]],
        ['along', [2, 0]],
      ]),
    )
  const keys = (...which: number[]) => which.flatMap((i) => [2 * i, 2 * i + 1])

  test('by every way of putting elements elsewhere', () => {
    expect(of((k) => k)).toEqual(words)
    expect(of((k) => k.transpose())).toEqual(keys(0, 3, 1, 4, 2, 5))
    expect(of((k) => k.permute([-1, 0]))).toEqual(keys(0, 3, 1, 4, 2, 5))
    expect(of((k) => k.flip(1))).toEqual(keys(2, 1, 0, 5, 4, 3))
    expect(of((k) => k.flip())).toEqual(keys(5, 4, 3, 2, 1, 0))
    expect(of((k) => k.roll(1, 1))).toEqual(keys(2, 0, 1, 5, 3, 4))
    expect(of((k) => k.slice([1, [0, null, 2]]))).toEqual(keys(3, 5))
    expect(of((k) => k.slice([-1, 1]))).toEqual(keys(4))
    expect(of((k) => k.split(3, 1))).toEqual([keys(0, 3), keys(1, 4), keys(2, 5)])
    expect(of((k) => k.split([1, 1])[1])).toEqual(keys(3, 4, 5))
    expect(
      of((k) =>
        k
          .flatten()
          .repeat(2, 0)
          .slice([[0, 4]]),
      ),
    ).toEqual(keys(0, 0, 1, 1))
    expect(of((k) => k.slice([0]).tile([2, 2]))).toEqual(keys(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2))
    expect(of((k) => k.slice([1, 2]).broadcastTo([3]))).toEqual(keys(5, 5, 5))
    expect(of((k) => k.expand(1).squeeze(1).flatten())).toEqual(words)
    expect(of((k) => concat([k, k], 1))).toEqual(keys(0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5))
    expect(of((k) => k.take(tensor([1, 0, 1], 'i32')))).toEqual(keys(3, 4, 5, 0, 1, 2, 3, 4, 5))
    expect(of((k) => k.takeAlong(tensor([[2], [0]], 'i32'), 1))).toEqual(keys(2, 3))
    expect(of((k) => k.takeAlong(tensor([[1, 0, 1]], 'i32'), 0))).toEqual(keys(3, 1, 5))
  })

  test('one taken out of a stack makes what it made before', () => {
    const body = ({ k }: { k: Key }) => {
      const parts = splitKey(k, 3)
      return [parts[1], stack(parts).slice([1])]
    }
    const [direct, taken] = runBody({ k: key() }, body, { k: [7, 9] }) as [number[], number[]]
    expect(taken).toEqual(direct)
  })
})
