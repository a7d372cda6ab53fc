import { describe, expect, test } from 'vitest'
import {
  type AnyTensor,
  bool,
  f16,
  f32,
  grad,
  i32,
  jvp,
  type Leaf,
  type Tensor,
  u32,
  vmap,
  where,
} from '../../dsl/index.ts'
import * as fc from '../fc.ts'
import { agreesWithDifferences, valueAndGradient, type Wide } from './differences.ts'
import { is } from './is.ts'
import { closeTo, numbers, runBody, tracing } from './run.ts'
import { count, indices, pairs, read } from './shapes.ts'

const whole = (n: number, low: number, high: number, seed = 1) =>
  numbers(n, seed).map((e) => Math.floor(((e + 1) / 2) * (high - low)) + low)

describe('two operands', () => {
  const floats: { [name: string]: (x: number, y: number) => number } = {
    rem: (x, y) => x - y * Math.trunc(x / y),
    minimum: Math.min,
    pow: (x, y) => x ** y,
    atan2: Math.atan2,
    lessEqual: (x, y) => Number(x <= y),
    greater: (x, y) => Number(x > y),
    greaterEqual: (x, y) => Number(x >= y),
    equal: (x, y) => Number(x === y),
    notEqual: (x, y) => Number(x !== y),
  }
  // Few different values, so that some are equal; above zero, where every power is a number.
  const few = (n: number, seed: number) => whole(n, 1, 7, seed).map((e) => e / 4)
  for (const [name, f] of Object.entries(floats)) {
    test(`${name} broadcasts, and takes a number`, () => {
      fc.assert(
        fc.property(pairs, ({ s, t, out }) => {
          const [x, y] = [few(count(s), 1), few(count(t), 2)]
          const apply = ({ x, y }: { x: Wide; y: Wide }) => x[name as 'add'](y as never)
          const expected = indices(out).map((at) => f(read(x, s, at), read(y, t, at)))
          closeTo(runBody({ x: f32(...s), y: f32(...t) }, apply as never, { x, y }), expected, 1e-12)
        }),
        { numRuns: 30 },
      )
      const x = few(6, 3)
      const found = runBody({ x: f32(2, 3) }, ({ x }) => (x as unknown as Wide)[name as 'add'](0.75 as never), { x })
      closeTo(
        found,
        x.map((e) => f(e, 0.75)),
        1e-12,
      )
    })
  }

  const ofIntegers: { [name: string]: (x: number, y: number) => number } = {
    div: (x, y) => (y === 0 ? 0 : Math.trunc(x / y)),
    rem: (x, y) => (y === 0 ? 0 : x % y),
    maximum: Math.max,
    minimum: Math.min,
    and: (x, y) => x & y,
    or: (x, y) => x | y,
    xor: (x, y) => x ^ y,
    greater: (x, y) => Number(x > y),
    notEqual: (x, y) => Number(x !== y),
  }
  for (const [name, f] of Object.entries(ofIntegers)) {
    test(`${name} of integers`, () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -3, max: 3 }))), (all) => {
          for (const [spec, wrap] of [
            [i32, (e: number) => e | 0],
            [u32, (e: number) => e >>> 0],
          ] as const) {
            const [x, y] = [all.map(([e]) => wrap(e)), all.map(([, e]) => wrap(e))]
            const apply = ({ x, y }: { x: Wide; y: Wide }) => x[name as 'add'](y as never)
            const found = runBody({ x: spec(all.length), y: spec(all.length) }, apply as never, { x, y })
            expect(found).toEqual(x.map((e, i) => wrap(f(e, y[i]!)) + 0))
          }
        }),
        { numRuns: 30 },
      )
    })
  }

  test('shifts are by 0 .. 31, with zeros or copies of the sign', () => {
    const body = ({ n, m }: { n: Tensor<[2], 'i32'>; m: Tensor<[2], 'u32'> }) => [
      n.shiftRight(1),
      n.shiftLeft(31),
      m.shiftRight(m.and(1)),
      m.shiftLeft(4),
    ]
    const found = runBody({ n: i32(2), m: u32(2) }, body, { n: [-5, 3], m: [2 ** 32 - 1, 8] })
    expect(found).toEqual([
      [-3, 1],
      [-(2 ** 31), -(2 ** 31)],
      [2 ** 31 - 1, 8],
      [2 ** 32 - 16, 128],
    ])
    for (const by of [32, -1, 0.5])
      expect(() => tracing({ n: i32(2) }, ({ n }) => n.shiftLeft(by))).toThrow(
        `type error: shiftLeft: ${by} is not a shift by 0 .. 31`,
      )
  })

  test('bools are joined and compared', () => {
    const specs = { a: bool(2, 2), b: bool(2) }
    const inputs = { a: [0, 0, 1, 1], b: [0, 1] }
    const body = ({ a, b }: { a: Tensor<[2, 2], 'bool'>; b: Tensor<[2], 'bool'> }) => [
      is<Tensor<[2, 2], 'bool'>>()(a.and(b)),
      a.or(b),
      a.xor(b),
      a.not(),
      a.equal(b),
      a.notEqual(1),
    ]
    expect(runBody(specs, body, inputs)).toEqual([
      [0, 0, 0, 1],
      [0, 1, 1, 1],
      [0, 1, 1, 0],
      [1, 1, 0, 0],
      [1, 0, 0, 1],
      [1, 1, 0, 0],
    ])
  })

  test('clamp takes tensors and numbers, and broadcasts all three', () => {
    const specs = { x: f32(3), low: f32(2, 1), n: i32(4) }
    const body = ({ x, low, n }: { x: Tensor<[3]>; low: Tensor<[2, 1]>; n: Tensor<[4], 'i32'> }) => [
      is<Tensor<[2, 3]>>()(x.clamp(low, 0.5)),
      n.clamp(-1, 2),
    ]
    expect(runBody(specs, body, { x: [-2, 0, 2], low: [-1, 0.25], n: [-5, 0, 2, 9] })).toEqual([
      [-1, 0, 0.5, 0.25, 0.25, 0.5],
      [-1, 0, 2, 2],
    ])
  })
})

