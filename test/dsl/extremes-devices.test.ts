import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sizeOf } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import { type AnyProgram, f32, grad, program, type Tensor, tracedLeaves, traceProgram } from '../../dsl/index.ts'
import { softplus } from '../../dsl/nn/index.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { compileGraph, runOn } from '../compiler/differential.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { evaluated } from './run.ts'

// Functions at the ends of f32, and rows with such elements, on WebGPU: what comes out is what the float64 evaluator
// gives, as an f32.

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const ends = [0, 1e-38, 1.2e-38, 1e-30, 0.5, 1, 20, 87, 88, 88.7, 89, 104, 1e4, 3e38, inf]
const elements = [nan, ...ends.flatMap((e) => [e, -e])].map(Math.fround)
/** Bases and exponents. */
const pairs = [0, 0.5, 1, 1.5, 88, 1e4, 1e-38, 1.2e-38, inf, -1, -2.5, -inf, nan].flatMap((x) =>
  [0, 1, 2, 3, 0.5, -1, -0.5, 88, 1e4, -1e4, inf, -inf, nan].map((y) => [Math.fround(x), y] as const),
)
const [high, low] = [1e4, -1e4]
const rows = [
  [high, low, 0, 1],
  [high, high, high, high],
  [low, low, low, low],
  [88, -88, 89, 1],
  [-104, 104, 0, 0],
  [1e-30, -1e-30, 1.2e-38, 0],
  [-inf, 0, 1, 2],
  [-inf, -inf, low, high],
  [3e38, -3e38, 0, 3e38],
  [nan, 0, 1, 2],
  [0, inf, 1, nan],
]
const [count, few] = [elements.length, pairs.length]

type Vector = Tensor<number[]>
const functions: { readonly [name: string]: (x: Vector) => Vector } = {
  tanh: (x) => x.tanh(),
  exp: (x) => x.exp(),
  expm1: (x) => x.expm1(),
  log: (x) => x.log(),
  log1p: (x) => x.log1p(),
  erf: (x) => x.erf(),
  sqrt: (x) => x.sqrt(),
  rsqrt: (x) => x.rsqrt(),
  sigmoid: (x) => x.sigmoid(),
  softplus: (x) => softplus.apply({}, x),
  atan: (x) => x.atan(),
}
const folds: { readonly [name: string]: (x: Vector) => Vector } = {
  softmax: (x) => x.softmax(1),
  logSoftmax: (x) => x.logSoftmax(1),
  logSumExp: (x) => x.logSumExp(1) as Vector,
  max: (x) => x.max(1) as Vector,
}
/** Functions whose slopes are finite wherever they are finite. */
const smooth = ['tanh', 'erf', 'sigmoid', 'softplus', 'atan'] as const

const slope = (f: (x: Vector) => Vector, x: Vector): Vector =>
  grad((x: Vector) => f(x).sum() as unknown as Tensor<[]>)(x) as Vector
const each = <T>(of: object, make: (f: (x: Vector) => Vector) => T) =>
  Object.fromEntries(Object.entries(of).map(([name, f]) => [name, make(f)]))

const of = program(
  { x: f32(count), bases: f32(few), exponents: f32(few), rows: f32(rows.length, 4) },
  ({ x, bases, exponents, rows }) => ({
    value: each(functions, (f) => f(x as unknown as Vector)),
    slope: Object.fromEntries(smooth.map((name) => [name, slope(functions[name]!, x as unknown as Vector)])),
    pow: bases.pow(exponents),
    rows: each(folds, (f) => f(rows as unknown as Vector)),
    slopeOfRows: { logSumExp: slope(folds.logSumExp!, rows as unknown as Vector) },
  }),
) as unknown as AnyProgram

const given = {
  x: elements,
  bases: pairs.map(([x]) => x),
  exponents: pairs.map(([, y]) => y),
  rows: rows.flat().map(Math.fround),
}
const normal = (e: number) => (Math.abs(e) < 2 ** -126 ? 0 * e : e)

describe.skipIf(missing(computing, 'the ends of f32 on WebGPU'))('at the ends of f32, on WebGPU', () => {
  const traced = traceProgram(of, {})
  const exact = evaluated(traced, given)
  // Numbers that are not normal may be taken for 0.
  const flushed = evaluated(traced, Object.fromEntries(Object.entries(given).map(([name, e]) => [name, e.map(normal)])))
  const paths = tracedLeaves(traced.outputs).map(({ path }) => path)
  let device: Device
  let found: { readonly [software: string]: readonly Float64Array[] }
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
    const names = tracedLeaves(traced.inputs).map(({ path }) => path as keyof typeof given)
    const inputs = traced.graph.inputs.map(
      ({ type }, i): Dense => ({ ...type, data: Float64Array.from(given[names[i]!]) }),
    )
    const on = (software: boolean) =>
      runOn(
        device,
        compileGraph(traced.graph, 'wgsl', {}, { capabilities: { ...device.capabilities, software } }),
        inputs,
      )
    found = { true: await on(true), false: await on(false) }
  })
  afterAll(() => device.dispose())

  test.each(paths)('%s', (path) => {
    for (const software of ['true', 'false']) {
      const results = found[software]![paths.indexOf(path)]!
      const wanted = [exact[path]!.data, flushed[path]!.data]
      expect(results.length).toBe(sizeOf(exact[path]!.shape))
      const least = path.startsWith('slope') ? 2 ** -24 : 2 ** -126
      const off = [...results.keys()].filter((k) => !wanted.some((data) => isAsF32(results[k]!, data[k]!, least)))
      const say = (k: number) => `element ${k}: ${results[k]}, expected ${wanted[0]![k]}`
      expect(off.map(say)).toEqual([])
    }
  })
})

/**
 * To 2^-15, which is what WGSL allows exp at 89; what is beyond f32 is infinite, what is below it 0. Slopes are
 * differences from 1, to which they are exact.
 */
function isAsF32(got: number, exact: number, absolute: number): boolean {
  if (Number.isNaN(exact)) return Number.isNaN(got)
  const most = (2 - 2 ** -23) * 2 ** 127
  if (Math.abs(exact) > most) return got === Math.sign(exact) * inf
  return Math.abs(got - exact) <= 2 ** -15 * Math.abs(exact) + absolute
}
