import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { erfInvReference } from '../../../compiler/ir/primitives/erf-inv-reference.ts'
import { erfReference } from '../../../compiler/ir/primitives/erf-reference.ts'
import type { Expr, Lanes, ScalarFunction } from '../../../compiler/kernel/expr.ts'
import { acos, asin } from '../../../compiler/kernel/functions/asin.ts'
import { atan, atan2 } from '../../../compiler/kernel/functions/atan.ts'
import { erf } from '../../../compiler/kernel/functions/erf.ts'
import { erfInv } from '../../../compiler/kernel/functions/erf-inv.ts'
import { expm1 } from '../../../compiler/kernel/functions/expm1.ts'
import { log } from '../../../compiler/kernel/functions/log.ts'
import { log1p } from '../../../compiler/kernel/functions/log1p.ts'
import { pow } from '../../../compiler/kernel/functions/pow.ts'
import { rem } from '../../../compiler/kernel/functions/rem.ts'
import { cos, sin } from '../../../compiler/kernel/functions/sin.ts'
import { tan } from '../../../compiler/kernel/functions/tan.ts'
import { tanh } from '../../../compiler/kernel/functions/tanh.ts'
import type { Kernel } from '../../../compiler/kernel/kernel.ts'
import { partsOf } from '../../../compiler/kernel/scalars.ts'
import { printWgsl } from '../../../compiler/target/wgsl/print.ts'
import type { Device } from '../../../runtime/device.ts'
import { openWebGpu } from '../../../runtime/webgpu/index.ts'
import { times } from '../../full.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'
import { declarations } from '../compile-traced.ts'
import { uniforms } from '../random.ts'
import { assembled } from '../target/wasm/module.ts'
import { modes } from '../target/wasm/relaxed.ts'
import { index, kernel, load, loop, mul, nest, planOf, slot, store } from '../target/wgsl/by-hand.ts'

/** Arguments of a function, one list for each parameter. */
type Arguments = readonly Float32Array<ArrayBuffer>[]

interface Stated {
  readonly fn: ScalarFunction
  readonly exact: (...args: number[]) => number
  /**
   * In units of the last place of the exact result: on the CPU, and on a GPU, whose division, square root and
   * exponential are off by more than half of one.
   */
  readonly bounds: { readonly cpu: number; readonly gpu: number }
  readonly arguments: readonly Arguments[]
  /** Arguments and results where a formula alone would go wrong; signs of zeros count. */
  readonly ends: readonly (readonly number[])[]
}

const count = 2 ** 15 * times
const { NaN: nan, POSITIVE_INFINITY: inf } = Number

const list = (of: (u: number, k: number) => number, seed: number): Float32Array<ArrayBuffer> => {
  const random = uniforms(seed)
  return Float32Array.from({ length: count }, (_, k) => of(random(), k))
}
const between = (low: number, high: number, seed = 1) => list((u) => low + (high - low) * u, seed)
/** Both signs and sizes from 2^low to 2^high, all equally often. */
const scales = (low: number, high: number, seed = 2) => {
  const random = uniforms(seed + 1000)
  return list((u) => 2 ** (low + (high - low) * u) * (random() < 0.5 ? -1 : 1), seed)
}
const positive = (numbers: Float32Array<ArrayBuffer>) => numbers.map(Math.abs)
const whole = (low: number, high: number, seed = 3) => list((u) => Math.round(low + (high - low) * u), seed)
/** For each x and n a y for which x^y is near 2^n, over all of f32 and a little beyond. */
const powers = (x: Float32Array<ArrayBuffer>, seed: number): Arguments => {
  const random = uniforms(seed)
  return [x, x.map((base) => (280 * random() - 150) / Math.log2(base))]
}
/** The f32 nearest to k pi/2 up to 10000, where sin, cos and tan are nearest to 0 or to a pole. */
const quarterTurns = () => list((_, k) => ((k % 6366) - 3183) * 2 * (Math.PI / 2) + (k % 2) * (Math.PI / 2), 4)

/**
 * Of each size above 1 the f32 that are nearest to multiples of pi/2: m 2^e where m comes from the continued fraction
 * of 2^e 2/pi.
 */
