import { float, number, rank, type Step, unary } from './step.ts'

/** What takes functions, which are programs of their own. */
export const functions: readonly Step[] = [
  {
    name: 'vmap',
    make: ({ one, below, within }) => {
      const a = one(rank(1))
      const b = a && one((x) => rank(1, number)(x) && x.tensor.shape[0] === a.tensor.shape[0])
      return a && b && within('vmap', below(2) === 0 ? [a] : [a, b])
    },
  },
  {
    name: 'grad',
    make: ({ one, below, within }) => {
      const a = one(float)
      const b = a && one(float)
      return a && b && within('grad', below(2) === 0 ? [a] : [a, b])
    },
  },
  {
    name: 'checkpoint',
    make: ({ one, within }) => {
      const a = one(float)
      const b = a && one(number)
      return a && b && within('checkpoint', [a, b])
    },
  },
  {
    name: 'scan',
    make: ({ one, within }) => {
      const init = one(float)
      const xs = init && one(rank(1, number))
      return init && xs && within('scan', [init, xs])
    },
  },
  unary(
    'jacfwd',
    (x) => float(x) && x.tensor.shape.length <= 1,
    (x, { within }) => within('jacfwd', [x]),
  ),
  unary(
    'jacrev',
    (x) => float(x) && x.tensor.shape.length <= 1,
    (x, { within }) => within('jacrev', [x]),
  ),
  unary(
    'hessian',
    (x) => float(x) && x.tensor.shape.length <= 1,
    (x, { within }) => within('hessian', [x]),
  ),
]
