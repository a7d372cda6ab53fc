import { describe, expect, test } from 'vitest'
import type { Expr, ScalarFunction, Variable } from '../../../compiler/kernel/expr.ts'
import { partsOf, Scalars } from '../../../compiler/kernel/scalars.ts'
import * as fc from '../../fc.ts'
import { interpret } from '../expr-interpreter.ts'

type Pair = 'add' | 'sub' | 'min' | 'max'

/** An address as it is written, before anything is made simpler. */
type Address =
  | { readonly kind: 'index'; readonly which: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: Pair; readonly a: Address; readonly b: Address }
  | { readonly kind: 'mul' | 'div' | 'rem'; readonly a: Address; readonly by: number }

const extents = [6, 4, 3]

/** Addresses of these operators; where there are several, so are the numbers that they are made with. */
const addresses = (sums: readonly Pair[], scalings: readonly ('mul' | 'div' | 'rem')[]) =>
  fc.letrec<{ address: Address }>((tie) => ({
    address: fc.oneof(
      { maxDepth: 6 },
      fc.record({ kind: fc.constant('index' as const), which: fc.nat(extents.length - 1) }),
      fc.record({ kind: fc.constant('number' as const), value: fc.nat(5) }),
      fc.record({ kind: fc.constantFrom(...sums), a: tie('address'), b: tie('address') }),
      fc.record({ kind: fc.constantFrom(...scalings), a: tie('address'), by: fc.integer({ min: 1, max: 6 }) }),
    ),
  })).address

const address = addresses(['add', 'sub', 'min', 'max'], ['mul', 'div', 'rem'])
const unsigned = addresses(['add'], ['mul', 'div', 'rem'])
const affine = addresses(['add', 'sub'], ['mul'])

function made(s: Scalars, indices: readonly Variable[], of: Address): Expr {
  switch (of.kind) {
    case 'index':
      return indices[of.which]!
    case 'number':
      return s.index(of.value)
    case 'add':
    case 'sub':
    case 'min':
    case 'max':
      return s.apply(of.kind, [made(s, indices, of.a), made(s, indices, of.b)])
    default:
      return s[of.kind](made(s, indices, of.a), s.index(of.by))
  }
}

const arithmetic = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  min: Math.min,
  max: Math.max,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => Math.trunc(a / b),
  rem: (a: number, b: number) => a % b,
}

type Point = readonly number[]

function written(of: Address, at: Point): number {
  if (of.kind === 'index') return at[of.which]!
  if (of.kind === 'number') return of.value
  return arithmetic[of.kind](written(of.a, at), 'b' in of ? written(of.b, at) : of.by) + 0
}

const valueAt = (expr: Expr, indices: readonly Variable[], at: Point): number =>
  interpret(expr, {
    load: () => Number.NaN,
    variables: new Map(indices.map((index, i) => [index.name, at[i]!])),
  }) + 0

/** Every point of the extents. */
const points = extents.reduce<readonly Point[]>(
  (some, extent) => some.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i])),
  [[]],
)

const loops = (s: Scalars): readonly Variable[] => extents.map((extent) => s.loop('i', extent))

/** The law holds of the address, as Scalars makes it, at every point: `wrong` finds where it does not. */
function atEveryPoint(
  arbitrary: fc.Arbitrary<Address>,
  law: (s: Scalars, indices: readonly Variable[], of: Address) => (point: Point) => boolean,
  numRuns = 300,
): void {
  fc.assert(
    fc.property(arbitrary, (of) => {
      const s = new Scalars()
      const holds = law(s, loops(s), of)
      expect(points.find((point) => !holds(point))).toBeUndefined()
    }),
    { numRuns },
  )
}

