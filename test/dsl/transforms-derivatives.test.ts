import { describe, expect, test } from 'vitest'
import {
  f32,
  grad,
  hessian,
  hvp,
  i32,
  jacfwd,
  jacrev,
  jvp,
  key,
  linearize,
  normal,
  program,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'

type Vector = Tensor<['n']>
type Matrix = Tensor<['n', 'n']>
interface Net {
  readonly w: Tensor<['m', 'n']>
  readonly b: Tensor<['m']>
  readonly out: Tensor<['n', 'm']>
}
const netSpec = { w: f32('m', 'n'), b: f32('m'), out: f32('n', 'm') }
const column = (x: Vector): Tensor<['n', 1]> => x.expand(1)
/** A layer, tanh, and a layer: R^n to R^n. */
const mlp = (net: Net, x: Vector): Vector =>
  net.out.matmul(net.w.matmul(column(x)).sum(1).add(net.b).tanh().expand(1)).sum(1)

const identity = (n: number): number[] => Array.from({ length: n * n }, (_, k) => Number(k % (n + 1) === 0))
const sizes = fc.record({ n: fc.integer({ min: 0, max: 4 }), m: fc.integer({ min: 0, max: 3 }), seed: fc.integer() })
const netOf = ({ n, m, seed }: { n: number; m: number; seed: number }) => ({
  w: numbers(m * n, seed),
  b: numbers(m, seed + 1),
  out: numbers(n * m, seed + 2),
})
const transposed = (a: readonly number[], n: number): number[] => a.map((_, k) => a[(k % n) * n + Math.floor(k / n)]!)
const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((e, i) => e + b[i]!)

describe('jacfwd and jacrev', () => {
  test('agree with each other and with differences, on a function of a record that gives a record', () => {
    const f = (p: { x: Vector; net: Net }) => ({ y: mlp(p.net, p.x), total: p.x.square().sum() })
    fc.assert(
      fc.property(sizes, (of) => {
        const x = numbers(of.n, of.seed + 3)
        const inputs = { x, net: netOf(of) }
        const body = (p: { x: Vector; net: Net }) => ({ forward: jacfwd(f)(p), reverse: jacrev(f)(p), at: f(p).y })
        const specs = { x: f32('n'), net: netSpec }
        const named = { n: of.n, m: of.m }
        const { forward, reverse } = runBody(specs, body, inputs, named) as { forward: never; reverse: never }
        closeTo(forward, reverse, 1e-12)

        const at = (x: number[]) => (runBody(specs, body, { ...inputs, x }, named) as { at: number[] }).at
        const step = 1e-5
        const columns = x.map((e, j) => {
          const [up, down] = [at(x.with(j, e + step)), at(x.with(j, e - step))]
          return up.map((u, i) => (u - down[i]!) / (2 * step))
        })
        const { y, total } = forward as { y: { x: number[] }; total: { x: number[]; net: unknown } }
        closeTo(
          y.x,
          x.flatMap((_, i) => columns.map((column) => column[i]!)),
          1e-6,
        )
        closeTo(
          total.x,
          x.map((e) => 2 * e),
          1e-14,
        )
        const zero = (count: number) => new Array<number>(count).fill(0)
        closeTo(total.net, { w: zero(of.m * of.n), b: zero(of.m), out: zero(of.n * of.m) }, 0)
      }),
      { numRuns: 12 * times },
    )
  })

  test('put the axes of the argument behind those of the result', () => {
    const f = (a: Tensor<[2, 3]>, b: Tensor<[3]>) => a.mul(b)
    const body = ({ a, b }: { a: Tensor<[2, 3]>; b: Tensor<[3]> }) => [
      is<Tensor<[2, 3, 2, 3]>>()(jacfwd(f)(a, b)),
      is<Tensor<[2, 3, 3]>>()(jacrev(f, { argument: 1 })(a, b)),
    ]
    const inputs = { a: numbers(6), b: [2, 3, 5] }
    const inA = identity(6).map((e, k) => e * inputs.b[k % 3]!)
    const inB = inputs.a.flatMap((e, k) => [0, 1, 2].map((j) => (k % 3 === j ? e : 0)))
    closeTo(runBody({ a: f32(2, 3), b: f32(3) }, body, inputs), [inA, inB], 1e-15)
  })

  test('of a program is a program', () => {
    const f = program({ x: f32('k'), a: f32('k') }, ({ x, a }) => x.mul(x.mul(a).sum()))
    const body = ({ x }: { x: Vector }) => is<Matrix>()(jacfwd(f, 'x')({ x, a: x }))
    const x = [1, 2]
    // d/dx_j x_i (x . a) = delta_ij (x . a) + x_i a_j at a = x.
    closeTo(runBody({ x: f32('n') }, body, { x }, { n: 2 }), [6, 2, 2, 9], 1e-14)
  })

  test('the divergence of a network is the trace of its Jacobian', () => {
    const body = ({ x, net, units }: { x: Vector; net: Net; units: Matrix }) => {
      const f = (x: Vector) => mlp(net, x)
      const along = (unit: Vector) => jvp(f, [x], [unit])[1].mul(unit).sum()
      return { divergence: vmap(along)(units).sum(), jacobian: jacrev(f)(x) }
    }
    fc.assert(
      fc.property(sizes, (of) => {
        const inputs = { x: numbers(of.n, of.seed + 3), net: netOf(of), units: identity(of.n) }
        const specs = { x: f32('n'), net: netSpec, units: f32('n', 'n') }
        const found = runBody(specs, body, inputs, { n: of.n, m: of.m }) as { [name: string]: number[] }
        const trace = inputs.units.reduce((sum, e, k) => sum + e * found.jacobian![k]!, 0)
        closeTo(found.divergence, [trace], 1e-13)
      }),
      { numRuns: 12 * times },
    )
  })

  test('need floats', () => {
    const specs = { x: f32(3), k: i32() }
    expect(() => tracing(specs, ({ x }) => jacfwd((x: Tensor<[3]>) => ({ y: x.cast('i32') }) as never)(x))).toThrow(
      'dtype error: jacfwd: the result.y is i32, needs a float',
    )
    expect(() => tracing(specs, ({ k }) => jacrev((k: Tensor<[], 'i32'>) => k.cast('f32'))(k))).toThrow(
      'dtype error: jacrev: the argument is i32 and has no gradient; name a part that is float',
    )
  })
})

describe('hessian and hvp', () => {
  test('of a quadratic form x A x is A + its transpose', () => {
    const form = (x: Vector, a: Matrix) => a.matmul(column(x)).sum(1).mul(x).sum()
    const body = ({ x, v, a }: { x: Vector; v: Vector; a: Matrix }) => ({
      hessian: hessian(form)(x, a),
      product: hvp((x) => form(x, a), [x], [v])[0],
    })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.integer(), (n, seed) => {
        const [x, v, a] = [numbers(n, seed), numbers(n, seed + 1), numbers(n * n, seed + 2)]
        const found = runBody({ x: f32('n'), v: f32('n'), a: f32('n', 'n') }, body, { x, v, a }, { n })
        const matrix = plus(a, transposed(a, n))
        const product = x.map((_, i) => v.reduce((sum, e, j) => sum + matrix[n * i + j]! * e, 0))
        closeTo(found, { hessian: matrix, product }, 1e-13)
      }),
      { numRuns: 20 * times },
    )
  })

  test('hvp is the Hessian times the vector, over all parts and arguments', () => {
    type P = { x: Vector; s: Tensor<[]> }
    const f = (p: P, net: Net) => mlp(net, p.x).square().sum().mul(p.s.exp())
    const body = ({ p, net, dp, dnet }: { p: P; net: Net; dp: P; dnet: Net }) => {
      const h = hessian(f)(p, net)
      const times = (row: { x: Matrix; s: Vector }, along: P) =>
        row.x.matmul(column(along.x)).sum(1).add(row.s.mul(along.s))
      const still = { w: net.w.mul(0), b: net.b.mul(0), out: net.out.mul(0) }
      return {
        matrix: times(h.x, dp),
        product: hvp(f, [p, net], [dp, still])[0].x,
        whole: hvp(f, [p, net], [dp, dnet]),
        gradient: jvp((p: P, net: Net) => vjp(f, p, net)[1](p.s.mul(0).add(1)), [p, net], [dp, dnet])[1],
      }
    }
    const pSpec = { x: f32('n'), s: f32() }
    fc.assert(
      fc.property(sizes, (of) => {
        const inputs = {
          p: { x: numbers(of.n, of.seed + 3), s: [0.3] },
          net: netOf(of),
          dp: { x: numbers(of.n, of.seed + 4), s: [-0.7] },
          dnet: netOf({ ...of, seed: of.seed + 5 }),
        }
        const specs = { p: pSpec, net: netSpec, dp: pSpec, dnet: netSpec }
        const found = runBody(specs, body, inputs, { n: of.n, m: of.m }) as { [name: string]: never }
        closeTo(found.product, found.matrix!, 1e-12)
        closeTo(found.whole, found.gradient!, 1e-12)
      }),
      { numRuns: 12 * times },
    )
  })

  test('a list of paths has a tuple of tuples', () => {
    const f = (p: { a: Tensor<[]>; b: Tensor<[2]>; c: Tensor<[]> }) => p.a.square().mul(p.b.sum()).mul(p.c)
    const body = ({ p }: { p: Parameters<typeof f>[0] }) => hessian(f, ['a', 'b'])(p)
    const specs = { p: { a: f32(), b: f32(2), c: f32() } }
    const expected = [
      [[2 * 7 * 10], [2 * 3 * 10, 2 * 3 * 10]],
      [
        [60, 60],
        [0, 0, 0, 0],
      ],
    ]
    closeTo(runBody(specs, body, { p: { a: [3], b: [5, 2], c: [10] } }), expected, 1e-14)
  })
})

