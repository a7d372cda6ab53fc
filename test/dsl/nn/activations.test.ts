import { describe, expect, test } from 'vitest'
import { f32, grad, type Tensor } from '../../../dsl/index.ts'
import {
  elu,
  gelu,
  geluTanh,
  glu,
  leakyRelu,
  mish,
  type Pointwise,
  relu,
  selu,
  sequential,
  sigmoid,
  silu,
  softplus,
  swiglu,
  tanh,
} from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { is } from '../is.ts'
import { erf } from '../random/reference.ts'
import { closeTo, runBody } from '../run.ts'

const logistic = (x: number) => 1 / (1 + Math.exp(-x))
const plus = (x: number) => (x > 30 ? x : Math.log1p(Math.exp(x)))

/** Each function, by its formula. */
const formulas: { readonly [name: string]: readonly [Pointwise, (x: number) => number] } = {
  relu: [relu, (x) => Math.max(0, x)],
  leakyRelu: [leakyRelu(), (x) => (x > 0 ? x : 0.01 * x)],
  'leakyRelu(0.3)': [leakyRelu(0.3), (x) => (x > 0 ? x : 0.3 * x)],
  elu: [elu(), (x) => (x > 0 ? x : Math.exp(x) - 1)],
  'elu(0.5)': [elu(0.5), (x) => (x > 0 ? x : 0.5 * (Math.exp(x) - 1))],
  selu: [selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1))],
  gelu: [gelu, (x) => (x * (1 + erf(x / Math.SQRT2))) / 2],
  geluTanh: [geluTanh, (x) => (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2],
  silu: [silu, (x) => x * logistic(x)],
  softplus: [softplus, plus],
  mish: [mish, (x) => x * Math.tanh(plus(x))],
  tanh: [tanh, Math.tanh],
  sigmoid: [sigmoid, logistic],
}

type Wide = Tensor<number[]>
const valuesOf = (f: Pointwise, x: readonly number[]) =>
  runBody({ x: f32(x.length) }, ({ x }) => f(x), { x: [...x] }) as number[]
const slopesOf = (f: Pointwise, x: readonly number[]) =>
  runBody({ x: f32(x.length) }, ({ x }) => grad((x: Wide) => f(x).sum() as Tensor<[]>)(x), { x: [...x] }) as number[]

describe.each(Object.entries(formulas))('%s', (_, [f, formula]) => {
  test('is its formula', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -40, max: 40, noNaN: true })), (x) => {
        closeTo(valuesOf(f, x), x.map(formula), 1e-10)
      }),
      { numRuns: 30 },
    )
  })

  test('and its slope are numbers far out, and NaN stays NaN', () => {
    const far = [-1e4, -500, -89, 0, 89, 500, 1e4]
    closeTo(valuesOf(f, far), far.map(formula), 1e-10)
    const slopes = slopesOf(f, far)
    // Flat or linear: what is between the last two points is a straight line.
    for (const [i, other] of [
      [0, 1],
      [6, 5],
    ] as const)
      expect(slopes[i]).toBeCloseTo((formula(far[i]!) - formula(far[other]!)) / (far[i]! - far[other]!), 9)
    expect(slopes.every(Number.isFinite)).toBe(true)
    expect(valuesOf(f, [Number.NaN])).toEqual([Number.NaN])
  })
})

test('slopes at corners', () => {
  expect(slopesOf(relu, [0])).toEqual([0])
  expect(slopesOf(leakyRelu(0.1), [0])).toEqual([0.1])
  expect(slopesOf(elu(0.5), [0])).toEqual([0.5])
  expect(slopesOf(softplus, [0])).toEqual([0.5])
  const curvature = ({ x }: { x: Tensor<[]> }) => grad(grad((x: Tensor<[]>) => softplus(x)))(x)
  closeTo(runBody({ x: f32() }, curvature, { x: 0 }), 0.25, 1e-15)
})

test('gated units halve the last axis, by the second half or by the first', () => {
  const specs = { x: f32('n', 4) }
  const x = [1, -2, 0.5, 3, 0, 1, -1, 2]
  const body = ({ x }: { x: Tensor<['n', 4]> }) => [
    is<Tensor<['n', 2]>>()(glu(x)),
    is<Tensor<['n', 2]>>()(swiglu(x)),
    is<Tensor<['n', 1]>>()(sequential(silu, glu, glu).apply({}, x)),
  ]
  const halves = [
    [1, 0.5],
    [-2, 3],
    [0, -1],
    [1, 2],
  ]
  const [gated, swished, twice] = runBody(specs, body, { x }, { n: 2 }) as number[][]
  closeTo(
    gated,
    halves.map(([a, b]) => a! * logistic(b!)),
    1e-14,
  )
  closeTo(
    swished,
    halves.map(([a, b]) => a! * logistic(a!) * b!),
    1e-14,
  )
  expect(twice).toHaveLength(2)
})

test('an activation is a layer and its function', () => {
  const specs = { x: f32('n', 2) }
  const body = ({ x }: { x: Tensor<['n', 2]> }) => [
    is<Tensor<['n', 2]>>()(relu(x)),
    is<Tensor<['n', 2]>>()(relu.apply({}, x)),
    is<Tensor<['n', 2]>>()(sequential(relu, sequential(silu), elu()).apply({}, x)),
  ]
  const [called, applied] = runBody(specs, body, { x: [1, -1, -2, 3] }, { n: 2 }) as number[][]
  expect(called).toEqual([1, 0, 0, 3])
  expect(applied).toEqual(called)
  expect(relu.params).toEqual({})
})
