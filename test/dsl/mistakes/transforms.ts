import {
  f32,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  map,
  program,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from '../../../dsl/index.ts'
import { flowMatching } from '../listing.ts'
import type { Mistakes } from './mistake.ts'

type Row = Tensor<[2]>
const squares = (x: Row) => x.square()
const energy = (x: Row) => x.square().sum()
const pair = (p: { w: Row }, x: Row) => p.w.mul(x).sum()
const line = program({ w: f32('d'), x: f32('d') }, ({ w, x }) => w.mul(x).sum(), { name: 'line' })

// biome-ignore format: a mistake must stand on the line below its comment
export const mistakes: Mistakes = [
  {
    says: 'shape error: vmap: argument 0: axis 2 is out of range for [n, 2]',
    // @ts-expect-error
    run: ({ x }) => vmap(squares, { inAxes: 2 })(x),
  },
  {
    says: 'shape error: vmap: argument 1: axis -2 is out of range for [n]',
    // @ts-expect-error
    run: ({ x, t }) => vmap((x: Row, t: Tensor<[]>) => x.mul(t), { inAxes: [0, -2] })(x, t),
  },
  {
    says: 'shape error: vmap: argument 0.t is [] and has no axis to map',
    // @ts-expect-error
    run: () => vmap((p: { t: Tensor<[]> }) => p.t)({ t: zeros([]) }),
  },
  {
    says: 'shape error: map: argument 0 is [] and has no axis to map',
    // @ts-expect-error
    run: () => map((t) => t, zeros([])),
  },
  {
    says: 'type error: vmap: no argument has an axis to map',
    // @ts-expect-error
    run: ({ x }) => vmap((x: Tensor<['n', 2]>) => x, { inAxes: null })(x),
  },
  {
    says: 'type error: vmap: argument 0 is one tensor and its axes are a record',
    // @ts-expect-error
    run: ({ x }) => vmap(squares, { inAxes: [{ w: 0 }] })(x),
  },
  {
    says: 'shape error: the mapped axis is 2 in argument 0 and m elsewhere',
    // @ts-expect-error
    run: ({ x, y }) => vmap((a: Tensor<['n']>, b: Row) => [a, b], { inAxes: [1, 0] })(x, y),
  },
  {
    says: 'shape error: vmap: the result.y: axis 2 is out of range for [2]',
    // @ts-expect-error
    run: ({ x }) => vmap((x: Row) => ({ y: x }), { outAxes: { y: 2 } })(x),
  },
  {
    says: 'shape error: x is [], needs [d]',
    // @ts-expect-error
    run: ({ x, t }) => vmap(line)({ w: x, x: t }),
  },
  {
    says: 'type error: grad: with aux the result must be a pair, [loss, aux]',
    // @ts-expect-error
    run: () => grad(energy, { aux: true })(zeros([2])),
  },
  {
    says: 'shape error: grad: the result is [2], needs []',
    // @ts-expect-error
    run: () => valueAndGrad((x: Row) => [x, x.sum()], { aux: true })(zeros([2])),
  },
  {
    says: 'type error: grad: there is no argument 2; the function takes 2',
    // @ts-expect-error
    run: () => grad(pair, { argument: 2 })({ w: zeros([2]) }, zeros([2])),
  },
  {
    says: 'dtype error: jacfwd: the result.ids is i32, needs a float',
    // @ts-expect-error
    run: () => jacfwd((x: Row) => ({ x, ids: x.cast('i32') }))(zeros([2])),
  },
  {
    says: 'dtype error: jacrev: the result is bool, needs a float',
    // @ts-expect-error
    run: () => jacrev((x: Row) => x.less(0))(zeros([2])),
  },
  {
    says: 'shape error: hessian: the result is [2], needs []',
    // @ts-expect-error
    run: () => hessian(squares)(zeros([2])),
  },
  {
    says: 'type error: hessian: there is no argument 1; the function takes 1',
    // @ts-expect-error
    run: () => hessian(energy, { argument: 1 })(zeros([2])),
  },
  {
    says: 'shape error: hvp: the result is [2], needs []',
    // @ts-expect-error
    run: () => hvp(squares, [zeros([2])], [zeros([2])]),
  },
  {
    says: 'shape error: tangent.0 is [3], needs [2]',
    // @ts-expect-error
    run: () => hvp(energy, [zeros([2])], [zeros([3])]),
  },
  {
    says: 'shape error: tangent.0.w is [], needs [2]',
    // @ts-expect-error
    run: () => jvp(pair, [{ w: zeros([2]) }, zeros([2])], [{ w: zeros([]) }, zeros([2])]),
  },
  {
    says: 'type error: jvp: primals are 2 and tangents 1',
    // @ts-expect-error
    run: () => jvp(pair, [{ w: zeros([2]) }, zeros([2])], [{ w: zeros([2]) }]),
  },
  {
    says: 'shape error: tangent.0 is [n], needs [2]',
    // @ts-expect-error
    run: ({ t }) => linearize(squares, zeros([2]))[1](t),
  },
  {
    says: 'type error: push: primals are 1 and tangents 2',
    // @ts-expect-error
    run: () => linearize(squares, zeros([2]))[1](zeros([2]), zeros([2])),
  },
  {
    says: 'shape error: the cotangent is [n], needs [2]',
    // @ts-expect-error
    run: ({ t }) => vjp(squares, zeros([2]))[1](t),
  },
  {
    says: 'type error: the cotangent.y is missing',
    // @ts-expect-error
    run: () => vjp((x: Row) => ({ y: x, z: x.sum() }), zeros([2]))[1]({ z: zeros([]) }),
  },
  {
    says: 'shape error: t is [n, 2], needs [n]',
    // @ts-expect-error
    run: ({ params, x }) => vjp(flowMatching, { params, x1: x, x0: x, t: x }),
  },
  {
    says: 'type error: input x is missing',
    // @ts-expect-error
    run: ({ x }) => vmap(line)({ w: x }),
  },
  {
    says: 'dtype error: x is i32, needs f32',
    // @ts-expect-error
    run: ({ t, ids }) => jvp(line, [{ w: t, x: ids }], [{ w: t, x: ids }]),
  },
  {
    says: 'shape error: x is [], needs [d]',
    // @ts-expect-error
    run: () => hvp(line, [{ w: zeros([2]), x: zeros([]) }], [{ w: zeros([2]), x: zeros([]) }]),
  },
]
