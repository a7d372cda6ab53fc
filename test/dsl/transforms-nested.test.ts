import { describe, test } from 'vitest'
import {
  concat,
  f32,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  ones,
  program,
  type Tensor,
  tracedLeaves,
  vjp,
  vmap,
  zeros,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { closeTo, evaluated, numbers, runBody, tracing } from './run.ts'

type Scalar = Tensor<[]>
type Vector = Tensor<[3]>
type Matrix = Tensor<[3, 3]>
const at = (body: (x: Scalar) => unknown, x: number) => runBody({ x: f32() }, ({ x }) => body(x), { x: [x] })

describe('an inner derivative is exact in what an outer one varies', () => {
  const x = 1.7

  test('d/dx x d/dy xy = 2x, forward and backward in every order', () => {
    const inners = {
      grad: (x: Scalar) => grad((y: Scalar) => x.mul(y))(x),
      jvp: (x: Scalar) => jvp((y) => x.mul(y), [x], [ones([])])[1],
      vjp: (x: Scalar) => vjp((y) => x.mul(y), x)[1](ones([]))[0],
      linearize: (x: Scalar) => linearize((y) => x.mul(y), x)[1](ones([])),
      jacfwd: (x: Scalar) => jacfwd((y: Scalar) => x.mul(y))(x),
      jacrev: (x: Scalar) => jacrev((y: Scalar) => x.mul(y))(x),
    }
    const found = Object.values(inners).flatMap((inner) => {
      const f = (x: Scalar) => x.mul(inner(x))
      return [
        at((x) => grad(f)(x), x),
        at((x) => jvp(f, [x], [ones([])])[1], x),
        at((x) => linearize(f, x)[1](ones([])), x),
        at((x) => jacfwd(f)(x), x),
        at((x) => jacrev(f)(x), x),
        at((x) => vmap(grad(f))(x.expand(0)), x),
      ]
    })
    closeTo(
      found,
      found.map(() => [2 * x]),
      1e-14,
    )
  })

  test('d/dx d/dy of x^2 y^3 with y = x afterwards, and with x held', () => {
    // d/dx [3 x^2 y^2 at y = x] = 12 x^3; with the inner x held constant by an argument it is 6 x^3.
    const inner = (x: Scalar, y: Scalar) => grad((y: Scalar) => x.square().mul(y.square().mul(y)))(y)
    const body = (x: Scalar) => [
      grad((x: Scalar) => inner(x, x))(x),
      grad((outer: Scalar) => inner(outer, x))(x),
      jvp((a, b) => inner(a, b), [x, x], [zeros([]), ones([])])[1],
    ]
    closeTo(at(body, x), [[12 * x ** 3], [6 * x ** 3], [6 * x ** 3]], 1e-13)
  })

  test('a pullback made outside is differentiated in its cotangent, and one made inside in its point', () => {
    const body = (x: Scalar) => {
      const [, pull] = vjp((y) => y.square(), x)
      return [
        // pull(c) = 2 x c, whose square has the derivative 8 x^2 c.
        grad((c: Scalar) => pull(c)[0].square())(x),
        grad((z: Scalar) => vjp((y) => y.square().mul(z), z)[1](z)[0])(x),
        vmap((c: Scalar) => grad((c: Scalar) => pull(c)[0].mul(c))(c))(x.expand(0)),
      ]
    }
    // d/dz [2 z z z] = 6 z^2; d/dc [2 x c c] = 4 x c.
    closeTo(at(body, x), [[8 * x ** 3], [6 * x * x], [4 * x * x]], 1e-13)
  })
})

describe('derivatives of derivatives', () => {
  test('the third derivative of tanh, by every mixture of forward and backward', () => {
    const tanh = (x: Scalar) => x.tanh()
    type Derive = (f: (x: Scalar) => Scalar) => (x: Scalar) => Scalar
    const derive: Record<string, Derive> = {
      reverse: (f) => (x) => grad(f)(x),
      forward: (f) => (x) => jvp(f, [x], [ones([])])[1],
      linear: (f) => (x) => linearize(f, x)[1](ones([])),
      byColumns: (f) => (x) => jacfwd(f)(x),
      byRows: (f) => (x) => jacrev(f)(x),
      mapped: (f) => (x) => vmap(grad(f))(x.expand(0)).sum(),
    }
    const way = fc.constantFrom(...Object.keys(derive))
    fc.assert(
      fc.property(fc.tuple(way, way, way), fc.double({ min: -3, max: 3, noNaN: true }), (ways, x) => {
        const third = ways.reduce<(x: Scalar) => Scalar>((f, way) => derive[way]!(f), tanh)
        const t = Math.tanh(x)
        closeTo(at(third, x), [-2 * (1 - t * t) * (1 - 3 * t * t)], 1e-12)
      }),
      { numRuns: 40 * times },
    )
  })

  test('a Hessian in a mapped function, with tensors from around it', () => {
    const body = ({ xs, a }: { xs: Tensor<['n', 3]>; a: Matrix }) =>
      vmap((x: Vector) => hessian((x: Vector) => a.matmul(x.expand(1)).sum(1).mul(x).sum().square())(x))(xs)
    const [xs, a] = [numbers(6, 1), numbers(9, 2)]
    // f = q^2 with q = x A x: its Hessian is 2 (g g' + q H) with g = H x and H = A + A'.
    const expected = [0, 3].flatMap((from) => {
      const x = xs.slice(from, from + 3)
      const h = (i: number, j: number) => a[3 * i + j]! + a[3 * j + i]!
      const g = x.map((_, i) => x.reduce((sum, e, j) => sum + h(i, j) * e, 0))
      const q = g.reduce((sum, e, i) => sum + (e * x[i]!) / 2, 0)
      return x.flatMap((_, i) => x.map((_, j) => 2 * (g[i]! * g[j]! + q * h(i, j))))
    })
    closeTo(runBody({ xs: f32('n', 3), a: f32(3, 3) }, body, { xs, a }, { n: 2 }), expected, 1e-13)
  })

  test('the gradient of a penalty on a gradient', () => {
    // |grad f|^2 for f = sum x^3 w is 9 x^4 w^2, whose gradient in w is 18 x^4 w.
    const penalty = (w: Vector, xs: Tensor<['n', 3]>) =>
      vmap((x: Vector) =>
        grad((x: Vector) => x.mul(x.square()).mul(w).sum())(x)
          .square()
          .sum(),
      )(xs).sum()
    const inputs = { w: [1, -2, 0.5], xs: numbers(6) }
    const body = ({ w, xs }: { w: Vector; xs: Tensor<['n', 3]> }) => grad(penalty)(w, xs)
    const expected = inputs.w.map((w, k) => 18 * w * (inputs.xs[k]! ** 4 + inputs.xs[3 + k]! ** 4))
    closeTo(runBody({ w: f32(3), xs: f32('n', 3) }, body, inputs, { n: 2 }), expected, 1e-13)
  })
})

/** What surrounds a function of R^3 to R^3 that is made of transforms: a tensor that it uses, and directions. */
interface Around {
  readonly c: Vector
  readonly v: Vector
  readonly w: Vector
}
type Field = (x: Vector) => Vector
type Step = (f: Field, around: Around) => Field
type Reference = (f: (x: readonly number[]) => number[], of: Numbers, x: readonly number[]) => number[]
interface Numbers {
  readonly c: readonly number[]
  readonly v: readonly number[]
  readonly w: readonly number[]
}

const bases: readonly Step[] = [
  (_, { c }) =>
    (x) =>
      x.mul(c).sigmoid().mul(x.sum()),
  (_, { c }) =>
    (x) =>
      x.mul(0.3).exp().add(c.mul(x).sum()).tanh(),
  (_, { c }) =>
    (x) =>
      c.expand(1).matmul(x.expand(0)).add(x.expand(1)).tanh().matmul(x.expand(1)).sum(1),
  (_, { c }) =>
    (x) =>
      x.square().add(1).log().mul(x.sub(c).square().mean()),
]

const moved = (x: readonly number[], v: readonly number[], by: number) => x.map((e, i) => e + by * v[i]!)
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, e, i) => sum + e * b[i]!, 0)
const step = 2e-4
/**
 * J v by central differences of the fourth order, whose steps are small beside how fast compositions bend: (8 (f(h) -
 * f(-h)) - (f(2h) - f(-2h))) / 12h.
 */
