import { applied, call, type Expression, type Method, member } from '../expression.ts'
import { axisOf, type Fits, filled, float, has, low, number, rank, type Step, unary } from './step.ts'

/** Over one axis, which may stay, or over all. */
const reduction = (name: Method, fits: Fits): Step =>
  unary(name, rank(1, fits), (x, from) => {
    const kind = from.below(4)
    if (kind === 0) return call(x, name)
    return kind === 1 ? call(x, name, axisOf(x, from), { keepdims: true }) : call(x, name, axisOf(x, from))
  })
/** Of each row of an axis. */
const along = (name: Method, fits: Fits): Step =>
  unary(name, rank(1, fits), (x, from) => call(x, name, axisOf(x, from)))

const last = (x: Expression) => x.tensor.shape.at(-1)

/** What folds axes or goes along them. */
export const axes: readonly Step[] = [
  reduction('sum', number),
  reduction('mean', float),
  unary('max', filled(rank(1, number)), (x) => call(x, 'max', -1)),
  unary('min', filled(rank(1, number)), (x) => call(x, 'min', -1)),
  reduction('any', has('bool')),
  reduction('all', has('bool')),
  unary('variance', filled(rank(1)), (x) => call(x, 'variance', -1)),
  unary('std', filled(rank(1)), (x) => call(x, 'std', -1)),
  reduction('norm', float),
  unary('logSumExp', filled(rank(1)), (x) => call(x, 'logSumExp', -1)),
  unary('argmax', filled(rank(1, number)), (x) => call(x, 'argmax', -1)),
  unary('argmin', filled(rank(1, number)), (x) => call(x, 'argmin', -1)),
  along('softmax', float),
  along('logSoftmax', float),
  along('cumsum', number),
  unary('cumsum', rank(1), (x, from) => call(x, 'cumsum', axisOf(x, from), { reverse: true })),
  along('sort', number),
  along('argsort', number),
  unary('sort', rank(1), (x, from) => call(x, 'sort', axisOf(x, from), { descending: true })),
  unary('topK', filled(rank(1, number)), (x) => member(call(x, 'topK', 1), 'values')),
  unary('topK', filled(rank(1)), (x) => member(call(x, 'topK', 1), 'indices')),
  unary('oneHot', low(has('i32', 'u32')), (x) => call(x, 'oneHot', 3)),
  {
    name: 'matmul',
    make: ({ one }) => {
      const a = one(rank(1))
      const b = a && one((x) => rank(2)(x) && x.tensor.shape.length === 2 && x.tensor.shape[0] === last(a))
      return a && b && call(a, 'matmul', b)
    },
  },
  {
    name: 'einsum',
    make: ({ one }) => {
      const a = one((x) => float(x) && x.tensor.shape.length === 2)
      const b = a && one((x) => float(x) && x.tensor.shape.length === 2 && last(x) === last(a))
      return a && b && applied('einsum', 'ik,jk->ij', a, b)
    },
  },
]