function hardest(): Float32Array<ArrayBuffer> {
  const one = 1n << 400n
  const pi = 16n * arctangentOf(5n, one) - 4n * arctangentOf(239n, one)
  const found: number[] = []
  for (let e = -23n; e <= 104n; e++) {
    let [rest, next] = [one, ((((2n * one * one) / pi) << (e + 23n)) >> 23n) % one]
    let [last, q] = [0n, 1n]
    while (next > 0n && q < 2n ** 24n) {
      const whole = rest / next
      ;[rest, next] = [next, rest % next]
      const least = (2n ** 23n + q - 1n) / q
      for (const k of [least, least + 1n]) if (k * q < 2n ** 24n) found.push(Number(k * q) * 2 ** Number(e))
      ;[last, q] = [q, whole * q + last]
    }
  }
  return list((_, k) => found[k % found.length]! * (k < count / 2 ? 1 : -1), 9)
}

/** atan(1 / n), as a multiple of 1 / one. */
function arctangentOf(n: bigint, one: bigint): bigint {
  let sum = 0n
  for (let [k, power] = [0n, one / n]; power > 0n; k++, power /= n * n)
    sum += ((k % 2n === 0n ? 1n : -1n) * power) / (2n * k + 1n)
  return sum
}

/** Where sin, cos and tan are computed, and what is not finite. */
const angles = (): readonly Arguments[] => [
  [between(-1, 1)],
  [between(-8, 8)],
  [between(-10000, 10000)],
  [between(9990, 10010)],
  [quarterTurns()],
  [hardest()],
  [scales(-126, 13)],
  [scales(13, 128)],
]
const notFinite = [
  [nan, nan],
  [inf, nan],
  [-inf, nan],
]

