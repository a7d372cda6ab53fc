import { type AnyProgram, f32, grad, program, scalar, type Tensor } from '../../../dsl/index.ts'
import { compile } from '../../../index.ts'
import { testOnDevices } from '../results.ts'
import { numbers } from '../run.ts'

// What scalar functions become in kernels gives what the evaluator gives, to f32; that this is what JavaScript gives is
// a law of its own.

type Vector = Tensor<[9]>
const functions: { readonly [name: string]: (x: number, y: number) => number } = {
  swish: (x) => x / (1 + Math.exp(-x)),
  branches: (x, y) => {
    if (x > 1 && y > 0) return Math.exp(-x) * y
    return x < 0 || y < 0 ? Math.expm1(x) : Math.sqrt(x) ** 3
  },
  rounded: (x, y) => Math.round(2 * x) + Math.trunc(3 * y) - Math.ceil(x) * Math.floor(y) + Math.sign(x * y),
  remainder: (x, y) => (5 * x) % y,
  powers: (x, y) => x ** 3 + Math.abs(x) ** y + 2 ** y + (x * x) ** 0.5 + (x * x + 1) ** -0.5,
  angles: (x, y) => Math.atan2(y, x) + Math.asin(x / 4) * Math.acos(y / 4),
  hyperbolic: (x, y) => Math.sinh(x) + Math.cosh(y) + Math.tanh(x - y),
  inverse: (x, y) => Math.asinh(x) + Math.acosh(1 + y * y) + Math.atanh(x / 4),
  logarithms: (x, y) => Math.log2(1 + x * x) + Math.log10(1 + y * y) + Math.log1p(x * x),
  length: (x, y) => Math.hypot(x, y, 1e-3) + Math.hypot(1e25 * x, 1e25 * y) / 1e25,
  greatest: (x, y) => Math.max(x, y, 0.5) - Math.min(x * y, -y),
  tests: (x, y) => (Number.isNaN(x) !== Number.isFinite(y) ? x : Math.PI) * (x === y ? 1 : 2),
}

const specs = { x: f32(9), y: f32(9) }
const of = program(specs, ({ x, y }) => {
  const all = Object.values(functions).map((f) => scalar(f))
  return {
    values: all.map((f) => f(x, y)),
    slopes: all.map((f) => [grad((x: Vector) => f(x, y).sum())(x), grad((y: Vector) => f(x, y).sum())(y)]),
  }
})
const inputs = {
  x: Float32Array.from(numbers(9, 1), (e) => 2 * e),
  y: Float32Array.from(numbers(9, 2), (e) => 2 * e),
}

testOnDevices('scalar functions', of as unknown as AnyProgram, inputs, async (device) =>
  (await compile(of, device))(inputs),
)
