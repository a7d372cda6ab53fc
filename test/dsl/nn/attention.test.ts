import { describe, expect, test } from 'vitest'
import { bool, f32, grad, i32, type Tensor, vmap } from '../../../dsl/index.ts'
import {
  multiHeadAttention,
  rotary,
  scaledDotProductAttention,
  sinusoidal,
  timestepEmbedding,
} from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { is } from '../is.ts'
import { closeTo, numbers, runBody } from '../run.ts'
import { count, indices, read } from '../shapes.ts'

type Wide = Tensor<number[]>
type Flags = Tensor<number[], 'bool'>
const flags = (size: number, seed: number) => numbers(size, seed).map((e) => Number(e > -0.2))

interface Sizes {
  readonly n: number
  readonly m: number
  readonly d: number
  readonly e: number
}
interface Given {
  readonly q: readonly number[]
  readonly k: readonly number[]
  readonly v: readonly number[]
  readonly allowed: (i: number, j: number) => boolean
  readonly scale: number
}
/** Attention of one head by the formula, row by row. */
function direct({ n, m, d, e }: Sizes, { q, k, v, allowed, scale }: Given): number[] {
  const out: number[] = []
  for (let i = 0; i < n; i++) {
    const seen = Array.from({ length: m }, (_, j) => j).filter((j) => allowed(i, j))
    const powers = seen.map((j) => {
      let score = 0
      for (let c = 0; c < d; c++) score += q[i * d + c]! * k[j * d + c]!
      return Math.exp(scale * score)
    })
    const total = powers.reduce((a, b) => a + b, 0)
    for (let c = 0; c < e; c++) {
      const sum = seen.reduce((sum, j, at) => sum + powers[at]! * v[j * e + c]!, 0)
      out.push(seen.length === 0 ? 0 : sum / total)
    }
  }
  return out
}

const small = fc.integer({ min: 0, max: 3 })
const sizes = fc.record({ n: small, m: small, d: small, e: small })

