import { describe, expect, test } from 'vitest'
import {
  FluxionError,
  f32,
  grad,
  i32,
  iota,
  jvp,
  key,
  map,
  normal,
  program,
  type Spec,
  split,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from '../../dsl/index.ts'
import { asComplaint } from '../../dsl/transforms/complaint.ts'
import { is } from './is.ts'
import { closeTo, numbers, run, runBody, tracing } from './run.ts'

type Vector = Tensor<[3]>
const cubes = (x: Vector) => x.mul(x.square()).sum()
const x = [1, -2, 0.5]

describe('grad', () => {
  test('of a function, and of its gradient', () => {
    const first = (x: Vector) => grad(cubes)(x)
    closeTo(
      runBody({ x: f32(3) }, ({ x }) => first(x), { x }),
      x.map((e) => 3 * e * e),
      1e-14,
    )
    const second = grad((x: Vector) => grad(cubes)(x).sum())
    closeTo(
      runBody({ x: f32(3) }, ({ x }) => second(x), { x }),
      x.map((e) => 6 * e),
      1e-14,
    )
  })

  test('in a part of a record, with everything else constant', () => {
    const loss = (p: { a: { b: Vector; c: Vector } }, y: Vector) => p.a.b.mul(p.a.c).mul(y).sum()
    const body = ({ x, y }: { x: Vector; y: Vector }) => {
      const p = { a: { b: x, c: y } }
      return { b: is<Vector>()(grad(loss, 'a.b')(p, y)), all: grad(loss)(p, y) }
    }
    const y = [3, 4, 5]
    closeTo(
      runBody({ x: f32(3), y: f32(3) }, body, { x, y }),
      { b: y.map((e) => e * e), all: { a: { b: y.map((e) => e * e), c: x.map((e, i) => e * y[i]!) } } },
      1e-14,
    )
  })

  test('sees tensors from around the function as constants', () => {
    const body = ({ x, y }: { x: Vector; y: Vector }) => grad((x: Vector) => x.mul(y).mul(x.add(y)).sum())(x)
    const y = [3, 4, 5]
    closeTo(
      runBody({ x: f32(3), y: f32(3) }, body, { x, y }),
      x.map((e, i) => (2 * e + y[i]!) * y[i]!),
      1e-14,
    )
  })

  test('gives zeros where nothing flows, and the value beside the gradient', () => {
    const body = ({ x, y }: { x: Vector; y: Vector }) =>
      valueAndGrad((p: { x: Vector; y: Vector }) => cubes(p.x))({ x, y })
    const expected = [x.reduce((sum, e) => sum + e ** 3, 0), { x: x.map((e) => 3 * e * e), y: [0, 0, 0] }]
    closeTo(runBody({ x: f32(3), y: f32(3) }, body, { x, y: x }), expected, 1e-14)
  })

  test("of a program is a program, in its own dims and in the caller's", () => {
    const loss = program({ x: f32('n'), y: f32('n') }, ({ x, y }) => x.mul(y).sum(), { name: 'loss' })
    const gradient = grad(loss, 'x')
    closeTo(run(gradient, { n: 2 }, { x: [1, 2], y: [3, 4] }), [3, 4], 1e-14)
    const caller = program({ a: f32('m') }, ({ a }) => is<Tensor<['m']>>()(gradient({ x: a, y: a.add(1) })))
    closeTo(run(caller, { m: 2 }, { a: [1, 2] }), [2, 3], 1e-14)
  })

  test('asks for a part that is float, and for one that is there', () => {
    const loss = (p: { x: Vector; k: Tensor<[], 'i32'> }) => p.x.mul(p.k.cast('f32')).sum()
    const specs = { x: f32(3), k: i32() }
    expect(() => tracing(specs, (p) => grad(loss)(p))).toThrow(
      'dtype error: grad: k is i32 and has no gradient; name a part that is float',
    )
    closeTo(
      runBody(specs, (p) => grad(loss, 'x')(p), { x, k: 4 }),
      [4, 4, 4],
      1e-14,
    )
    expect(() => tracing(specs, (p) => grad(loss, 'z' as 'x')(p))).toThrow(
      'type error: grad: there is no z; there is x, k',
    )
  })
})

describe('vmap', () => {
  test('is the loop', () => {
    const f = (x: Vector, t: Tensor<[]>) => x.mul(t).sigmoid().sum()
    const inputs = { x: numbers(6), t: [2, -1] }
    const expected = inputs.t.map((t, i) =>
      inputs.x.slice(3 * i, 3 * i + 3).reduce((sum, e) => sum + 1 / (1 + Math.exp(-e * t)), 0),
    )
    const specs = { x: f32('n', 3), t: f32('n') }
    closeTo(
      runBody(specs, ({ x, t }) => vmap(f)(x, t), inputs, { n: 2 }),
      expected,
      1e-14,
    )
    closeTo(
      runBody(specs, ({ x, t }) => map(f, x, t), inputs, { n: 2 }),
      expected,
      1e-14,
    )
  })

  test('nests, with axes that are not mapped', () => {
    const distance = (x: Tensor<[2]>, y: Tensor<[2]>) => x.sub(y).square().sum()
    const all = vmap(vmap(distance, { inAxes: [null, 0] }), { inAxes: [0, null] })
    const inputs = { x: numbers(4, 1), y: numbers(6, 2) }
    const expected = [0, 1].flatMap((i) =>
      [0, 1, 2].map((j) => [0, 1].reduce((sum, d) => sum + (inputs.x[2 * i + d]! - inputs.y[2 * j + d]!) ** 2, 0)),
    )
    closeTo(
      runBody({ x: f32('n', 2), y: f32('m', 2) }, ({ x, y }) => is<Tensor<['n', 'm']>>()(all(x, y)), inputs, {
        n: 2,
        m: 3,
      }),
      expected,
      1e-14,
    )
  })

  test('takes axes for the parts of a record', () => {
    const f = (p: { w: Vector; x: Vector }) => p.w.mul(p.x).sum()
    const body = ({ w, x }: { w: Vector; x: Tensor<['n', 3]> }) => vmap(f, { inAxes: { w: null, x: 0 } })({ w, x })
    const inputs = { w: [1, 2, 3], x: numbers(6) }
    const expected = [0, 3].map((i) => inputs.w.reduce((sum, w, k) => sum + w * inputs.x[i + k]!, 0))
    closeTo(runBody({ w: f32(3), x: f32('n', 3) }, body, inputs, { n: 2 }), expected, 1e-14)
  })

  test('repeats what does not depend on its arguments, and maps nothing over no elements', () => {
    const body = ({ x, y }: { x: Tensor<['n', 3]>; y: Vector }) =>
      vmap((_: Vector) => ({ y, one: zeros([2]).add(1) }))(x)
    expect(runBody({ x: f32('n', 3), y: f32(3) }, body, { x: numbers(6), y: [1, 2, 3] }, { n: 2 })).toEqual({
      y: [1, 2, 3, 1, 2, 3],
      one: [1, 1, 1, 1],
    })
    expect(runBody({ x: f32('n', 3) }, ({ x }) => vmap(cubes)(x), { x: [] }, { n: 0 })).toEqual([])
  })

  test('of keys draws for each', () => {
    const body = ({ k }: { k: Tensor<[], 'key'> }) => {
      const [a, b] = split(k, 2)
      return [normal(a, [3]), normal(b, [3])]
    }
    const each = ({ keys }: { keys: Tensor<['n'], 'key'> }) => vmap((k: Tensor<[], 'key'>) => normal(k, [3]))(keys)
    const specs = { keys: { ...key(), shape: ['n'] } as unknown as Spec<['n'], 'key'> }
    const keys = runBody({ k: key() }, ({ k }) => split(k, 2), { k: [0, 7] }) as number[][]
    const apart = runBody({ k: key() }, body, { k: [0, 7] }) as number[][]
    expect(runBody(specs, each, { keys: keys.flat() }, { n: 2 })).toEqual(apart.flat())
  })

  test('needs something to map', () => {
    // @ts-expect-error
    expect(() => tracing({ x: f32(3) }, ({ x }) => vmap(cubes, { inAxes: [null] })(x))).toThrow(
      'type error: vmap: no argument has an axis to map',
    )
    expect(() => tracing({ x: f32() }, ({ x }) => vmap((x: Tensor<[]>) => x)(x as never))).toThrow(
      'shape error: vmap: argument 0 is [] and has no axis to map',
    )
  })

  test('of a gradient is the gradient of each', () => {
    const inputs = { x: numbers(6) }
    closeTo(
      runBody({ x: f32('n', 3) }, ({ x }) => vmap(grad(cubes))(x), inputs, { n: 2 }),
      inputs.x.map((e) => 3 * e * e),
      1e-14,
    )
  })
})

describe('jvp and vjp', () => {
  const f = (x: Vector, y: Vector) => ({ product: x.mul(y), sum: x.exp().sum() })
  const inputs = { x, y: [3, 4, 5], dx: numbers(3, 5), dy: numbers(3, 6) }
  const specs = { x: f32(3), y: f32(3), dx: f32(3), dy: f32(3) }

  test('jvp is the directional derivative', () => {
    const product = inputs.x.map((e, i) => e * inputs.dy[i]! + inputs.y[i]! * inputs.dx[i]!)
    const sum = inputs.x.reduce((total, e, i) => total + Math.exp(e) * inputs.dx[i]!, 0)
    closeTo(
      runBody(specs, ({ x, y, dx, dy }) => jvp(f, [x, y], [dx, dy])[1], inputs),
      { product, sum },
      1e-14,
    )
  })

  test('vjp is its transpose', () => {
    const body = ({ x, y, dx, dy }: { x: Vector; y: Vector; dx: Vector; dy: Vector }) => {
      const [out, tangent] = jvp(f, [x, y], [dx, dy])
      const [, pull] = vjp(f, x, y)
      const [cx, cy] = pull(out)
      const forward = tangent.product.mul(out.product).sum().add(tangent.sum.mul(out.sum))
      return { forward, reverse: dx.mul(cx).sum().add(dy.mul(cy).sum()) }
    }
    const { forward, reverse } = runBody(specs, body, inputs) as { forward: number[]; reverse: number[] }
    closeTo(forward, reverse, 1e-14)
  })

  test('a pullback mapped over unit vectors is the Jacobian', () => {
    const rows = ({ x }: { x: Vector }) => {
      const [, pull] = vjp((x: Vector) => x.mul(x.sum()), x)
      const unit = iota(3).expand(1).less(iota(3).expand(0)).cast('f32')
      const lower = iota(3).expand(0).less(iota(3).expand(1)).cast('f32')
      const eye = unit.add(lower).sub(1).neg()
      return vmap((row: Vector) => pull(row)[0])(eye)
    }
    const total = x.reduce((a, b) => a + b, 0)
    const expected = x.flatMap((e, i) => x.map((_, j) => e + (i === j ? total : 0)))
    closeTo(runBody({ x: f32(3) }, rows, { x }), expected, 1e-14)
  })

  test('a tangent of an integer result is zero', () => {
    expect(runBody({ x: f32(3) }, ({ x }) => jvp((x: Vector) => x.less(0), [x], [x])[1], { x })).toEqual([0, 0, 0])
  })

  test('a cotangent of an integer result stops there', () => {
    const body = ({ x }: { x: Vector }) => vjp((x: Vector) => x.cast('i32'), x)[1](zeros([3], 'i32'))
    expect(runBody({ x: f32(3) }, body, { x })).toEqual([[0, 0, 0]])
  })

  test('the arguments of a pullback are checked', () => {
    const wrong = ({ x }: { x: Vector }) => vjp(cubes, x)[1](x as never)
    expect(() => tracing({ x: f32(3) }, wrong)).toThrow('shape error: the cotangent is [3], needs []')
    const integers = ({ k }: { k: Tensor<[3], 'i32'> }) => vjp((k: Tensor<[3], 'i32'>) => k.cast('f32'), k)
    expect(() => tracing({ k: i32(3) }, integers)).toThrow('dtype error: vjp: primal.0 is i32 and has no gradient')
  })

  test('what the compiler cannot do becomes an error of the author', () => {
    const cannot = () =>
      asComplaint('grad', () => {
        throw new Error('floor has no gradient')
      })
    expect(cannot).toThrow(FluxionError)
    expect(cannot).toThrow('transform error: grad: floor has no gradient')
  })
})