describe('one operand', () => {
  const erf = (x: number) => {
    // The Maclaurin series, which is exact to rounding where |x| < 3.
    let [term, total] = [x, x]
    for (let n = 1; n < 80; n++) {
      term *= -(x * x) / n
      total += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * total
  }
  const even = (x: number) => {
    const [low, high] = [Math.floor(x), Math.ceil(x)]
    return x - low < high - x ? low : x - low > high - x ? high : low % 2 === 0 ? low : high
  }
  const functions: { [name: string]: [f: (x: number) => number, low: number, high: number] } = {
    abs: [Math.abs, -3, 3],
    sign: [Math.sign, -3, 3],
    floor: [Math.floor, -3, 3],
    ceil: [Math.ceil, -3, 3],
    round: [even, -3, 3],
    log1p: [Math.log1p, -0.9, 3],
    reciprocal: [(x) => 1 / x, 0.2, 3],
    rsqrt: [(x) => 1 / Math.sqrt(x), 0.2, 3],
    sin: [Math.sin, -3, 3],
    cos: [Math.cos, -3, 3],
    tan: [Math.tan, -1.4, 1.4],
    asin: [Math.asin, -0.9, 0.9],
    acos: [Math.acos, -0.9, 0.9],
    atan: [Math.atan, -3, 3],
    tanh: [Math.tanh, -3, 3],
    erf: [erf, -2.5, 2.5],
    isNaN: [(x) => Number(Number.isNaN(x)), -3, 3],
    isFinite: [(x) => Number(Number.isFinite(x)), -3, 3],
  }
  for (const [name, [f, low, high]] of Object.entries(functions)) {
    const apply = (x: Wide) => x[name as 'abs']() as AnyTensor
    test(`${name} and its gradient`, () => {
      fc.assert(
        fc.property(fc.array(fc.double({ min: low, max: high, noNaN: true }), { maxLength: 6 }), (x) => {
          const found = runBody({ x: f32(x.length) }, ({ x }) => apply(x as unknown as Wide), { x })
          closeTo(found, x.map(f), 1e-12)
          if (name.startsWith('is')) return
          // Differences do not see past the jumps and the corner.
          const smooth = x.filter((e) => Math.abs(e * 2 - Math.round(e * 2)) > 1e-3)
          agreesWithDifferences(apply, [smooth.length], smooth)
        }),
        { numRuns: 15 },
      )
    })
  }

  test('halves round to even, and zeros keep their sign', () => {
    const x = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
    const found = runBody({ x: f32(6), z: f32(2) }, ({ x, z }) => [x.round(), z.ceil(), z.sign()], { x, z: [-0, 0] })
    expect(found).toEqual([
      [-2, -2, -0, 0, 2, 2],
      [-0, 0],
      [-0, 0],
    ])
  })

  test('NaN and infinities are told from numbers', () => {
    const x = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 3e38, -1e-45]
    const found = runBody(
      { x: f32(7) },
      ({ x }) => [is<Tensor<[7], 'bool'>>()(x.isNaN()), x.isFinite(), x.equal(x), x.notEqual(x), x.lessEqual(x)],
      { x },
    )
    expect(found).toEqual([
      [1, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 1, 1, 1, 1],
      [0, 1, 1, 1, 1, 1, 1],
      [1, 0, 0, 0, 0, 0, 0],
      [0, 1, 1, 1, 1, 1, 1],
    ])
    expect(runBody({ x: f32(3) }, ({ x }) => x.sign(), { x: x.slice(0, 3) })).toEqual([Number.NaN, 1, -1])
  })

  test('sign and abs have the gradient 0 at 0', () => {
    expect(valueAndGradient((x) => x.sign().add(x.abs()), [1], [0]).gradient).toEqual([0])
  })

  test('sign and abs of integers', () => {
    const body = ({ n, m }: { n: Tensor<[3], 'i32'>; m: Tensor<[2], 'u32'> }) => [n.sign(), n.abs(), m.sign()]
    const inputs = { n: [-7, 0, 2 ** 31 - 1], m: [0, 2 ** 32 - 1] }
    expect(runBody({ n: i32(3), m: u32(2) }, body, inputs)).toEqual([
      [-1, 0, 1],
      [7, 0, 2 ** 31 - 1],
      [0, 1],
    ])
  })

  test('the third derivative of tanh is -2 (1 - t^2) (1 - 3 t^2)', () => {
    const first = (x: Tensor<[]>) => grad((x: Tensor<[]>) => x.tanh())(x)
    const second = (x: Tensor<[]>) => grad(first)(x)
    const third = (x: Tensor<[]>) => grad(second)(x)
    const x = [-20, -2, -0.3, 0, 0.7, 1.5]
    const expected = x.map((e) => {
      const t = Math.tanh(e)
      return -2 * (1 - t * t) * (1 - 3 * t * t)
    })
    closeTo(
      runBody({ x: f32(6) }, ({ x }) => vmap(third)(x), { x }),
      expected,
      1e-13,
    )
  })
})