const functions: readonly Stated[] = [
  {
    fn: pow,
    exact: (x, y) => (x === 1 ? 1 : x ** y),
    bounds: { cpu: 1.25, gpu: 1.25 },
    arguments: [
      powers(positive(scales(-126, 128)), 11),
      powers(positive(scales(-149, -126)), 12),
      powers(between(0.5, 2), 13),
      powers(
        list((u) => 1 + (u - 0.5) * 1e-4, 14),
        14,
      ),
      [between(0, 4, 15), between(-4, 4, 16)],
      [between(-9, 9, 17), whole(-30, 30, 18)],
      [scales(-20, 20, 19), whole(-5, 5, 20)],
    ],
    ends: [
      ...[0, -0, 1, -1, 2.5, -2.5, inf, -inf, nan].flatMap((x) => [
        [x, 0, 1],
        [x, -0, 1],
        [1, x, 1],
      ]),
      ...[2, -2.5, 0, inf, -inf].flatMap((x) => [
        [x, nan, nan],
        [nan, x === 0 ? 3 : x, nan],
      ]),
      [0, 3, 0],
      [-0, 3, -0],
      [-0, 2, 0],
      [-0, 2.5, 0],
      [0, -3, inf],
      [-0, -3, -inf],
      [-0, -2, inf],
      [-0, -2.5, inf],
      [inf, 0.5, inf],
      [inf, -0.5, 0],
      [-inf, 3, -inf],
      [-inf, 2, inf],
      [-inf, 0.5, inf],
      [-inf, -3, -0],
      [-inf, -2, 0],
      [-1, inf, 1],
      [-1, -inf, 1],
      [2, inf, inf],
      [2, -inf, 0],
      [0.5, inf, 0],
      [-0.5, -inf, inf],
      [-2, inf, inf],
      [-2, 0.5, nan],
      [-2, 3, -8],
      [-2, -3, -0.125],
      [-2, 4, 16],
      [-3, 2 ** 24, inf],
      [-1, 2 ** 24 - 1, -1],
      [-1, 2 ** 24, 1],
      [-1, 3e38, 1],
      [1 + 2 ** -23, 3e38, inf],
      [1 - 2 ** -24, 3e38, 0],
      [10, 38, 1e38],
      [10, 39, inf],
      [2, 127, 2 ** 127],
      [2, 128, inf],
      [2, -126, 2 ** -126],
      [9, 0.5, 3],
    ],
  },
  {
    fn: erf,
    exact: erfReference,
    bounds: { cpu: 1.5, gpu: 2 },
    arguments: [[between(-4.5, 4.5)], [between(-1, 1)], [between(0.9, 0.95)], [scales(-126, 127)]],
    ends: [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [5, 1],
      [nan, nan],
    ],
  },
  {
    fn: erfInv,
    exact: erfInvReference,
    bounds: { cpu: 4, gpu: 5 },
    arguments: [
      [between(-1, 1)],
      [between(-0.1, 0.1)],
      [scales(-126, 0)],
      [list((u, k) => (1 - 2 ** (-24 * u)) * (k % 2 === 0 ? 1 : -1), 22)],
    ],
    ends: [
      [0, 0],
      [-0, -0],
      [1, inf],
      [-1, -inf],
      [1.5, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  {
    fn: expm1,
    exact: Math.expm1,
    bounds: { cpu: 1.5, gpu: 1.5 },
    arguments: [[between(-1, 1)], [between(-30, 89)], [scales(-126, 7)], [between(-0.36, 0.36)]],
    ends: [
      [0, 0],
      [-0, -0],
      [inf, inf],
      [-inf, -1],
      [100, inf],
      [-100, -1],
      [nan, nan],
    ],
  },
  {
    fn: log,
    exact: Math.log,
    bounds: { cpu: 1, gpu: 1 },
    arguments: [
      [between(0, 4)],
      [between(0.9, 1.1)],
      [list((u) => 1 + (u - 0.5) * 1e-5, 21)],
      [positive(scales(-126, 128))],
      [positive(scales(-149, -126))],
    ],
    ends: [
      [1, 0],
      [0, -inf],
      [-0, -inf],
      [-1, nan],
      [-1e-45, nan],
      [-inf, nan],
      [inf, inf],
      [nan, nan],
      [2 ** -149, -149 * Math.LN2],
      [2 ** -126, -126 * Math.LN2],
    ],
  },
  {
    fn: log1p,
    exact: Math.log1p,
    bounds: { cpu: 1, gpu: 1 },
    arguments: [
      [between(-1, 1)],
      [between(-0.3, 0.45)],
      [between(0, 1000)],
      [positive(scales(-126, 128))],
      [scales(-126, -1)],
      [list((u) => 2 ** (-24 * u) - 1, 5)],
    ],
    ends: [
      [0, 0],
      [-0, -0],
      [-1, -inf],
      [-2, nan],
      [-inf, nan],
      [inf, inf],
      [nan, nan],
    ],
  },
  {
    fn: tan,
    exact: Math.tan,
    bounds: { cpu: 3.5, gpu: 5.5 },
    arguments: angles(),
    ends: [[0, 0], [-0, -0], ...notFinite],
  },
  {
    fn: sin,
    exact: Math.sin,
    bounds: { cpu: 2.5, gpu: 2.5 },
    arguments: angles(),
    ends: [[0, 0], [-0, -0], ...notFinite],
  },
  {
    fn: cos,
    exact: Math.cos,
    bounds: { cpu: 2.5, gpu: 2.5 },
    arguments: angles(),
    ends: [[0, 1], [-0, 1], ...notFinite],
  },
  {
    fn: tanh,
    exact: Math.tanh,
    bounds: { cpu: 2, gpu: 4 },
    arguments: [[between(-1, 1)], [between(-10, 10)], [between(0.6, 0.7)], [scales(-126, 127)]],
    ends: [
      [0, 0],
      [-0, -0],
      [inf, 1],
      [-inf, -1],
      [9.02, 1],
      [-100, -1],
      [3e38, 1],
      [nan, nan],
    ],
  },
  {
    fn: asin,
    exact: Math.asin,
    bounds: { cpu: 1, gpu: 1 },
    arguments: [[between(-1, 1)], [scales(-126, 0)], [between(0.4, 0.6)], [list((u) => 1 - 2 ** (-24 * u), 6)]],
    ends: [
      [0, 0],
      [-0, -0],
      [1.5, nan],
      [-2, nan],
      [inf, nan],
      [nan, nan],
    ],
  },
  {
    fn: acos,
    exact: Math.acos,
    bounds: { cpu: 1.5, gpu: 1.5 },
    arguments: [[between(-1, 1)], [scales(-126, 0)], [between(0.4, 0.6)], [list((u) => 1 - 2 ** (-24 * u), 6)]],
    ends: [
      [1, 0],
      [-1, Math.PI],
      [0, Math.PI / 2],
      [1.5, nan],
      [-inf, nan],
      [nan, nan],
    ],
  },
  {
    fn: atan,
    exact: Math.atan,
    bounds: { cpu: 1.5, gpu: 2.5 },
    arguments: [[between(-1.2, 1.2)], [between(-50, 50)], [scales(-126, 127)]],
    ends: [
      [0, 0],
      [-0, -0],
      [inf, Math.PI / 2],
      [-inf, -Math.PI / 2],
      [nan, nan],
    ],
  },
  {
    fn: atan2,
    exact: Math.atan2,
    bounds: { cpu: 1.5, gpu: 2.5 },
    arguments: [
      [between(-1, 1, 7), between(-1, 1, 8)],
      [scales(-100, 100, 7), scales(-100, 100, 8)],
      [scales(120, 128, 7), scales(120, 128, 8)],
      [scales(-20, 20, 7), scales(-20, 20, 8)],
    ],
    ends: [
      [0, 0, 0],
      [-0, 0, -0],
      [0, -0, Math.PI],
      [-0, -0, -Math.PI],
      [0, -1, Math.PI],
      [-0, -1, -Math.PI],
      [0, 1, 0],
      [-0, 1, -0],
      [1, 0, Math.PI / 2],
      [-1, -0, -Math.PI / 2],
      [inf, 1, Math.PI / 2],
      [1, inf, 0],
      [-1, inf, -0],
      [1, -inf, Math.PI],
      [inf, inf, Math.PI / 4],
      [-inf, inf, -Math.PI / 4],
      [inf, -inf, (3 * Math.PI) / 4],
      [nan, inf, nan],
      [inf, nan, nan],
      [nan, 0, nan],
      [0, nan, nan],
    ],
  },
  {
    fn: rem,
    exact: (x, y) => x % y,
    bounds: { cpu: 0, gpu: 0 },
    arguments: [
      [between(-100, 100, 7), between(-3, 3, 8)],
      [scales(-60, 25, 7), scales(-10, 60, 8)],
      [scales(100, 127.9, 7), scales(92, 127.9, 8)],
      [whole(-(2 ** 24), 2 ** 24, 7), whole(1, 9, 8)],
      // x a rounded multiple of y.
      (() => {
        const y = between(0.01, 3, 8)
        return [y.map((by, k) => by * (k % 4096)), y]
      })(),
    ],
    ends: [
      [5, 3, 2],
      [-5, 3, -2],
      [5, -3, 2],
      [4, 2, 0],
      [-4, 2, -0],
      [1, inf, 1],
      [-1, inf, -1],
      [0, 2, 0],
      [-0, 2, -0],
      [1, 0, nan],
      [inf, 2, nan],
      [1, nan, nan],
      [nan, 1, nan],
      [3e38, 1, 0],
    ],
  },
]

/** y = f(x, ...) over whole slots, in one lane or four. */
function kernelOf(fn: ScalarFunction, size: number, lanes: Lanes): Kernel {
  const at = loop('i', size / lanes)
  const first = lanes === 4 ? mul(at, index(4)) : at
  const args = fn.params.map((_, i) => load(i, 'f32', first, lanes))
  const slots = [...fn.params.map(({ name }) => slot(name, 'f32', size)), slot('result', 'f32', size, 'write')]
  const value = { kind: 'call', dtype: 'f32', lanes, name: fn.name, args, result: 0 } as const
  return kernel(fn.name, slots, [nest(fn.name, [at], [store(args.length, first, value)])], [fn])
}

/** The distance between neighbouring f32 around x; of the smallest normal ones below them. */
const ulp = (x: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(Math.fround(x)))), -126) - 23)