describe('scaledDotProductAttention', () => {
  test('is the formula, with masks, causal and a scale, for each of the leading dims', () => {
    const leading = fc.constantFrom(
      { lead: [], q: [], k: [], v: [], mask: [] },
      { lead: [2], q: [2], k: [1], v: [2], mask: [] },
      { lead: [2], q: [1], k: [], v: [2], mask: [2] },
      { lead: [3, 2], q: [2], k: [3, 1], v: [], mask: [3, 1] },
      { lead: [0, 2], q: [2], k: [0, 2], v: [1], mask: [0, 1] },
    )
    const options = fc.record({ causal: fc.boolean(), masked: fc.boolean(), ownScale: fc.boolean() })
    fc.assert(
      fc.property(sizes, leading, options, fc.nat(999), (at, leads, { causal, masked, ownScale }, seed) => {
        const { n, m, d, e } = at
        const shapes = { q: [...leads.q, n, d], k: [...leads.k, m, d], v: [...leads.v, m, e] }
        const [q, k, v] = Object.values(shapes).map((shape, i) => numbers(count(shape), seed + i)) as [
          number[],
          number[],
          number[],
        ]
        const maskShape = [...leads.mask, n, m]
        const mask = flags(count(maskShape), seed + 3)
        const scale = ownScale ? 0.7 : 1 / Math.sqrt(d)
        const specs = { q: f32(...shapes.q), k: f32(...shapes.k), v: f32(...shapes.v), mask: bool(...maskShape) }
        const found = runBody(
          specs,
          ({ q, k, v, mask }: { q: Wide; k: Wide; v: Wide; mask: Flags }) =>
            scaledDotProductAttention(q, k, v, {
              causal,
              ...(masked ? { mask } : {}),
              ...(ownScale ? { scale } : {}),
            }),
          { q, k, v, mask },
        )
        const expected = indices(leads.lead).flatMap((lead) => {
          const part = (x: readonly number[], shape: readonly number[]) =>
            indices(shape.slice(-2)).map((place) => read(x, shape, [...lead, ...place]))
          return direct(at, {
            q: part(q!, shapes.q),
            k: part(k!, shapes.k),
            v: part(v!, shapes.v),
            scale: d === 0 ? 1 : scale,
            allowed: (i, j) => (!causal || j <= i) && (!masked || read(mask, maskShape, [...lead, i, j]) === 1),
          })
        })
        closeTo(found, expected, 1e-12)
      }),
      { numRuns: 150 },
    )
  })

  test('has types of its own: named dims, leading dims that broadcast', () => {
    const specs = { q: f32('b', 'n', 4), k: f32('m', 4), v: f32('b', 'm', 5), mask: bool('n', 'm') }
    const body = ({
      q,
      k,
      v,
      mask,
    }: {
      q: Tensor<['b', 'n', 4]>
      k: Tensor<['m', 4]>
      v: Tensor<['b', 'm', 5]>
      mask: Tensor<['n', 'm'], 'bool'>
    }) => is<Tensor<['b', 'n', 5]>>()(scaledDotProductAttention(q, k, v, { mask }))
    const inputs = { q: numbers(24), k: numbers(8), v: numbers(20), mask: [1, 1, 1, 1, 1, 1] }
    expect(runBody(specs, body, inputs, { b: 2, n: 3, m: 2 })).toHaveLength(30)
  })

  test('stands scores of 1e4, and a row that sees nothing has no gradient', () => {
    const specs = { q: f32(2, 1), k: f32(2, 1), v: f32(2, 1), mask: bool(2, 2) }
    type In = { q: Tensor<[2, 1]>; k: Tensor<[2, 1]>; v: Tensor<[2, 1]>; mask: Tensor<[2, 2], 'bool'> }
    const body = ({ q, k, v, mask }: In) => {
      const f = (q: Tensor<[2, 1]>, k: Tensor<[2, 1]>, v: Tensor<[2, 1]>) =>
        scaledDotProductAttention(q, k, v, { mask }).square().sum()
      return {
        value: scaledDotProductAttention(q, k, v, { mask }),
        q: grad(f)(q, k, v),
        k: grad(f, { argument: 1 })(q, k, v),
        v: grad(f, { argument: 2 })(q, k, v),
      }
    }
    const large = runBody(specs, body, { q: [100, -100], k: [100, -100], v: [1, 2], mask: [1, 1, 1, 1] })
    closeTo(large, { value: [1, 2], q: [0, 0], k: [0, 0], v: [2, 4] }, 1e-12)
    // What may not be seen does not push the others below the least number.
    const hidden = runBody(specs, body, { q: [100, 0], k: [100, 1], v: [1, 2], mask: [0, 1, 1, 1] })
    closeTo((hidden as { value: number[] }).value, [2, 1.5], 1e-12)
    const blind = runBody(specs, body, { q: [3, 1], k: [1, 2], v: [5, 7], mask: [0, 0, 1, 0] })
    expect(blind).toEqual({ value: [0, 5], q: [0, 0], k: [0, 0], v: [10, 0] })
  })

  test('has no dependence on what may not be seen: its gradient is exactly 0', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.nat(999), (n, seed) => {
        const specs = { x: f32(n, 2), w: f32(n) }
        const body = ({ x, w }: { x: Wide; w: Wide }) => {
          const f = (x: Wide) =>
            (scaledDotProductAttention(x, x.mul(2), x, { causal: true }) as Wide).sum(1).mul(w).sum() as Tensor<[]>
          return grad(f)(x)
        }
        for (let i = 0; i < n; i++) {
          const w = Array.from({ length: n }, (_, row) => Number(row === i))
          const found = runBody(specs, body as never, { x: numbers(2 * n, seed), w }) as number[]
          expect(found.slice(2 * (i + 1)).every((slope) => slope === 0)).toBe(true)
          expect(found.slice(2 * i, 2 * (i + 1)).some((slope) => slope !== 0)).toBe(true)
        }
      }),
      { numRuns: 15 },
    )
  })
})

