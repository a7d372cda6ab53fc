import type { Expr, ScalarFunction, Variable } from '../../../compiler/kernel/expr.ts'
import type { Scalars } from '../../../compiler/kernel/scalars.ts'

type Random = () => number

const below = (random: Random, n: number): number => Math.floor(random() * n)
const one = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!

/** Two results, so that which one is meant matters. */
export const swap: ScalarFunction = {
  name: 'swap',
  about: '',
  params: ['a', 'b'].map((name): Variable => ({ kind: 'variable', dtype: 'f32', lanes: 1, name })),
  body: [],
  results: ['b', 'a'].map((name): Variable => ({ kind: 'variable', dtype: 'f32', lanes: 1, name })),
}

/**
 * A random f32 expression in loop indices: loads that go through memory in every way, operators, calls, and now and
 * then a sum in it.
 */
export function randomExpr(s: Scalars, random: Random, indices: readonly Variable[], depth = 4): Expr {
  const part = () => randomExpr(s, random, indices, depth - 1)
  if (depth === 0) return leaf(s, random, indices)
  switch (below(random, 9)) {
    case 0:
      return s.apply(one(random, ['neg', 'abs', 'round', 'floor'] as const), [part()])
    case 1:
    case 2:
      return s.apply(one(random, ['add', 'sub', 'mul', 'min', 'max'] as const), [part(), part()])
    case 3:
      return s.select(s.less(part(), part()), part(), part())
    case 4:
      return s.select(s.less(randomAddress(s, random, indices), s.index(below(random, 9))), part(), part())
    case 5:
      return s.cast(s.apply('and', [s.cast(randomAddress(s, random, indices), 'u32'), s.constant(5, 'u32')]), 'f32')
    case 6:
      return s.call(swap, [part(), part()])[below(random, 2)]!
    case 7: {
      const k = s.loop('k', 1 + below(random, 3))
      return s.reduce(one(random, ['add', 'max'] as const), [k], randomExpr(s, random, [...indices, k], depth - 1))
    }
    default:
      return leaf(s, random, indices)
  }
}

function leaf(s: Scalars, random: Random, indices: readonly Variable[]): Expr {
  const address = randomAddress(s, random, indices)
  if (random() < 0.15) return s.constant(2 * random() - 1, 'f32')
  if (random() < 0.2) return s.cast(address, 'f32')
  return s.load(below(random, 2), 'f32', address)
}

/**
 * Neighbours, the same element again, every other one, backwards, and what splitting an axis makes of it; never below
 * 0.
 */
function randomAddress(s: Scalars, random: Random, indices: readonly Variable[]): Expr {
  return indices.reduce<Expr>(
    (sum, index) => {
      const moved = one<(i: Variable) => Expr>(random, [
        (i) => i,
        (i) => i,
        () => s.index(0),
        (i) => s.mul(i, s.index(2 + below(random, 2))),
        (i) => s.sub(s.index(i.extent! - 1), i),
        (i) => s.div(i, s.index(2 + below(random, 3))),
        (i) => s.rem(i, s.index(2 + below(random, 3))),
      ])
      return s.add(sum, moved(index))
    },
    s.index(below(random, 3)),
  )
}

/** A number for each element of each slot, all different; asking below 0 is a mistake. */
export const memory = (slot: number, index: number): number => {
  if (!Number.isInteger(index) || index < 0) throw new Error(`element ${index} of slot ${slot} is read`)
  return Math.sin(1 + 97 * slot + index)
}