/**
 * Where a result is furthest from the exact one. `flushes`: denormal arguments are left out, and denormal results may
 * be 0.
 */
function worst({ exact }: Stated, args: Arguments, results: Float32Array, flushes: boolean) {
  let most: { at: readonly number[]; got?: number; error: number } = { at: [], error: 0 }
  for (const [k, got] of results.entries()) {
    const at = args.map((arg) => arg[k]!)
    if (flushes && at.some((x) => x !== 0 && Math.abs(x) < 2 ** -126)) continue
    const wanted = exact(...at)
    if (Object.is(Math.fround(wanted), got) || (flushes && Math.abs(wanted) < 2 ** -126 && Math.abs(got) <= 2 ** -126))
      continue
    const distance = Math.abs(got - wanted) / ulp(wanted)
    const error = Number.isNaN(distance) ? inf : distance
    if (error > most.error) most = { at, got, error }
  }
  return most
}

/** The rows of `ends` as arguments, repeated to whole lanes. */
function rows({ fn, ends }: Stated): Arguments {
  const size = 4 * Math.ceil(ends.length / 4)
  return fn.params.map((_, i) => Float32Array.from({ length: size }, (_, k) => ends[k % ends.length]![i]!))
}

/** Zeros with their signs, infinities and NaN as they stand; other results within the bound. */
function checkEnds({ fn, ends }: Stated, results: Float32Array, bound: number): void {
  for (const [k, row] of ends.entries()) {
    const [wanted, got] = [row.at(-1)!, results[k]!]
    const near = Number.isFinite(wanted) && wanted !== 0 && Math.abs(got - wanted) <= bound * ulp(wanted)
    const at = row.slice(0, -1).map((x) => (Object.is(x, -0) ? '-0' : x))
    expect(near ? wanted : got, `${fn.name}(${at.join(', ')})`).toBe(wanted)
  }
}