const along: Reference = (f, { v }, x) => {
  const [far, near, back, rear] = [2, 1, -1, -2].map((k) => f(moved(x, v, k * step)))
  return near!.map((e, i) => (8 * (e - back![i]!) - (far![i]! - rear![i]!)) / (12 * step))
}
/** w J by central differences. */
const across: Reference = (f, of, x) =>
  x.map((_, i) => {
    const unit = x.map((_, k) => Number(k === i))
    return dot(along(f, { ...of, v: unit }, x), of.w)
  })
const scalar = (f: Field, w: Vector) => (x: Vector) => f(x).mul(w).sum()

/** A transform of a function, and what it must give, by differences of that function's own values. */
const steps: Record<string, { readonly make: Step; readonly reference: Reference }> = {
  grad: { make: (f, { w }) => grad(scalar(f, w)) as Field, reference: across },
  pull: {
    make:
      (f, { w }) =>
      (x) =>
        vjp(f, x)[1](w)[0],
    reference: across,
  },
  jacrev: {
    make:
      (f, { w }) =>
      (x) =>
        jacrev(f)(x).mul(w.expand(1)).sum(0),
    reference: across,
  },
  jvp: {
    make:
      (f, { v }) =>
      (x) =>
        jvp(f, [x], [v])[1],
    reference: along,
  },
  push: {
    make:
      (f, { v }) =>
      (x) =>
        linearize(f, x)[1](v),
    reference: along,
  },
  jacfwd: {
    make:
      (f, { v }) =>
      (x) =>
        jacfwd(f)(x).mul(v).sum(1),
    reference: along,
  },
  // At the point where the cotangent is made of the value, the pullback's own derivative counts.
  pullOfValue: {
    make: (f) => (x) => {
      const [y, pull] = vjp(f, x)
      return pull(y)[0]
    },
    reference: (f, of, x) => across(f, { ...of, w: f(x) }, x),
  },
  mapped: {
    make:
      (f, { v }) =>
      (x) =>
        vmap((s: Scalar) => f(x.add(v.mul(s))))(concat([zeros([1]), x.sum().expand(0)])).sum(0),
    reference: (f, { v }, x) => {
      const shifted = f(moved(x, v, dot(x, [1, 1, 1])))
      return f(x).map((e, i) => e + shifted[i]!)
    },
  },
  mappedGrad: {
    make:
      (f, { v, w }) =>
      (x) =>
        vmap((s: Scalar) => grad((x: Vector) => scalar(f, w)(x.add(v.mul(s))))(x), { outAxes: 1 })(ones([2])).sum(1),
    reference: (f, of, x) => across(f, of, moved(x, of.v, 1)).map((e) => 2 * e),
  },
  program: {
    make: (f, { w }) => {
      const inner = program({ x: f32(3), w: f32(3) }, ({ x }) => x.mul(x))
      return (x) => f(inner({ x, w }).mul(0.5))
    },
    reference: (f, _, x) => f(x.map((e) => 0.5 * e * e)),
  },
}
const names = Object.keys(steps)

