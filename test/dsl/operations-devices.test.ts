import { expect, test } from 'vitest'
import { type AnyProgram, f32, grad, i32, program, type Tensor, traceProgram, u32, where } from '../../dsl/index.ts'
import { compile } from '../../index.ts'
import { testOnDevices } from './results.ts'
import { evaluated, numbers } from './run.ts'

// What the operations of the language become in kernels gives what the evaluator gives: whole numbers and bools equal,
// floats to f32.

type Vector = Tensor<[8]>
const specs = { x: f32(8), y: f32(8), odd: f32(8), m: f32(4, 6), n: i32(8), u: u32(8) }
const of = program(specs, ({ x, y, odd, m, n, u }) => ({
  exact: {
    nan: odd.isNaN(),
    finite: odd.isFinite(),
    compared: odd.lessEqual(1).xor(odd.greater(y)),
    different: odd.notEqual(odd),
    sign: n.sign(),
    signOfU32: u.sign(),
    quotient: n.div(n.rem(3)),
    shifted: u.shiftRight(3).or(u.shiftLeft(29)),
    notted: n.not(),
    clamped: n.clamp(-2, 3),
    least: n.min(),
    leastOfU32: u.min(),
    any: n.greater(100).any(),
    all: n.greater(-100).all(),
    argmax: m.argmax(1),
    argmin: m.argmin(),
    argmaxOfInts: n.argmax(),
    argminOfU32: u.argmin(),
    argmaxOdd: odd.argmax(),
    order: m.argsort(0, { descending: true }),
    orderOdd: odd.argsort(),
    places: m.topK(2).indices,
    cumsum: n.cumsum(0, { reverse: true }),
    oneHot: n.oneHot(3, 'i32'),
  },
  close: {
    functions: [x.abs(), x.sign(), x.floor(), x.ceil(), x.round(), x.atan(), x.tanh(), x.erf()],
    waves: [x, x.mul(2 ** 20)].flatMap((x) => [x.sin(), x.cos(), x.tan()]),
    inside: [x.div(4).asin(), x.div(4).acos(), x.div(4).erfInv(), y.log1p(), y.rsqrt(), y.reciprocal()],
    two: [y.pow(x), x.pow(3), y.pow(-0.5), x.rem(y), x.atan2(y), x.minimum(y), x.clamp(-1, y)],
    folds: [m.min([0, 1]), m.variance(0), m.std(1, { correction: 1 }), m.norm([0, 1]), m.logSumExp(1)],
    rows: [m.softmax(), m.logSoftmax(0), m.cumsum(1), m.sort(0), m.topK(3, 1).values],
    steep: x.mul(4000).logSumExp().sub(x.mul(4000).max()),
    guarded: [
      (x: Vector) => where(x.greater(0), x.sqrt(), 0),
      (x: Vector) => where(x.greater(0), x.log(), 0),
      (x: Vector) => where(x.greater(0), x.rsqrt(), 0),
      (x: Vector) => where(x.greater(0), x.pow(0.3), 0),
    ].map((f) => grad((x: Vector) => f(x).sum())(x.round().mul(y))),
    slopes: [
      grad((x: Vector) => x.tanh().softmax().square().sum())(x),
      grad((x: Vector) => x.sort().cumsum(0).square().mean())(x),
      grad((x: Vector) => x.logSumExp().add(x.std()))(x),
      grad((x: Vector) => x.sub(x).norm())(x),
    ],
  },
}))

const [nan, high] = [Number.NaN, Number.POSITIVE_INFINITY]
const inputs = {
  x: Float32Array.from(numbers(8, 1), (e) => 3 * e).with(3, 0),
  y: Float32Array.from(numbers(8, 2), (e) => Math.abs(e) + 0.3),
  odd: Float32Array.of(1, nan, -high, high, 0, -0, nan, 3e38),
  m: Float32Array.from(numbers(24, 3), (e) => 2 * e),
  n: Int32Array.of(-7, 100, 0, 3, -(2 ** 31), 2, 1, 99),
  u: Uint32Array.of(7, 2 ** 32 - 1, 0, 8, 2 ** 31, 3, 0, 1),
}

testOnDevices('operations', of as unknown as AnyProgram, inputs, async (device) => (await compile(of, device))(inputs))

test('what is asked to be exact is whole numbers and bools', () => {
  const found = Object.entries(evaluated(traceProgram(of as unknown as AnyProgram, {}), inputs))
  const exact = found.filter(([path]) => path.startsWith('exact')).map(([, { dtype }]) => dtype)
  expect(exact.length).toBeGreaterThan(0)
  expect(exact).not.toContain('f32')
})