describe('linearize', () => {
  test('push is jvp, at many tangents, in a mapped function, and transposed', () => {
    const body = ({ x, net, vs }: { x: Vector; net: Net; vs: Matrix }) => {
      const f = (x: Vector) => ({ y: mlp(net, x), s: x.mul(x.sum()).sum() })
      const [out, push] = linearize(f, x)
      const [, pull] = vjp(push, x)
      return {
        out: [out, f(x)],
        jvp: vmap((v: Vector) => jvp(f, [x], [v])[1])(vs),
        pushed: vmap(push)(vs),
        within: vmap((v: Vector) => push(v))(vs),
        sum: push(vs.sum(0)),
        pulled: [pull(out), vjp(f, x)[1](out)],
      }
    }
    fc.assert(
      fc.property(sizes, (of) => {
        const inputs = { x: numbers(of.n, of.seed + 3), net: netOf(of), vs: numbers(of.n * of.n, of.seed + 4) }
        const specs = { x: f32('n'), net: netSpec, vs: f32('n', 'n') }
        const found = runBody(specs, body, inputs, { n: of.n, m: of.m }) as unknown as {
          [name: string]: { y: number[]; s: number[] } & [unknown, unknown]
        }
        closeTo(found.out![0], found.out![1], 1e-14)
        closeTo(found.pushed, found.jvp, 1e-13)
        closeTo(found.within, found.jvp, 1e-13)
        const rows = found.jvp!.s.map((_, i) => found.jvp!.y.slice(of.n * i, of.n * i + of.n))
        const sum = rows.reduce((sum, row) => plus(sum, row), new Array<number>(of.n).fill(0))
        closeTo(found.sum!.y, sum, 1e-12)
        closeTo(found.pulled![0], found.pulled![1], 1e-12)
      }),
      { numRuns: 12 * times },
    )
  })

  test('computes once what does not depend on the tangents', () => {
    const body = (pushes: number) =>
      tracing({ x: f32(3) }, ({ x }) => {
        const [, push] = linearize((x: Tensor<[3]>) => x.exp().sigmoid(), x)
        return Array.from({ length: pushes }, () => push(x))
      })
    const count = (pushes: number) =>
      body(pushes).graph.equations.filter(({ primitive }) => ['exp', 'sigmoid'].includes(primitive.name)).length
    expect([count(0), count(3)]).toEqual([2, 2])
  })

  test('a pullback that is mapped computes its function once', () => {
    const { graph } = tracing({ x: f32(3), c: f32(4, 3) }, ({ x, c }) => {
      const [, pull] = vjp((x: Tensor<[3]>) => x.exp(), x)
      return vmap((c: Tensor<[3]>) => pull(c)[0])(c)
    })
    expect(graph.equations.filter(({ primitive }) => primitive.name === 'exp').length).toBe(1)
  })

  test('a linear map does not outlive the function that it was made in', () => {
    const leak = ({ x }: { x: Tensor<[3]> }) => {
      const kept: ((v: Tensor<[]>) => unknown)[] = []
      vmap((e: Tensor<[]>) => {
        const [out, push] = linearize((y: Tensor<[]>) => y.mul(e), x.sum())
        kept.push(push)
        return out
      })(x)
      return kept[0]!(x.sum())
    }
    expect(() => tracing({ x: f32(3) }, leak)).toThrow(
      'trace error: push: a tensor is used after the function that made it has ended',
    )
  })
})

