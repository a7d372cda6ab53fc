import { describe, expect, test } from 'vitest'
import { f32, grad, hessian, jvp, program, scalar, type Tensor, vmap } from '../../../dsl/index.ts'
import { checkGradient, checkJvp, checkVmap, evaluateProgram, tensors } from '../../../testing/index.ts'
import { compileProgram } from '../../compiler/fuse/compile-program.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { third } from './both.ts'

const rate = 3
const softplus = scalar((x: number) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))), {
  name: 'softplus',
})
const bent = scalar((x: number, y: number) => softplus(rate * x) / rate + y ** 2, {
  name: 'bent',
  uses: { softplus, rate },
})

test('of numbers it is the function itself', () => {
  const calls: number[] = []
  const counted = (x: number): number => {
    calls.push(x)
    return x / 2
  }
  const half = scalar(counted, { source: '(x) => x / 2' })
  expect(half(3)).toBe(1.5)
  expect([1, 2].map(half)).toEqual([0.5, 1])
  expect(calls).toEqual([3, 1, 2])
  expect(bent(0, 2)).toBe(Math.log(2) / 3 + 4)
})

test('what is imported is known by its own name, though a bundler writes another', () => {
  const made = scalar((x: number) => x * third + bent(x, 0), { uses: { third, bent } })
  const of = program({ x: f32(2) }, ({ x }) => made(x))
  expect([...evaluateProgram(of, { x: [3, 6] }).data]).toEqual([3, 6].map(made))
})

describe('of tensors it is a tensor', () => {
  const of = program({ x: f32('n', 1), y: f32(3), s: f32() }, ({ x, y, s }) => ({
    both: bent(x, y),
    number: bent(2, y),
    other: bent(s, 1),
    named: bent(x, s),
  }))
  const { both, number, other, named } = evaluateProgram(of, { x: [[-1], [2]], y: [1, 2, 3], s: 0.5 })

  test('to whose shape all of them broadcast', () => {
    expect([both, number, other, named].map(({ shape }) => shape)).toEqual([[2, 3], [3], [], [2, 1]])
    const wanted = [-1, 2].flatMap((x) => [1, 2, 3].map((y) => bent(x, y)))
    wanted.forEach((value, i) => {
      expect(both.data[i]).toBeCloseTo(value, 12)
    })
    expect(other.data[0]).toBeCloseTo(bent(0.5, 1), 12)
  })

  test('also where the result does not hang on them', () => {
    const first = scalar((x: number, _y: number) => x)
    const three = scalar((_x: number) => 3)
    const flat = program({ x: f32(3), y: f32(2, 1) }, ({ x, y }) => ({ first: first(x, y), three: three(y) }))
    const found = evaluateProgram(flat, { x: [1, 2, 3], y: [[5], [6]] })
    expect(found.first).toMatchObject({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 1, 2, 3) })
    expect(found.three).toMatchObject({ shape: [2, 1], data: Float64Array.of(3, 3) })
  })

  test('and where they are more than the function takes, as their types may be', () => {
    const first: (x: number, y: number) => number = (x) => x
    const made = scalar(first)
    expect(made(1, 2)).toBe(1)
    const of = program({ x: f32(3), y: f32(2, 1) }, ({ x, y }) => ({ both: made(x, y), each: [x].map(softplus) }))
    const { both } = evaluateProgram(of, { x: [1, 2, 3], y: [[5], [6]] })
    expect(both).toMatchObject({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 1, 2, 3) })
  })
})

/** Functions with kinks, branches, constants and other functions. */
const losses = [
  scalar((x: number, y: number) => x / (1 + Math.exp(-x)) + y * Math.sin(x)),
  scalar((x: number, y: number) => (x > y ? Math.sinh(x) - y : Math.atan2(y, x * x + 1))),
  scalar((x: number, y: number) => {
    const e = Math.exp(-x * x)
    if (x > 1 && y > 0) return e * y
    const s = e + Math.cosh(y)
    return Math.max(s, 2, x) + Math.asinh(x * y)
  }),
  scalar((x: number, y: number) => Math.hypot(x, y, 1) * Math.tanh(y) + Math.log2(2 + x * x) - Math.abs(y) ** 1.5),
  bent,
].map((f) =>
  program({ x: f32('n', 2), y: f32(2) }, ({ x, y }: { x: Tensor<['n', 2]>; y: Tensor<[2]> }) => f(x, y).sum()),
)

