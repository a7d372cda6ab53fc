import { describe, expect, test } from 'vitest'
import type { Expr, Reduce, Variable } from '../../../compiler/kernel/expr.ts'
import { Scalars } from '../../../compiler/kernel/scalars.ts'
import { reductionsIn } from '../../../compiler/schedule/reductions.ts'
import { blockReduce, widen, widenReduce } from '../../../compiler/schedule/widen.ts'
import * as fc from '../../fc.ts'
import { uniforms } from '../random.ts'
import { lanesOf } from './lanes-interpreter.ts'
import { memory, randomExpr, swap } from './random-expr.ts'

const evaluated = (expr: Expr, at: readonly (readonly [Variable, number])[] = []): readonly number[] => {
  const variables = new Map(at.map(([{ name }, value]) => [name, [value]]))
  return lanesOf(expr, { load: memory, variables, functions: new Map([[swap.name, swap]]) }, new Map())
}

describe('an expression in four lanes', () => {
  test('is, in lane l from base b, the expression at b + l', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const s = new Scalars()
        const [i, j] = [s.loop('i', 11), s.loop('j', 3)]
        const expr = randomExpr(s, uniforms(seed), [i, j])
        const base = s.loop('b', 8)
        const wide = widen(s, expr, i, base)
        expect(wide.lanes).toBe(s.free(expr).has(i) ? 4 : 1)
        for (let b = 0; b < 8; b += 3) {
          const lanes = evaluated(wide, [
            [base, b],
            [j, b % 3],
          ])
          const alone = [0, 1, 2, 3].map(
            (lane) =>
              evaluated(expr, [
                [i, b + lane],
                [j, b % 3],
              ])[0]!,
          )
          expect(lanes).toEqual(wide.lanes === 4 ? alone : alone.slice(0, 1))
        }
      }),
      { numRuns: 120 },
    )
  })

  test('loads neighbours at once, others one by one, and what does not change once', () => {
    const s = new Scalars()
    const [i, j, base] = [s.loop('i', 12), s.loop('j', 3), s.loop('b', 9)]
    const read = (index: Expr) => widen(s, s.load(0, 'f32', index), i, base)
    expect(read(s.add(s.mul(j, s.index(12)), i))).toBe(s.load(0, 'f32', s.add(s.mul(j, s.index(12)), base), 4))
    const apart = s.mul(i, s.index(2))
    expect(read(apart)).toBe(
      s.apply(
        'pack',
        [0, 2, 4, 6].map((offset) => s.load(0, 'f32', s.add(s.mul(base, s.index(2)), s.index(offset)))),
      ),
    )
    expect(read(j)).toBe(s.load(0, 'f32', j))
    expect(widen(s, s.cast(i, 'f32'), i, base)).toBe(s.cast(s.apply('ramp', [base]), 'f32'))
  })
})

const sumOf = (s: Scalars, op: Reduce['op'], over: readonly Variable[], body: Expr): Expr & Reduce =>
  s.reduce(op, over, body) as Reduce

/**
 * How far two orders of a sum of less than a thousand terms may differ in float64: a thousand roundings of the sum of
 * their sizes.
 */
const roundingOf = (s: Scalars, { over, body }: Reduce, at: readonly (readonly [Variable, number])[] = []): number =>
  1000 * 2 ** -53 * evaluated(sumOf(s, 'add', over, s.apply('abs', [body])), at)[0]!