/** Powers that f32 can hold come out exactly: the error before the last rounding is less than half a unit. */
const exactPowers: readonly (readonly [number, number, number])[] = Array.from(
  { length: 65 },
  (_, k) => k - 32,
).flatMap((x) =>
  Array.from({ length: 24 }, (_, y) => [x, y, x ** y] as const).filter(([, , power]) => Math.fround(power) === power),
)

const ways = modes.flatMap(({ relaxed }) => ([1, 4] as const).map((lanes) => ({ relaxed, lanes })))

describe.each(ways)('as WebAssembly in $lanes lanes, relaxed: $relaxed', ({ relaxed, lanes }) => {
  const compute = (fn: ScalarFunction, args: Arguments): Float32Array => {
    const size = args[0]!.length
    const run = assembled([kernelOf(fn, size, lanes)], { relaxed })
    return run(0, 0, 0, size / lanes, [...args, new Float32Array(size)]).at(-1) as Float32Array
  }

  test.each(functions)('$fn.name is within its bound', (stated) => {
    for (const args of stated.arguments) {
      const { at, got, error } = worst(stated, args, compute(stated.fn, args), false)
      expect(error, `${stated.fn.name}(${at.join(', ')}) gives ${got}`).toBeLessThanOrEqual(stated.bounds.cpu)
    }
  })

  test('powers that f32 can hold are exact', () => {
    const args = [0, 1].map((i) =>
      Float32Array.from(exactPowers, (row) => row[i]!).subarray(0, exactPowers.length & ~3),
    )
    const results = compute(pow, args)
    for (const [k, got] of results.entries()) expect(got, `${exactPowers[k]!.slice(0, 2)}`).toBe(exactPowers[k]![2])
  })

  test.each(functions)('$fn.name at its ends', (stated) => {
    checkEnds(stated, compute(stated.fn, rows(stated)), stated.bounds.cpu)
  })
})

describe.skipIf(missing(computing, 'functions on a GPU')).each([1, 4] as const)('as WGSL in %i lanes', (lanes) => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  const compute = async (fn: ScalarFunction, all: readonly Arguments[]): Promise<Float32Array[]> => {
    const size = all[0]![0]!.length
    const plan = planOf(kernelOf(fn, size, lanes))
    const loaded = await device.load({ plan, code: printWgsl(plan) })
    const results: Float32Array[] = []
    for (const args of all) {
      for (const [i, arg] of args.entries()) loaded.write(plan.places[i]!, arg)
      loaded.run()
      results.push((await loaded.read(plan.places[args.length]!, size)) as Float32Array)
    }
    loaded.dispose()
    return results
  }

  test.each(functions)('$fn.name is within its bound', async (stated) => {
    const results = await compute(stated.fn, stated.arguments)
    for (const [k, args] of stated.arguments.entries()) {
      const { at, got, error } = worst(stated, args, results[k]!, true)
      expect(error, `${stated.fn.name}(${at.join(', ')}) gives ${got}`).toBeLessThanOrEqual(stated.bounds.gpu)
    }
  })

  test('powers that f32 can hold are exact', async () => {
    const args = [0, 1].map((i) =>
      Float32Array.from(exactPowers, (row) => row[i]!).subarray(0, exactPowers.length & ~3),
    )
    const [results] = await compute(pow, [args])
    for (const [k, got] of results!.entries()) expect(got, `${exactPowers[k]!.slice(0, 2)}`).toBe(exactPowers[k]![2])
  })

  test.each(functions)('$fn.name at its ends', async (stated) => {
    checkEnds(stated, (await compute(stated.fn, [rows(stated)]))[0]!, stated.bounds.gpu)
  })
})

const all = functions.flatMap(({ fn }) => (fn.rare ? [fn, fn.rare.instead] : [fn]))

test.each(all)('$name binds its names in order and is plain data', (fn) => {
  const names = [...fn.params, ...fn.body.map((bound) => bound.variable)].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const read = (expr: Expr): string[] => (expr.kind === 'variable' ? [expr.name] : partsOf(expr).flatMap(read))
  for (const [k, { value }] of fn.body.entries())
    for (const name of read(value)) expect(names.slice(0, fn.params.length + k)).toContain(name)
  for (const name of [...fn.results, ...(fn.rare ? [fn.rare.when] : [])].flatMap(read)) expect(names).toContain(name)
})

test.each(declarations.map((fn) => [fn.name, fn] as const))('%s is what it is declared as', async (name, fn) => {
  const made = await fn.load()
  expect(made.name).toBe(name)
  expect(made.results.map(({ dtype }) => dtype)).toEqual(fn.results.map(({ dtype }) => dtype))
})
