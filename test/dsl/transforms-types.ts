import {
  type DType,
  f32,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  program,
  type Shape,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
} from '../../dsl/index.ts'
import { is } from './is.ts'
import { flowMatching } from './listing.ts'

// Laws of the types of transforms, which `tsc` checks. Nothing here runs.

type Vector = Tensor<[3]>
interface Given {
  readonly x: Vector
  readonly k: Tensor<[], 'i32'>
  readonly xs: Tensor<['n', 3]>
  readonly across: Tensor<[3, 'n']>
  readonly inputs: Parameters<(typeof flowMatching)['~fn']>[0]
}
const squares = (x: Vector) => x.square().sum()
const several = (x: Vector) => ({ y: x.square(), z: x.sum() })
type Several = { y: Vector; z: Tensor<[]> }
const both = (p: { w: Vector; b: Tensor<[]> }, q: { u: Tensor<[2]>; v: Vector }) =>
  p.w.mul(q.v).sum().add(p.b).add(q.u.sum())
const loss = program({ x: f32('n'), y: f32('n') }, ({ x, y }) => x.mul(y).sum(), { name: 'loss' })

/** A gradient is like what it is taken in. */
export const gradients = ({ x }: Given, p: Parameters<typeof both>[0], q: Parameters<typeof both>[1]) => [
  is<Vector>()(grad(both, 'w')(p, q)),
  is<[Vector, Tensor<[]>]>()(grad(both, ['w', 'b'])(p, q)),
  is<Tensor<[2]>>()(grad(both, { argument: 1, wrt: 'u' })(p, q)),
  is<{ u: Tensor<[2]>; v: Vector }>()(grad(both, { argument: 1 })(p, q)),
  is<[Tensor<[2]>, Vector]>()(grad(both, { argument: 1, wrt: ['u', 'v'] })(p, q)),
  is<[Tensor<[]>, Vector]>()(valueAndGrad(squares)(x)),
  is<[grad: Vector, aux: { y: Vector }]>()(grad((x: Vector) => [x.sum(), { y: x }], { aux: true })(x)),
  is<[value: [Tensor<[]>, Vector], grad: Vector]>()(valueAndGrad((x: Vector) => [x.sum(), x], { aux: true })(x)),
]

/** A derivative has the axes of the result, then those of the argument. */
export const derivatives = ({ x, xs }: Given, p: Parameters<typeof both>[0], q: Parameters<typeof both>[1]) => [
  is<{ y: Tensor<[3, 3]>; z: Vector }>()(jacfwd(several)(x)),
  is<{ y: Tensor<[3, 3]>; z: Vector }>()(jacrev(several)(x)),
  is<Tensor<[3, 3]>>()(hessian(squares)(x)),
  is<[[Tensor<[3, 3]>, Vector], [Vector, Tensor<[]>]]>()(hessian(both, ['w', 'b'])(p, q)),
  is<{ u: Tensor<[2]>; v: Vector }>()(jacrev(both, { argument: 1 })(p, q)),
  is<Tensor<[3, 3]>>()(hessian(loss, 'x')({ x, y: x })),
  is<{ x: Vector; y: Vector }>()(jacrev(loss)({ x, y: x })),
  is<Tensor<['n', 'n', 3]>>()(jacfwd(vmap(squares))(xs)),
  is<Tensor<['n', 3, 3]>>()(vmap(hessian(squares))(xs)),
]

/**
 * The parameters of a function that is applied at once need no types; one that a transform made, and a program, may
 * stand for it.
 */
export const applied = ({ x, k, xs, inputs }: Given) => {
  const [out, push] = linearize(several, x)
  const [, pull] = vjp((x: Vector, k: Tensor<[], 'i32'>) => ({ y: x.mul(k.cast('f32')), z: x.sum() }), x, k)
  return [
    is<[Tensor<[]>, Tensor<[]>]>()(jvp((x) => x.square().sum(), [x], [x])),
    is<[Vector, Vector]>()(jvp(grad(squares), [x], [x])),
    is<[Tensor<['n']>, Tensor<['n']>]>()(jvp(vmap(squares), [xs], [xs])),
    is<[Tensor<[]>, Tensor<[]>]>()(jvp(flowMatching, [inputs], [inputs])),
    is<Tensor<[]>>()(jvp((x, k) => x.mul(k.cast('f32')).sum(), [x, k], [x, undefined])[1]),
    is<Vector>()(hvp(squares, [x], [x])[0]),
    is<Vector>()(hvp((x) => x.square().sum(), [x], [x])[0]),
    is<Vector>()(hvp(loss, [{ x, y: x }], [{ x, y: x }])[0].y),
    is<Tensor<['n', 3]>>()(vjp(vmap(squares), xs)[1](xs.sum(1))[0]),
    is<Several>()(out),
    is<Several>()(push(x)),
    is<{ y: Tensor<['n', 3]>; z: Tensor<['n']> }>()(vmap(push)(xs)),
    is<Vector>()(vjp(push, x)[1](out)[0]),
    is<[Vector, undefined]>()(pull({ y: x, z: x.sum() })),
  ]
}

/** The mapped axis goes and comes where it is said. */
export const axes = ({ across, inputs }: Given, x0: Tensor<['m', 5, 2]>, x1: Tensor<[5, 2]>, t: Tensor<[5, 'm']>) => {
  const columns = vmap((x: Vector) => ({ a: x, b: x.sum(), c: x }), { inAxes: -1, outAxes: { a: 1, b: -1 } })
  const repeated = vmap((x: Vector) => x, { inAxes: 1, outAxes: null })
  const losses = vmap(flowMatching, { inAxes: { params: null, x1: null, x0: 0, t: -1 } })
  return [
    is<{ a: Tensor<[3, 'n']>; b: Tensor<['n']>; c: Tensor<['n', 3]> }>()(columns(across)),
    is<Vector>()(repeated(across)),
    is<Tensor<['m']>>()(losses({ params: inputs.params, x1, x0, t })),
  ]
}

/** What the types do not know passes, and is wide in the result. */
export const wide = (any: Tensor<Shape>, some: Tensor<[number, 3]>, xs: Tensor<['n', 3]>, axis: number) => {
  const add = vmap((x: Tensor<[3]>, y: Tensor<[3]>) => x.add(y))
  return [
    is<Tensor<[number]>>()(vmap((x: Vector) => x.sum())(some)),
    is<Tensor<[number | 'n', 3]>>()(add(some, xs)),
    is<Tensor<Shape>>()(vmap((x: Tensor<Shape>) => x)(any)),
    is<Tensor<Shape>>()(vmap((x: Tensor<Shape>) => x, { outAxes: axis })(any)),
    is<Tensor<Shape>>()(jacfwd((x: Tensor<Shape>) => x)(any)),
    vmap((x: Tensor<Shape, DType>) => x, { inAxes: axis })(xs),
  ]
}

/** Code that is generic in its sizes needs no casts. */
export function generic<N extends number>(x: Tensor<[N]>, v: Tensor<[N]>) {
  const [out, pull] = vjp((x) => x.square(), x)
  return [
    is<Tensor<[N]>>()(jvp((x) => x.square(), [x], [v])[1]),
    is<Tensor<[N]>>()(pull(out)[0]),
    is<Tensor<[N]>>()(vmap((a: Tensor<[]>) => a.square())(x)),
    is<Tensor<[N, N]>>()(hessian((x: Tensor<[N]>) => x.square().sum())(x)),
    is<Tensor<[N]>>()(hvp((x) => x.square().sum(), [x], [v])[0]),
  ]
}