describe('pow', () => {
  test('with a whole number is a product, with its own sign and derivatives', () => {
    const x = [-2, -0.5, 0, 1.25, 3]
    for (const n of [0, 1, 2, 3, 7, 12, 64]) {
      const found = valueAndGradient((x) => x.pow(n), [5], x)
      const weights = numbers(5, 77)
      closeTo(
        found.value,
        x.reduce((sum, e, i) => sum + weights[i]! * e ** n, 0),
        1e-13,
      )
      closeTo(
        found.gradient,
        x.map((e, i) => (n === 0 ? 0 : weights[i]! * n * e ** (n - 1))),
        1e-13,
      )
    }
    closeTo(
      runBody({ x: f32(2) }, ({ x }) => [x.pow(-3), x.pow(-0.5), x.pow(0.5), x.pow(65)], { x: [2, 4] }),
      [
        [1 / 8, 1 / 64],
        [Math.SQRT1_2, 0.5],
        [Math.SQRT2, 2],
        [2 ** 65, 2 ** 130],
      ],
      1e-13,
    )
  })
})

test('two operands differentiate in both', () => {
  const positive = fc.double({ min: 0.3, max: 3, noNaN: true })
  for (const name of ['pow', 'div', 'atan2', 'rem', 'minimum', 'maximum'] as const)
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, positive), { minLength: 1, maxLength: 4 }), (all) => {
        const apart = all.filter(([x, y]) => Math.abs(x - y) > 1e-3 && Math.abs(x / y - Math.round(x / y)) > 1e-3)
        const x = [...apart.map(([x]) => x), ...apart.map(([, y]) => y)]
        agreesWithDifferences((x) => (x.slice([0]) as Wide)[name](x.slice([1]) as Wide), [2, apart.length], x)
      }),
      { numRuns: 15 },
    )
})

