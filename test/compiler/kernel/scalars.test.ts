import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Expr, Variable } from '../../../compiler/kernel/expr.ts'
import { Scalars } from '../../../compiler/kernel/scalars.ts'

/** An address as it is written, before anything is made simpler. */
type Address =
  | { readonly kind: 'index'; readonly which: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'add' | 'sub'; readonly a: Address; readonly b: Address }
  | { readonly kind: 'mul' | 'div' | 'rem'; readonly a: Address; readonly by: number }

const extents = [6, 4, 3]

const { address } = fc.letrec<{ address: Address }>((tie) => ({
  address: fc.oneof(
    { maxDepth: 6 },
    fc.record({ kind: fc.constant('index' as const), which: fc.nat(extents.length - 1) }),
    fc.record({ kind: fc.constant('number' as const), value: fc.nat(5) }),
    fc.record({ kind: fc.constantFrom('add' as const, 'sub' as const), a: tie('address'), b: tie('address') }),
    fc.record({
      kind: fc.constantFrom('mul' as const, 'div' as const, 'rem' as const),
      a: tie('address'),
      by: fc.integer({ min: 1, max: 6 }),
    }),
  ),
}))

function made(s: Scalars, indices: readonly Variable[], of: Address): Expr {
  switch (of.kind) {
    case 'index':
      return indices[of.which]!
    case 'number':
      return s.index(of.value)
    case 'add':
    case 'sub':
      return s[of.kind](made(s, indices, of.a), made(s, indices, of.b))
    default:
      return s[of.kind](made(s, indices, of.a), s.index(of.by))
  }
}

const arithmetic = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => Math.trunc(a / b),
  rem: (a: number, b: number) => a % b,
}

function written(of: Address, at: readonly number[]): number {
  if (of.kind === 'index') return at[of.which]!
  if (of.kind === 'number') return of.value
  return arithmetic[of.kind](written(of.a, at), 'b' in of ? written(of.b, at) : of.by)
}

function computed(expr: Expr, at: ReadonlyMap<string, number>): number {
  if (expr.kind === 'constant') return expr.value
  if (expr.kind === 'variable') return at.get(expr.name)!
  if (expr.kind !== 'apply') throw new Error(`an address has no ${expr.kind}`)
  const [a, b] = expr.args.map((arg) => computed(arg, at))
  return arithmetic[expr.op as keyof typeof arithmetic](a!, b!)
}

/** Every point of the extents. */
const points = extents.reduce<readonly (readonly number[])[]>(
  (some, extent) => some.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i])),
  [[]],
)

test('simplified addresses are the same numbers, and within the range that is claimed for them', () => {
  fc.assert(
    fc.property(address, (of) => {
      const s = new Scalars()
      const indices = extents.map((extent) => s.loop('i', extent))
      const expr = made(s, indices, of)
      const [low, high] = s.range(expr)
      for (const point of points) {
        const value = computed(expr, new Map(indices.map((index, i) => [index.name, point[i]!])))
        expect(value + 0).toBe(written(of, point) + 0)
        expect(value).toBeGreaterThanOrEqual(low)
        expect(value).toBeLessThanOrEqual(high)
      }
    }),
    { numRuns: 1000 },
  )
})
