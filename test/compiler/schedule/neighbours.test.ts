import { describe, expect, test } from 'vitest'
import type { Expr, Load } from '../../../compiler/kernel/expr.ts'
import { Scalars } from '../../../compiler/kernel/scalars.ts'
import { firstOfFour, followEachOther } from '../../../compiler/schedule/neighbours.ts'
import { widen } from '../../../compiler/schedule/widen.ts'
import type { AnyProgram } from '../../../dsl/index.ts'
import { concat, f32, program } from '../../../index.ts'
import * as fc from '../../fc.ts'
import { compileProgram } from '../fuse/compile-program.ts'
import { lanesOf } from './lanes-interpreter.ts'

const at = (expr: Expr, ...variables: readonly (readonly [Expr, number])[]): readonly number[] =>
  lanesOf(expr, {
    load: (_, index) => index,
    variables: new Map(variables.map(([variable, value]) => [(variable as { name: string }).name, [value]])),
  })

/** Often a multiple of four. */
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min, max }),
    fc.integer({ min: Math.ceil(min / 4), max: Math.floor(max / 4) }).map((n) => 4 * n),
  )
const stretches = fc.record({
  size: between(1, 12),
  shift: between(-12, 12),
  inner: between(1, 12),
  more: between(-12, 12),
  factor: between(1, 8),
  twice: fc.boolean(),
})

describe('four elements of what stands between others', () => {
  test('are those at the four places, or are beyond it all together; what is loaded is always of the axis', () => {
    let [together, apart] = [0, 0]
    fc.assert(
      fc.property(stretches, ({ size, shift, inner, more, factor, twice }) => {
        const s = new Scalars()
        const [i, j, base] = [s.loop('i', 24), s.loop('j', 3), s.loop('b', 24)]
        const place = s.add(s.add(i, s.mul(j, s.index(factor))), s.index(shift))
        const once = s.apply('within', [place, s.index(size - 1)])
        const index = twice ? s.apply('within', [s.add(once, s.index(more)), s.index(inner - 1)]) : once
        const last = twice ? inner : size
        const address = s.add(s.mul(j, s.index(last)), index)
        if (!followEachOther(s, address, i)) {
          apart++
          return
        }
        together++
        const first = firstOfFour(s, address, i, base)
        for (let b = 0; b < 24; b += 4)
          for (let row = 0; row < 3; row++) {
            const [from] = at(first, [base, b], [j, row]) as [number]
            expect(from).toBeGreaterThanOrEqual(row * last)
            expect(from + 3).toBeLessThan((row + 1) * last)
            for (let lane = 0; lane < 4; lane++) {
              const x = b + lane + row * factor + shift
              const y = twice ? x + more : x
              const isUsed = x >= 0 && x < size && y >= 0 && y < last
              if (isUsed) expect(from + lane).toBe(row * last + y)
            }
          }
      }),
      { numRuns: 1000 },
    )
    expect(Math.min(together, apart)).toBeGreaterThan(20)
  })

  test('are one load where their place and size are multiples of four, else four', () => {
    const s = new Scalars()
    const [i, base] = [s.loop('i', 24), s.loop('b', 24)]
    const read = (shift: number, size: number) =>
      widen(s, s.load(0, 'f32', s.apply('within', [s.sub(i, s.index(shift)), s.index(size - 1)])), i, base)
    expect(read(8, 12)).toBe(s.load(0, 'f32', s.apply('within', [s.sub(base, s.index(8)), s.index(8)]), 4))
    for (const [shift, size] of [
      [6, 12],
      [8, 10],
    ] as const)
      expect((read(shift, size) as { op?: string }).op).toBe('pack')
  })
})

describe('kernels load by fours', () => {
  const half = f32('n', 32)
  const programs = {
    'a concat': program({ a: half, b: half }, ({ a, b }) => concat([a, b], 1).mul(2)),
    'sums of a concat': program({ a: half, b: half }, ({ a, b }) => concat([a, b], 1).square().sum(1)),
    'halves of rows that change places': program({ a: half }, ({ a }) => {
      const [x, y] = a.split(2, 1)
      return concat([y.neg(), x], 1).add(a)
    }),
    padding: program({ a: half }, ({ a }) => a.pad([0, [8, 24]]).mul(3)),
    'a concat of what is padded': program({ a: half, b: half }, ({ a, b }) => concat([a.pad([0, [4, 4]]), b], 1).exp()),
  } as const
  const cases = (['wasm', 'wgsl'] as const).flatMap((target) =>
    Object.entries(programs).map(([name, made]) => [name, target, made as unknown as AnyProgram] as const),
  )
  test.each(cases)('of %s (%s)', (_, target, made) => {
    const { plan } = compileProgram(made, { n: 64 }, target)
    const lanes = plan.kernels.flatMap(({ nests }) => loadsIn(nests).map((load) => load.lanes))
    expect(new Set(lanes)).toEqual(new Set([4]))
  })
})

/** Every load in what some nests or statements hold. */
const loadsIn = (held: unknown): readonly Load[] => {
  if (held === null || typeof held !== 'object') return []
  const inside = Object.values(held).flatMap(loadsIn)
  return (held as { kind?: unknown }).kind === 'load' ? [held as Load, ...inside] : inside
}