describe('where', () => {
  test('takes numbers on either side, or on both', () => {
    const specs = { c: bool(2), n: i32(2), h: f16(2) }
    const body = ({ c, n, h }: { c: Tensor<[2], 'bool'>; n: Tensor<[2], 'i32'>; h: Tensor<[2], 'f16'> }) => [
      is<Tensor<[2]>>()(where(c, 1, -0.5)),
      is<Tensor<[2], 'i32'>>()(where(c, 7, n)),
      is<Tensor<[2], 'i32'>>()(where(c, n, 7)),
      is<Tensor<[2], 'f16'>>()(where(c, 0.5, h)),
      is<Tensor<[2], 'bool'>>()(where(c, c.not(), 1)),
    ]
    expect(runBody(specs, body, { c: [1, 0], n: [3, 4], h: [5, 6] })).toEqual([
      [1, -0.5],
      [7, 4],
      [3, 7],
      [0.5, 6],
      [0, 1],
    ])
    expect(() => tracing(specs, ({ c, n }) => where(c, 0.5, n))).toThrow('dtype error: where: 0.5 is not of i32')
  })

  // A partial derivative that is infinite, or no number, in the branch that is not taken.
  type Guarded = readonly [name: string, f: (x: Tensor<[]>) => Tensor<[]>, slope: (x: number) => number]
  const guarded: readonly Guarded[] = [
    ['sqrt(x)', (x) => x.sqrt(), (x) => 0.5 / Math.sqrt(x)],
    ['log(x)', (x) => x.log(), (x) => 1 / x],
    ['log1p(x - 1)', (x) => x.sub(1).log1p(), (x) => 1 / x],
    ['1 / x', (x) => x.reciprocal(), (x) => -1 / (x * x)],
    ['exp(-x) / x', (x) => x.neg().exp().div(x), (x) => (-Math.exp(-x) * (x + 1)) / (x * x)],
    ['1 / sqrt(x)', (x) => x.rsqrt(), (x) => -0.5 * x ** -1.5],
    ['x^0.3', (x) => x.pow(0.3), (x) => 0.3 * x ** -0.7],
    ['x^x', (x) => x.pow(x), (x) => x ** x * (Math.log(x) + 1)],
    ['x^-1.5', (x) => x.pow(-1.5), (x) => -1.5 * x ** -2.5],
    ['acos(1 - x)', (x) => x.neg().add(1).acos(), (x) => 1 / Math.sqrt(x * (2 - x))],
    ['asin(1 - x)', (x) => x.neg().add(1).asin(), (x) => -1 / Math.sqrt(x * (2 - x))],
    ['atan2(x, x^2)', (x) => x.atan2(x.square()), (x) => -1 / (1 + x * x)],
  ]
  for (const [name, f, slope] of guarded) {
    test(`where(x > 0, ${name}, 0) has the derivatives of the branch that is taken`, () => {
      const g = (x: Tensor<[]>) => where(x.greater(0), f(x), 0)
      const first = (x: Tensor<[]>) => grad(g)(x)
      const second = (x: Tensor<[]>) => grad(first)(x)
      const along = (x: Tensor<[]>) => jvp(g, [x], [x.mul(0).add(1)])[1]
      const x = [-2.5, -1, -0, 0, 0.4, 1.3]
      const expected = x.map((e) => (e > 0 ? slope(e) : 0))
      const slopeOfSlope = (e: number) => (slope(e + 1e-5) - slope(e - 1e-5)) / 2e-5
      const body = ({ x }: { x: Tensor<[6]> }) => [vmap(first)(x), vmap(second)(x)]
      closeTo(runBody({ x: f32(6) }, body, { x }), [expected, x.map((e) => (e > 0 ? slopeOfSlope(e) : 0))], 1e-6)
      closeTo(
        runBody({ x: f32(6) }, ({ x }) => vmap(along)(x), { x }),
        expected,
        1e-12,
      )
    })
  }

  test('a branch that is taken keeps its pole', () => {
    const root = (x: Tensor<[]>) => grad((x: Tensor<[]>) => x.sqrt())(x)
    const logarithm = (x: Tensor<[]>) => grad((x: Tensor<[]>) => x.log())(x)
    const x = [0]
    expect(runBody({ x: f32(1) }, ({ x }) => [vmap(root)(x), vmap(logarithm)(x)], { x })).toEqual([
      [Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY],
    ])
  })

  test('a cotangent that happens to be 0 has derivatives of its own', () => {
    // At x = 1 the cotangents of (sqrt(x) - 1)^2, log(x)^2 and (1 / x - 1)^2 are 0, and the second derivatives are not.
    const losses: [(x: Tensor<[]>) => Tensor<[]>, number][] = [
      [(x) => x.sqrt().sub(1).square(), 0.5],
      [(x) => x.log().square(), 2],
      [(x) => x.reciprocal().sub(1).square(), 2],
      [(x) => x.pow(0.3).sub(1).square(), 0.18],
    ]
    for (const [loss, curvature] of losses) {
      const second = (x: Tensor<[]>) => grad((x: Tensor<[]>) => grad(loss)(x))(x)
      closeTo(
        runBody({ x: f32() }, ({ x }) => second(x), { x: 1 }),
        curvature,
        1e-12,
      )
    }
  })
})