describe('addresses in normal form', () => {
  test('are the same numbers, and within the range that is claimed for them', () => {
    atEveryPoint(address, (s, indices, of) => {
      const expr = made(s, indices, of)
      const [low, high] = s.range(expr)
      return (point) => {
        const value = valueAt(expr, indices, point)
        return value === written(of, point) && low <= value && value <= high
      }
    })
  })

  test('grow by their stride from one value of an index to the next', () => {
    atEveryPoint(address, (s, indices, of) => {
      const expr = made(s, indices, of)
      const strides = indices.map((index) => s.stride(expr, index))
      return (point) =>
        indices.every((_, i) => {
          const next = point.with(i, point[i]! + 1)
          return (
            strides[i] === undefined || next[i] === extents[i] || written(of, next) - written(of, point) === strides[i]
          )
        })
    })
  })

  test('have a stride wherever they are sums of multiples of indices', () => {
    fc.assert(
      fc.property(affine, (of) => {
        const s = new Scalars()
        const indices = loops(s)
        const expr = made(s, indices, of)
        const slope = (i: number) => written(of, [0, 0, 0].with(i, 1)) - written(of, [0, 0, 0])
        expect(indices.map((index) => s.stride(expr, index))).toEqual([0, 1, 2].map(slope))
      }),
    )
  })

  test('have no stride where they do not grow evenly', () => {
    const s = new Scalars()
    const i = s.loop('i', 6)
    expect(s.stride(s.rem(i, s.index(4)), i)).toBeUndefined()
    expect(s.stride(s.add(i, s.div(i, s.index(4))), i)).toBeUndefined()
    expect(s.stride(s.load(0, 'i32', i), i)).toBeUndefined()
    expect(s.stride(s.load(0, 'i32', i), s.loop('j', 2))).toBe(0)
  })

  test('take other addresses for their indices, all at once', () => {
    fc.assert(
      fc.property(address, fc.tuple(unsigned, unsigned, unsigned), (of, others) => {
        const s = new Scalars()
        const indices = loops(s)
        const by = indices.map((_, i) => s.rem(made(s, indices, others[i]!), s.index(extents[i]!)))
        const changed = s.substitute(made(s, indices, of), new Map(indices.map((index, i) => [index, by[i]!])))
        const moved = (point: Point) => others.map((other, i) => written(other, point) % extents[i]!)
        expect(points.find((point) => valueAt(changed, indices, point) !== written(of, moved(point)))).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  test('are compared without being computed only where one answer is always right', () => {
    const comparisons = { less: (a: number, b: number) => a < b, lessEqual: (a: number, b: number) => a <= b } as const
    fc.assert(
      fc.property(fc.constantFrom('less' as const, 'lessEqual' as const), address, address, (op, a, b) => {
        const s = new Scalars()
        const indices = loops(s)
        const compared = s.apply(op, [made(s, indices, a), made(s, indices, b)])
        expect(compared.dtype).toBe('bool')
        expect(
          points.find(
            (point) =>
              valueAt(compared, indices, point) !== Number(comparisons[op](written(a, point), written(b, point))),
          ),
        ).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  test('are compared by their ranges where these do not meet', () => {
    const s = new Scalars()
    const i = s.loop('i', 6)
    const decided = (op: 'less' | 'lessEqual', a: Expr, b: Expr) => {
      const compared = s.apply(op, [a, b])
      return compared.kind === 'constant' ? compared.value : undefined
    }
    expect(decided('less', i, s.index(6))).toBe(1)
    expect(decided('less', i, s.index(5))).toBeUndefined()
    expect(decided('less', s.index(5), i)).toBe(0)
    expect(decided('less', s.index(4), i)).toBeUndefined()
    expect(decided('lessEqual', i, s.index(5))).toBe(1)
    expect(decided('lessEqual', i, s.index(4))).toBeUndefined()
    expect(decided('lessEqual', s.index(6), i)).toBe(0)
    expect(decided('lessEqual', s.index(5), i)).toBeUndefined()
  })

  test('wrap at 32 bits, and nothing is concluded from a range that they leave', () => {
    const large = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(large, large, large, large, (a, b, c, d) => {
        const s = new Scalars()
        const i = s.loop('i', 5)
        const expr = s.sub(s.mul(s.add(s.mul(i, s.index(a)), s.index(b)), s.index(c)), s.index(d))
        const third = s.div(expr, s.index(3))
        const below = s.less(expr, s.index(b))
        const [low, high] = s.range(expr)
        for (let at = 0; at < 5; at++) {
          const expected = (Math.imul((Math.imul(at, a) + b) | 0, c) - d) | 0
          const value = valueAt(expr, [i], [at])
          expect([value, valueAt(third, [i], [at]), valueAt(below, [i], [at])]).toEqual([
            expected,
            Math.trunc(expected / 3) + 0,
            Number(expected < b),
          ])
          expect(low <= value && value <= high).toBe(true)
        }
      }),
    )
  })
})

describe('equal expressions are one object', () => {
  test('when they are written alike', () => {
    fc.assert(
      fc.property(address, (of) => {
        const s = new Scalars()
        const indices = loops(s)
        const load = () => s.load(1, 'f32', made(s, indices, of))
        const all = () => s.reduce('add', [indices[0]!], s.apply('exp', [s.mul(load(), s.constant(0.1, 'f32'))]))
        expect(all()).toBe(all())
      }),
    )
  })

  test('when they are sums of the same terms, in whatever order', () => {
    const term = fc.record({ which: fc.nat(extents.length - 1), by: fc.integer({ min: -4, max: 4 }) })
    const sums = fc.array(term, { maxLength: 6 }).chain((terms) =>
      fc.tuple(
        fc.constant(terms),
        fc.shuffledSubarray(
          terms.map((_, i) => i),
          { minLength: terms.length },
        ),
      ),
    )
    fc.assert(
      fc.property(sums, ([terms, order]) => {
        const s = new Scalars()
        const indices = loops(s)
        const sum = (of: typeof terms) =>
          of.reduce((total, { which, by }) => s.add(total, s.mul(indices[which]!, s.index(by))), s.index(7))
        expect(sum(order.map((i) => terms[i]!))).toBe(sum(terms))
      }),
    )
  })

  test('when splitting an index and putting it together again gives it back', () => {
    const s = new Scalars()
    const [i, j, k] = [s.loop('i', 35), s.loop('j', 4), s.loop('k', 6)]
    const by = s.index(5)
    expect(s.add(s.mul(s.div(i, by), by), s.rem(i, by))).toBe(i)
    expect(s.add(s.sub(i, j), j)).toBe(i)
    const flat = s.add(s.mul(j, s.index(6)), k)
    expect(s.div(flat, s.index(6))).toBe(j)
    expect(s.rem(flat, s.index(6))).toBe(k)
    expect(s.div(s.div(i, s.index(2)), s.index(3))).toBe(s.div(i, s.index(6)))
  })

  test('and different ones are not', () => {
    const s = new Scalars()
    const [i, j] = [s.loop('i', 4), s.loop('i', 4)]
    const x = (dtype: 'f32' | 'u32', name: string): Variable => ({ kind: 'variable', dtype, lanes: 1, name })
    const two: ScalarFunction = {
      name: 'two',
      about: '',
      params: [x('f32', 'x')],
      body: [],
      results: [x('f32', 'x'), x('f32', 'x')],
    }
    const [a, b] = [s.load(0, 'f32', i), s.load(0, 'f32', j)]
    const different: readonly Expr[] = [
      ...[i, j, s.constant(0, 'f32'), s.constant(-0, 'f32'), s.index(0), s.constant(0, 'u32'), s.constant(0, 'bool')],
      ...[a, b, s.load(1, 'f32', i), s.load(0, 'u32', i), s.load(0, 'f32', i, 4)],
      ...[s.sub(a, b), s.sub(b, a), s.add(a, b), s.less(a, b), s.apply('min', [a, b])],
      ...[s.cast(a, 'u32'), s.cast(a, 'i32'), s.bitcast(a, 'u32'), s.apply('splat', [a]), s.apply('neg', [a])],
      ...[...s.call(two, [a]), ...s.call(two, [b]), ...s.call({ ...two, name: 'other' }, [a])],
      ...[s.reduce('add', [i], a), s.reduce('max', [i], a), s.reduce('add', [j], a), s.reduce('add', [i, j], a)],
    ]
    expect(new Set(different).size).toBe(different.length)
    expect(new Set(different.map((expr) => expr.id)).size).toBe(different.length)
  })
})

describe('expressions', () => {
  test('over no index are their own sums', () => {
    const s = new Scalars()
    const x = s.load(0, 'f32', s.index(0))
    expect(s.reduce('add', [], x)).toBe(x)
    expect(s.reduce('max', [], x)).toBe(x)
  })

  test('have constants of their dtype', () => {
    const s = new Scalars()
    const value = (of: number, dtype: Expr['dtype']) => (s.constant(of, dtype) as { value: number }).value
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (of) => {
        expect(value(of, 'f32')).toBe(Math.fround(of))
      }),
    )
    expect(value(-0, 'f32')).toBe(-0)
    expect(s.constant(0.1, 'f32')).toBe(s.constant(Math.fround(0.1), 'f32'))
    expect([2 ** 31, -1, 2.9, -2.9].map((of) => value(of, 'i32'))).toEqual([-(2 ** 31), -1, 2, -2])
    expect([2 ** 32, -1, 2.9].map((of) => value(of, 'u32'))).toEqual([0, 2 ** 32 - 1, 2])
    expect([0, 1, 7, -1].map((of) => value(of, 'bool'))).toEqual([0, 1, 1, 1])
  })

  test('choose at once where the condition or both sides are known', () => {
    const s = new Scalars()
    const [x, y] = [s.load(0, 'f32', s.index(0)), s.load(0, 'f32', s.index(1))]
    expect(s.select(s.constant(1, 'bool'), x, y)).toBe(x)
    expect(s.select(s.constant(0, 'bool'), x, y)).toBe(y)
    expect(s.select(s.less(x, y), x, x)).toBe(x)
    expect(s.select(s.less(x, y), x, y)).toMatchObject({ kind: 'apply', op: 'select', dtype: 'f32' })
  })

  test('depend on what they mention and do not bind', () => {
    const s = new Scalars()
    const [i, k] = [s.loop('i', 4), s.loop('k', 3)]
    const product = s.mul(s.load(0, 'f32', i), s.load(1, 'f32', s.add(s.mul(i, s.index(3)), k)))
    const sum = s.reduce('add', [k], product)
    expect([...s.free(product)]).toEqual([i, k])
    expect([...s.free(sum)]).toEqual([i])
    const moved = s.substitute(sum, new Map([[i, s.index(2)]]))
    expect([...s.free(moved)]).toEqual([])
    expect(s.substitute(sum, new Map([[s.loop('j', 2), i]]))).toBe(sum)
  })

  test('rebuilt come from where the first came from', () => {
    const s = new Scalars()
    const i = s.loop('i', 4)
    const origin = { name: 'shifted', source: undefined }
    const expr = s.add(s.load(0, 'f32', i), s.constant(1, 'f32'))
    s.originate(expr, origin)
    s.originate(expr, { name: 'again', source: undefined })
    const moved = s.substitute(expr, new Map([[i, s.index(3)]]))
    expect(s.origins.get(moved)).toBe(origin)
    for (const part of partsOf(moved)) expect(s.origins.has(part)).toBe(false)
  })
})