describe('multiHeadAttention', () => {
  const names = ['query', 'key', 'value', 'output'] as const
  const paramsOf = (params: object, seed: number) => {
    let next = seed
    const tree = params as { [name: string]: { [leaf: string]: { shape: readonly number[] } } }
    return Object.fromEntries(
      Object.entries(tree).map(([name, part]) => [
        name,
        Object.fromEntries(Object.entries(part).map(([leaf, { shape }]) => [leaf, numbers(count(shape), next++)])),
      ]),
    ) as { [K in (typeof names)[number]]: { weight: number[]; bias?: number[] } }
  }
  /** x [n, i] by weight [i, o] plus bias. */
  const linear = (x: readonly number[], { weight, bias }: { weight: number[]; bias?: number[] }, i: number) => {
    const [n, o] = [x.length / i, weight.length / i]
    return Array.from({ length: n * o }, (_, at) => {
      const [row, column] = [Math.floor(at / o), at % o]
      let sum = bias?.[column] ?? 0
      for (let c = 0; c < i; c++) sum += x[row * i + c]! * weight[c * o + column]!
      return sum
    })
  }
  const columns = (x: readonly number[], width: number, from: number, to: number) =>
    x.filter((_, at) => at % width >= from && at % width < to)

  test('is the formula head by head: self and cross, causal, masked, with and without bias', () => {
    const cases = fc.record({
      heads: fc.constantFrom(1, 2, 3),
      d: fc.constantFrom(1, 2),
      n: fc.integer({ min: 1, max: 3 }),
      m: fc.integer({ min: 1, max: 3 }),
      memoryWidth: fc.integer({ min: 1, max: 3 }),
      cross: fc.boolean(),
      causal: fc.boolean(),
      masked: fc.boolean(),
      bias: fc.boolean(),
      seed: fc.nat(999),
    })
    fc.assert(
      fc.property(cases, ({ heads, d, n, m, memoryWidth, cross, causal, masked, bias, seed }) => {
        const width = heads * d
        const options = { causal, bias, ...(cross ? { crossWidth: memoryWidth } : {}) }
        const layer = multiHeadAttention(width, heads as 1, options) as ReturnType<typeof multiHeadAttention<6, 3>>
        const from = cross ? memoryWidth : width
        const rows = cross ? m : n
        const given = paramsOf(layer.params, seed)
        const [x, other] = [numbers(2 * n * width, seed + 20), numbers(rows * from, seed + 21)]
        const mask = flags(2 * n * rows, seed + 22)
        const specs = {
          params: layer.params,
          x: f32(2, n, width),
          memory: f32(...(cross ? [rows, from] : [2, n, width])),
          mask: bool(2, n, rows),
        }
        const memory = cross ? other : x
        const found = runBody(
          specs as never,
          ({ params, x, memory, mask }: { params: never; x: never; memory: never; mask: never }) =>
            cross || masked ? layer.attend(params, x, memory, masked ? { mask } : {}) : layer.apply(params, x),
          { params: given, x, memory, mask } as never,
        )
        const expected = [0, 1].flatMap((b) => {
          const own = x.slice(b * n * width, (b + 1) * n * width)
          const seen = cross ? other : own
          const [q, k, v] = [
            linear(own, given.query, width),
            linear(seen, given.key, from),
            linear(seen, given.value, from),
          ]
          const perHead = Array.from({ length: heads }, (_, h) => {
            const cut = (y: readonly number[]) => columns(y, width, h * d, (h + 1) * d)
            return direct(
              { n, m: rows, d, e: d },
              {
                q: cut(q),
                k: cut(k),
                v: cut(v),
                scale: 1 / Math.sqrt(d),
                allowed: (i, j) => (!causal || j <= i) && (!masked || mask[(b * n + i) * rows + j] === 1),
              },
            )
          })
          const joined = Array.from({ length: n * width }, (_, at) => {
            const [i, c] = [Math.floor(at / width), at % width]
            return perHead[Math.floor(c / d)]![i * d + (c % d)]!
          })
          return linear(joined, given.output, width)
        })
        closeTo(found, expected, 1e-11)
      }),
      { numRuns: 60 },
    )
  })

  const width = 4
  const specsOf = (layer: { params: object }, n: number) => ({ params: layer.params, x: f32(n, width) }) as never
  type Body = (given: { params: never; x: never }) => unknown
  const orders = fc.integer({ min: 1, max: 4 }).chain((n) =>
    fc.shuffledSubarray(
      Array.from({ length: n }, (_, i) => i),
      { minLength: n, maxLength: n },
    ),
  )

  test('without positions it does not care about the order of rows; with rotary ones it does', () => {
    const rows = (x: readonly number[], order: readonly number[]) =>
      order.flatMap((row) => x.slice(row * width, (row + 1) * width))
    const plain = multiHeadAttention(width, 2)
    const turned = multiHeadAttention(width, 2, { rotary: true })
    fc.assert(
      fc.property(orders, fc.nat(999), (order, seed) => {
        const x = numbers(order.length * width, seed)
        const params = paramsOf(plain.params, seed + 1)
        const run = (layer: typeof plain, x: number[]) => {
          const body: Body = ({ params, x }) => layer.apply(params, x)
          return runBody(specsOf(layer, order.length), body as never, { params, x } as never) as number[]
        }
        closeTo(run(plain, rows(x, order)), rows(run(plain, x), order), 1e-12)
      }),
    )
    const x = numbers(3 * width, 5)
    const body: Body = ({ params, x }) => turned.apply(params, x)
    const run = (x: number[]) =>
      runBody(specsOf(turned, 3), body as never, { params: paramsOf(turned.params, 6), x } as never) as number[]
    const [found, same] = [run(rows(x, [2, 1, 0])), rows(run(x), [2, 1, 0])]
    expect(Math.max(...found.map((e, i) => Math.abs(e - same[i]!)))).toBeGreaterThan(1e-3)
  })

  test('with rotary positions it is attention between turned queries and keys', () => {
    const layer = multiHeadAttention(width, 2, { rotary: 50, causal: true })
    const n = 4
    const body = ({ params, x }: { params: { [name: string]: { weight: Wide; bias: Wide } }; x: Wide }) => {
      const heads = (name: string) =>
        (x.matmul(params[name]!.weight) as Wide).add(params[name]!.bias).reshape([n, 2, 2]).permute([1, 0, 2]) as Wide
      const turn = (y: Wide) => rotary(y, undefined, { base: 50 })
      const mixed = scaledDotProductAttention(turn(heads('query')), turn(heads('key')), heads('value'), {
        causal: true,
      }) as Wide
      const joined = mixed.permute([1, 0, 2]).reshape([n, width]) as Wide
      const expected = (joined.matmul(params.output!.weight) as Wide).add(params.output!.bias)
      return { expected, found: layer.apply(params as never, x as never) }
    }
    const found = runBody(
      specsOf(layer, n),
      body as never,
      {
        params: paramsOf(layer.params, 3),
        x: numbers(n * width, 4),
      } as never,
    ) as { expected: number[]; found: number[] }
    closeTo(found.found, found.expected, 1e-12)
  })

  test('has types: leading dims, a memory of its own width, and no apply where that is given', () => {
    const self = multiHeadAttention(8, 2)
    const cross = multiHeadAttention(8, 2, { crossWidth: 3, bias: false })
    const specs = { self: self.params, cross: cross.params, x: f32('b', 'n', 8), memory: f32('m', 3) }
    const found = runBody(
      specs,
      ({ self: p, cross: q, x, memory }) => {
        is<Tensor<[3, 8]>>()(q.key.weight)
        is<Tensor<['b', 'n', 8]>>()(self.attend(p, x, x))
        return {
          x: is<Tensor<['b', 'n', 8]>>()(self.apply(p, x)),
          y: is<Tensor<['b', 'n', 8]>>()(cross.attend(q, x, memory)),
        }
      },
      {
        self: paramsOf(self.params, 1),
        cross: paramsOf(cross.params, 2),
        x: numbers(2 * 3 * 8),
        memory: numbers(4 * 3),
      } as never,
      { b: 2, n: 3, m: 4 },
    ) as { x: number[]; y: number[] }
    expect([found.x.length, found.y.length]).toEqual([48, 48])
    expect('apply' in cross).toBe(false)
  })
})