describe('auxiliary results and arguments', () => {
  type P = { w: Vector; b: Tensor<[]> }
  const loss = (p: P, x: Vector) => {
    const y = p.w.mul(x).add(p.b)
    return [y.square().sum(), { y, big: y.less(p.b) }] as const
  }
  const specs = { p: { w: f32('n'), b: f32() }, x: f32('n') }
  const inputs = { p: { w: [1, -2], b: [0.5] }, x: [3, 4] }
  const y = [3.5, -7.5]
  const value = [[3.5 ** 2 + 7.5 ** 2], { y, big: [0, 1] }]
  const w = [2 * 3.5 * 3, 2 * -7.5 * 4]

  test('aux passes through', () => {
    const body = ({ p, x }: { p: P; x: Vector }) => ({
      both: valueAndGrad(loss, { aux: true })(p, x),
      one: grad(loss, { aux: true, wrt: 'w' })(p, x),
    })
    const expected = { both: [value, { w, b: [2 * (3.5 - 7.5)] }], one: [w, value[1]] }
    closeTo(runBody(specs, body, inputs, { n: 2 }), expected, 1e-14)
  })

  test('aux of a program', () => {
    const of = program({ p: { w: f32('n'), b: f32() }, x: f32('n') }, ({ p, x }) => loss(p, x))
    const body = ({ p, x }: { p: P; x: Vector }) => valueAndGrad(of, { aux: true, wrt: 'p.w' })({ p, x })
    closeTo(runBody(specs, body, inputs, { n: 2 }), [value, w], 1e-14)
  })

  test('aux is differentiated by what is around', () => {
    const body = ({ x }: { x: Vector }) =>
      grad((x: Vector) => {
        const [g, { cube }] = grad((y: Vector) => [y.mul(x).sum(), { cube: y.mul(y).mul(x) }], { aux: true })(x)
        return g.mul(cube).sum()
      })(x)
    // g is x and cube x^3, so that the sum is that of x^4.
    const x = [1, -2, 0.5]
    closeTo(
      runBody({ x: f32('n') }, body, { x }, { n: 3 }),
      x.map((e) => 4 * e ** 3),
      1e-13,
    )
  })

  test('several parts, in any argument', () => {
    const f = (k: Tensor<[], 'i32'>, p: P, x: Vector) => loss(p, x)[0].mul(k.cast('f32'))
    const body = ({ p, x, k }: { p: P; x: Vector; k: Tensor<[], 'i32'> }) => [
      grad(f, { argument: 1, wrt: ['b', 'w'] })(k, p, x),
      grad(f, { argument: 2 })(k, p, x),
      grad((p: P) => loss(p, x)[0], ['w'])(p),
    ]
    const expected = [[[-16], w.map((e) => 2 * e)], y.map((e, i) => 4 * e * inputs.p.w[i]!), [w]]
    closeTo(runBody({ ...specs, k: i32() }, body, { ...inputs, k: [2] }, { n: 2 }), expected, 1e-14)
  })

  test('parts must be there and apart', () => {
    const f = (p: P, x: Vector) => loss(p, x)[0]
    const wrong = (wrt: unknown) => () => tracing(specs, ({ p, x }) => grad(f, wrt as '')(p, x), { n: 2 })
    expect(wrong(['w', 'z'])).toThrow('type error: grad: there is no z; there is w, b')
    expect(wrong(['w', 'w'])).toThrow('type error: grad: w is also in w; name one of them')
    expect(wrong(['w', ''])).toThrow('type error: grad: w is also in the argument; name one of them')
    expect(wrong({ argument: 2 })).toThrow('type error: grad: there is no argument 2; the function takes 2')
    expect(wrong({ argument: -1 })).toThrow('type error: grad: there is no argument -1; the function takes 2')
  })
})