describe('its derivatives are those of its operations', () => {
  test.each(losses.map((_, i) => i))('of function %i, against differences, in both modes', (i) => {
    const loss = losses[i]!
    const inputs = tensors(loss, {
      dims: { n: { min: 1, max: 3 } },
      values: { x: { min: -3, max: 3 }, y: { min: -3, max: 3 } },
    })
    fc.assert(
      fc.property(inputs, (inputs) => checkGradient(loss, inputs)),
      { numRuns: 8 * times },
    )
    fc.assert(
      fc.property(inputs, (inputs) => checkJvp(loss, inputs)),
      { numRuns: 6 * times },
    )
  })

  test('mapped, it is what it is of each part', () => {
    const of = program({ x: f32(3), y: f32() }, ({ x, y }) => bent(x, y))
    fc.assert(
      fc.property(tensors(of, { batch: 3, values: { x: { min: -3, max: 3 } } }), (inputs) => checkVmap(of, inputs)),
      { numRuns: 10 * times },
    )
  })

  test('they nest', () => {
    const cube = scalar((x: number) => x ** 3)
    const of = program({ x: f32(2) }, ({ x }) => ({
      hessian: hessian((x: Tensor<[2]>) => cube(x).sum())(x),
      along: jvp((x: Tensor<[2]>) => grad((x: Tensor<[2]>) => cube(x).sum())(x), [x], [x])[1],
      each: vmap((x: Tensor<[]>) => grad((x: Tensor<[]>) => cube(x))(x))(x),
    }))
    const { hessian: second, along, each } = evaluateProgram(of, { x: [1, 2] })
    expect([...second.data]).toEqual([6, 0, 0, 12])
    expect([...along.data]).toEqual([6, 24])
    expect([...each.data]).toEqual([3, 12])
  })
})

describe('nothing comes from a branch that is not taken', () => {
  const exp = scalar((x: number) => Math.exp(x), { name: 'exp' })
  const functions: { readonly [what: string]: (x: number) => number } = {
    'what overflows': (x) => (x > 0 ? x : Math.exp(x) - 1),
    'what has a pole': (x) => (x > 0 ? Math.sqrt(x) + Math.log(x) + 1 / x : 0),
    'a constant from outside': (x) => {
      const e = Math.exp(x)
      const twice = 2 * e
      return x > 0 ? x : twice - 1
    },
    'a constant with a branch, and another function': (x) => {
      const e = x < -20 ? 0 : exp(x)
      return x > 20 ? x : Math.log(1 + e)
    },
    'after a return': (x) => {
      if (x > 0) return x
      const e = Math.exp(x)
      return e * e
    },
    'a branch in a branch': (x) => (x > 0 ? (x > 1 ? x : x ** 3) : x < -1 ? 1 / x : Math.exp(x)),
    'another function': (x) => (x > 0 ? x : exp(x)),
    'a product that overflows': (x) => (x < 0 ? x : x > 1e200 ? 1 : x * x * x),
  }
  for (const [what, f] of Object.entries(functions))
    test(what, () => {
      const made = scalar(f, { uses: { exp } })
      const x = [1000, -1000, 1e300, 0, 0.5]
      const of = program({ x: f32(5) }, ({ x }) => {
        const slope = (x: Tensor<[5]>) => grad((x: Tensor<[5]>) => made(x).sum())(x)
        return { value: made(x), slope: slope(x), bend: grad((x: Tensor<[5]>) => slope(x).sum())(x) }
      })
      const { value, slope, bend } = evaluateProgram(of, { x })
      expect([...value.data]).toEqual(x.map(f))
      for (const { data } of [slope, bend]) expect([...data].every(Number.isFinite), `${data}`).toBe(true)
    })
})

describe.each(['wasm', 'wgsl'] as const)('for %s, with its gradient', (target) => {
  const wave = scalar((x: number, y: number) => {
    const e = Math.exp(-x * x)
    return x > y ? e * Math.sin(3 * x) + y : e / (1 + y * y) - Math.max(x, 0)
  })
  test('it is one kernel', () => {
    const value = program({ x: f32('n', 8), y: f32(8) }, ({ x, y }) => wave(x, y))
    const both = program({ x: f32('n', 8), y: f32('n', 8) }, ({ x, y }) => ({
      value: wave(x, y),
      slope: grad((x: Tensor<['n', 8]>) => wave(x, y).sum())(x),
    }))
    for (const of of [value, both]) {
      const { traced, plan } = compileProgram(of, { n: 64 }, target)
      expect(traced.graph.equations.length).toBeGreaterThan(10)
      expect(plan.kernels).toHaveLength(1)
      expect(plan.dispatches).toHaveLength(1)
    }
  })

  test('what guards a branch costs nothing', () => {
    const guarded = scalar((x: number) => (x > 0 ? x * x : Math.exp(x) - 1))
    const of = program({ x: f32('n') }, ({ x }) => guarded(x))
    const { kernels } = compileProgram(of, { n: 64 }, target).plan
    expect(JSON.stringify(kernels).match(/"op":"select"/g)).toHaveLength(1)
  })
})