describe('a sum or maximum four terms at a time', () => {
  test('is the sum or maximum, whatever its length', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(21), fc.constantFrom('add' as const, 'max' as const), (seed, length, op) => {
        const s = new Scalars()
        const [i, k] = [s.loop('i', 4), s.loop('k', length)]
        const plain = sumOf(s, op, [k], randomExpr(s, uniforms(seed), [i, k], 2))
        const wide = widenReduce(s, plain)
        expect(wide.lanes).toBe(1)
        for (const at of [0, 3]) {
          const [expected, got] = [evaluated(plain, [[i, at]])[0]!, evaluated(wide, [[i, at]])[0]!]
          if (op === 'max') expect(got).toBe(expected)
          else expect(Math.abs(got - expected)).toBeLessThanOrEqual(roundingOf(s, plain, [[i, at]]))
        }
      }),
      { numRuns: 120 },
    )
  })

  test('takes whole fours in lanes and the rest alone', () => {
    const s = new Scalars()
    const lengths = (length: number) => {
      const k = s.loop('k', length)
      const made = reductionsIn([widenReduce(s, sumOf(s, 'add', [k], s.load(0, 'f32', k)))])
      return made.map(({ lanes, over }) => [lanes, over[0]!.extent])
    }
    expect(lengths(3)).toEqual([[1, 3]])
    expect(lengths(4)).toEqual([[4, 1]])
    expect(lengths(11)).toEqual([
      [4, 2],
      [1, 3],
    ])
  })

  test('is left alone over several indices', () => {
    const s = new Scalars()
    const [j, k] = [s.loop('j', 8), s.loop('k', 8)]
    const plain = sumOf(s, 'add', [j, k], s.load(0, 'f32', s.add(s.mul(j, s.index(8)), k)))
    expect(widenReduce(s, plain)).toBe(plain)
  })
})

describe('a long sum as a sum of block sums', () => {
  const longest = 16

  test('is the sum, whatever its length and however many indices it runs over', () => {
    const extents = fc.oneof(
      fc.tuple(fc.oneof(fc.nat(80), fc.constantFrom(255, 256, 257))),
      fc.tuple(fc.nat(7), fc.nat(40)),
      fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3 }), fc.nat(20)),
    )
    fc.assert(
      fc.property(fc.integer(), extents, (seed, extents) => {
        const s = new Scalars()
        const over = extents.map((extent) => s.loop('k', extent))
        const plain = sumOf(s, 'add', over, randomExpr(s, uniforms(seed), over, 1))
        const [expected, got] = [plain, blockReduce(s, plain, longest)].map((expr) => evaluated(expr)[0]!)
        expect(Math.abs(got! - expected!)).toBeLessThanOrEqual(roundingOf(s, plain))
      }),
      { numRuns: 120 },
    )
  })

  test('adds about as many blocks as there are terms in each, over all its indices', () => {
    const longestOf = (...extents: readonly number[]) => {
      const s = new Scalars()
      const over = extents.map((extent) => s.loop('k', extent))
      const address = over.reduce<Expr>((sum, k) => s.add(s.mul(sum, s.index(k.extent!)), k), s.index(0))
      const blocks = reductionsIn([blockReduce(s, sumOf(s, 'add', over, s.load(0, 'f32', address)), longest)])
      return Math.max(...blocks.map(({ over }) => over.reduce((n, { extent }) => n * extent!, 1)))
    }
    expect(longestOf(16)).toBe(16)
    expect(longestOf(4, 4)).toBe(16)
    for (const length of [17, 100, 1000, 4096, 262144]) {
      expect(longestOf(length)).toBeLessThanOrEqual(Math.SQRT2 * Math.sqrt(length) + 1)
      expect(longestOf(length, 16)).toBeLessThanOrEqual(Math.max(16, Math.SQRT2 * Math.sqrt(length) + 1))
      expect(longestOf(3, length)).toBeLessThanOrEqual(Math.SQRT2 * Math.sqrt(length) + 1)
    }
  })

  test('is only made where rounding matters', () => {
    const s = new Scalars()
    const k = s.loop('k', 1000)
    const most = sumOf(s, 'max', [k], s.load(0, 'f32', k))
    const count = sumOf(s, 'add', [k], s.load(0, 'u32', k))
    expect(blockReduce(s, most, longest)).toBe(most)
    expect(blockReduce(s, count, longest)).toBe(count)
  })
})