/** Hessians cost much: they stand last. Their reference is differences of the gradient that the language makes. */
const last: Record<string, Step> = {
  hvp:
    (f, { v, w }) =>
    (x) =>
      hvp(scalar(f, w), [x], [v])[0],
  hessian:
    (f, { v, w }) =>
    (x) =>
      hessian(scalar(f, w))(x).mul(v).sum(1),
  forwardOverReverse:
    (f, { v, w }) =>
    (x) =>
      jacfwd(grad(scalar(f, w)))(x)
        .mul(v)
        .sum(1),
  reverseOverReverse:
    (f, { v, w }) =>
    (x) =>
      grad((x: Vector) => grad(scalar(f, w))(x).mul(v).sum())(x),
}

describe('random compositions of transforms', () => {
  const specs = { x: f32(3), c: f32(3), v: f32(3), w: f32(3) }
  /** The values of a composition as a function of x. */
  const valuesOf = (stack: readonly Step[], of: Numbers) => {
    const traced = tracing(specs, ({ x, ...around }) => {
      const none: Field = (x) => x
      return stack.reduce<Field>((f, step) => step(f, around), none)(x)
    })
    const [leaf] = tracedLeaves(traced.outputs)
    return (x: readonly number[]): number[] => [...evaluated(traced, { ...of, x: [...x] } as never)[leaf!.path]!.data]
  }
  const cases = fc.record({
    base: fc.constantFrom(...bases),
    stack: fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }),
    seed: fc.integer(),
  })
  const given = (seed: number) => ({ c: numbers(3, seed), v: numbers(3, seed + 1), w: numbers(3, seed + 2) })

  test('agree with central differences of what they are made of', () => {
    fc.assert(
      fc.property(cases, ({ base, stack, seed }) => {
        const of = given(seed)
        const x = numbers(3, seed + 3)
        const made = [base, ...stack.map((name) => steps[name]!.make)]
        const outer = steps[stack.at(-1)!]!
        const expected = outer.reference(valuesOf(made.slice(0, -1), of), of, x)
        closeTo(valuesOf(made, of)(x), expected, 1e-6)
      }),
      { numRuns: 60 * times },
    )
  })

  test('second derivatives of them, too', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(...Object.values(last)), ({ base, stack, seed }, second) => {
        const of = given(seed)
        const x = numbers(3, seed + 3)
        const made = [base, ...stack.slice(0, 2).map((name) => steps[name]!.make)]
        const expected = along(valuesOf([...made, steps.grad!.make], of), of, x)
        closeTo(valuesOf([...made, second], of)(x), expected, 1e-6)
      }),
      { numRuns: 25 * times },
    )
  })

  test('gradients in what a composition captures agree with central differences', () => {
    fc.assert(
      fc.property(cases, ({ base, stack, seed }) => {
        const of = given(seed)
        const x = numbers(3, seed + 3)
        const made = [base, ...stack.slice(0, 2).map((name) => steps[name]!.make)]
        const captured = tracing(specs, ({ x, c, v, w }) =>
          grad((c: Vector) =>
            made
              .reduce<Field>(
                (f, step) => step(f, { c, v, w }),
                (x) => x,
              )(x)
              .mul(w)
              .sum(),
          )(c),
        )
        const [leaf] = tracedLeaves(captured.outputs)
        const found = [...evaluated(captured, { ...of, x })[leaf!.path]!.data]
        const asFunctionOfC = (c: readonly number[]) => valuesOf(made, { ...of, c })(x)
        closeTo(found, across(asFunctionOfC, of, of.c), 1e-6)
      }),
      { numRuns: 25 * times },
    )
  })
})