describe('rotary', () => {
  const pairings = fc.constantFrom('half', 'interleaved') as fc.Arbitrary<'half' | 'interleaved'>

  test('is the rotation of each pair by its angle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        pairings,
        fc.boolean(),
        fc.nat(999),
        (n, half, pairing, own, seed) => {
          const d = 2 * half
          const x = numbers(2 * n * d, seed)
          const positions = Array.from({ length: 2 * n }, (_, i) => (own ? (7 * i) % 5 : i % Math.max(1, n)))
          const found = runBody(
            { x: f32(2, n, d), positions: i32(2, n) },
            ({ x, positions }: { x: Wide; positions: Tensor<number[], 'i32'> }) =>
              rotary(x, own ? positions : undefined, { base: 30, pairing }),
            { x, positions },
          )
          const expected = new Array<number>(x.length)
          for (let row = 0; row < 2 * n; row++)
            for (let k = 0; k < half; k++) {
              const angle = positions[row]! * 30 ** ((-2 * k) / d)
              const [i, j] = pairing === 'half' ? [k, k + half] : [2 * k, 2 * k + 1]
              const [a, b] = [x[row * d + i]!, x[row * d + j]!]
              expected[row * d + i] = a * Math.cos(angle) - b * Math.sin(angle)
              expected[row * d + j] = a * Math.sin(angle) + b * Math.cos(angle)
            }
          closeTo(found, expected, 1e-12)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('keeps norms, and products of two depend on how far apart they are alone', () => {
    fc.assert(
      fc.property(pairings, fc.nat(50), fc.nat(999), (pairing, shift, seed) => {
        const [q, k] = [numbers(6, seed), numbers(6, seed + 1)]
        const at = ({ q, k, p }: { q: Tensor<[1, 6]>; k: Tensor<[1, 6]>; p: Tensor<[1], 'i32'> }) => {
          const turn = (x: Tensor<[1, 6]>, by: number) => rotary(x, p.add(by), { pairing })
          return {
            score: turn(q, 3).mul(turn(k, 1)).sum(),
            norms: [turn(q, 3).square().sum(), q.square().sum()] as const,
          }
        }
        const specs = { q: f32(1, 6), k: f32(1, 6), p: i32(1) }
        const [near, far] = [0, shift].map((p) => runBody(specs, at, { q, k, p: [p] })) as [
          { score: number[]; norms: number[][] },
          { score: number[]; norms: number[][] },
        ]
        closeTo(near.score, far.score, 1e-10)
        closeTo(far.norms[0], far.norms[1], 1e-12)
      }),
      { numRuns: 30 },
    )
  })
})

describe('sinusoidal and timestepEmbedding', () => {
  test('are their formulas', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 }), fc.boolean(), (n, half, odd) => {
        const width = 2 * half + Number(odd)
        const t = numbers(n, 8)
        const found = runBody(
          { t: f32(n), one: f32() },
          ({ t, one }) => ({
            table: (sinusoidal(n, (2 * half) as 2) as unknown as Wide).mul(one),
            times: timestepEmbedding(t, width, 100),
          }),
          { t, one: 1 },
        )
        const table = indices([n, 2 * half]).map(([p, c]) => {
          const angle = p! / 10_000 ** ((2 * Math.floor(c! / 2)) / (2 * half))
          return c! % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
        })
        const times = indices([n, width]).map(([i, c]) => {
          if (c === 2 * half) return 0
          const angle = t[i!]! * Math.exp((-Math.log(100) * (c! % half)) / half)
          return c! < half ? Math.cos(angle) : Math.sin(angle)
        })
        closeTo(found, { table, times }, 1e-12)
      }),
    )
  })

  test('have types: any leading dims', () => {
    const found = runBody(
      { t: f32('n') },
      ({ t }) => ({
        one: is<Tensor<[6]>>()(vmap((t: Tensor<[]>) => is<Tensor<[6]>>()(timestepEmbedding(t, 6)))(t).sum(0)),
        all: is<Tensor<['n', 6]>>()(timestepEmbedding(t, 6)),
        table: is<Tensor<['n', 4]>>()(sinusoidal('n', 4)),
      }),
      { t: [0.1, 0.2] },
      { n: 2 },
    ) as { one: number[]; all: number[]; table: number[] }
    expect(found.table).toHaveLength(8)
    closeTo(
      found.one,
      found.all.slice(0, 6).map((e, i) => e + found.all[6 + i]!),
      1e-12,
    )
  })
})
