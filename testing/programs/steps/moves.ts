import type { Dim } from '../../../dsl/index.ts'
import { applied, call } from '../expression.ts'
import { anything, axisOf, filled, float, integer, like, low, number, rank, type Step, unary } from './step.ts'

/** The places of the dims that are sizes of at least 2. */
const known = (shape: readonly Dim[]): readonly number[] =>
  shape.flatMap((dim, axis) => (typeof dim === 'number' && dim >= 2 ? [axis] : []))

/** What puts elements elsewhere, and what makes tensors of nothing. */
export const moves: readonly Step[] = [
  unary('reshape', low(anything), (x) => call(x, 'reshape', [...x.tensor.shape, 1])),
  unary('squeeze', anything, (x) => call(x, 'squeeze')),
  unary('expand', low(anything), (x, { below }) => call(x, 'expand', below(x.tensor.shape.length + 1))),
  unary('transpose', rank(2, anything), (x) => call(x, 'transpose')),
  unary('permute', rank(1, anything), (x, { below }) => {
    const { length } = x.tensor.shape
    const turn = below(length)
    return call(
      x,
      'permute',
      Array.from({ length }, (_, axis) => (axis + turn) % length),
    )
  }),
  unary('broadcastTo', low(anything), (x) => call(x, 'broadcastTo', [2, ...x.tensor.shape])),
  unary('flip', rank(1, anything), (x, from) => call(x, 'flip', axisOf(x, from))),
  unary('roll', rank(1, anything), (x, from) => call(x, 'roll', 1, axisOf(x, from))),
  unary('repeat', filled(rank(1, anything)), (x) => call(x, 'repeat', 2, -1)),
  unary(
    'slice',
    (x) => anything(x) && known(x.tensor.shape).length > 0,
    (x, { below }) => {
      const { shape } = x.tensor
      const axes = known(shape)
      const axis = axes[below(axes.length)]!
      return call(x, 'slice', [...shape.slice(0, axis).map(() => null), [below(2), shape[axis] as number]])
    },
  ),
  unary('pad', rank(1, number), (x, { below }) =>
    call(x, 'pad', [...x.tensor.shape.slice(1).map(() => [0, 0]), [1, below(2)]]),
  ),
  unary('tril', rank(2, number), (x) => call(x, 'tril')),
  unary('triu', rank(2, number), (x) => call(x, 'triu', 1)),
  {
    name: 'take',
    make: (from) => {
      const x = from.one(rank(1, anything))
      const at = x && from.one((k) => integer(k) && x.tensor.shape.length + k.tensor.shape.length <= 5)
      return x && at && call(x, 'take', at, axisOf(x, from))
    },
  },
  {
    name: 'scatterAdd',
    make: (from) => {
      const x = from.one(rank(1, number))
      const at = x && from.one((k) => integer(k) && x.tensor.shape.length + k.tensor.shape.length <= 5)
      if (!x || !at) return undefined
      const axis = axisOf(x, from)
      return call(x, 'scatterAdd', at, call(x, 'take', at, axis), axis)
    },
  },
  {
    name: 'concat',
    make: (from) => {
      const a = from.one(rank(1, anything))
      const b = a && from.one(like(a))
      return a && b && applied('concat', [a, b], from.below(a.tensor.shape.length))
    },
  },
  {
    name: 'stack',
    make: (from) => {
      const a = from.one(low(anything))
      const b = a && from.one(like(a))
      return a && b && applied('stack', [a, b], from.below(a.tensor.shape.length + 1))
    },
  },
  unary('full', float, (x) => applied('full', [...x.tensor.shape], 0.5)),
  unary('iota', rank(1, anything), (x, { below }) =>
    applied('iota', x.tensor.shape[0]!, below(2) === 0 ? 'i32' : 'f32'),
  ),
  unary('linspace', rank(1), (x) => applied('linspace', -1, 1, x.tensor.shape[0]!)),
]