describe('primals that are not floats', () => {
  test('have no cotangent, and their tangents are not looked at', () => {
    const f = (x: Vector, p: { k: Tensor<[], 'i32'>; seed: Tensor<[], 'key'>; on: Tensor<['n'], 'bool'> }) => ({
      y: x
        .mul(p.k.cast('f32'))
        .add(normal(p.seed, ['n']))
        .mul(p.on.cast('f32')),
      k: p.k.add(1),
    })
    const body = ({ x, k, seed }: { x: Vector; k: Tensor<[], 'i32'>; seed: Tensor<[], 'key'> }) => {
      const p = { k, seed, on: x.less(0) }
      const [, pull] = vjp(f, x, p)
      const [dx, dp] = pull({ y: x, k })
      expect(is<{ k: undefined; seed: undefined; on: undefined }>()(dp)).toStrictEqual({
        k: undefined,
        seed: undefined,
        on: undefined,
      })
      const [, push] = linearize(f, x, p)
      return [dx, pull({ y: x, k: undefined })[0], jvp(f, [x, p], [x, dp])[1].y, push(x, dp).y]
    }
    const x = [1, -2, -3]
    const expected = [0, -8, -12]
    const found = runBody({ x: f32('n'), k: i32(), seed: key() }, body, { x, k: [4], seed: [0, 1] }, { n: 3 })
    closeTo(found, [expected, expected, expected, expected], 1e-14)
  })
})