describe('dtypes', () => {
  const dtypes = ['f32', 'f16', 'i32', 'u32', 'bool'] as const
  const specs = { f32, f16, i32, u32, bool }
  for (const from of dtypes)
    for (const to of dtypes)
      test(`cast from ${from} to ${to}`, () => {
        const x = from === 'bool' ? [0, 1] : from === 'u32' ? [0, 3, 2 ** 32 - 1] : [0, 3, -1]
        const floating = (dtype: string) => dtype === 'f32' || dtype === 'f16'
        const expected = x.map((e) => {
          if (to === 'bool') return Number(e !== 0)
          if (floating(to)) return e
          if (floating(from)) return to === 'u32' ? Math.max(e, 0) : e
          return to === 'u32' ? e >>> 0 : e | 0
        })
        const spec = { x: specs[from](x.length) } as { x: ReturnType<typeof f32> }
        const { dtype } = tracing(spec, ({ x }) => x.cast(to)).outputs as Leaf
        expect(dtype).toBe(to)
        expect(runBody(spec, ({ x }) => x.cast(to), { x })).toEqual(expected)
      })

  test('gradients go through f16 and back', () => {
    const loss = (x: Tensor<[2]>) => x.cast('f16').square().cast('f32').sum()
    expect(runBody({ x: f32(2) }, ({ x }) => is<Tensor<[2]>>()(grad(loss)(x)), { x: [3, -1] })).toEqual([6, -2])
  })
})
