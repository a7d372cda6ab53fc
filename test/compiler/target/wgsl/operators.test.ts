import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lanes, Operator, Scalar } from '../../../../compiler/kernel/expr.ts'
import type { Kernel, Slot } from '../../../../compiler/kernel/kernel.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import type { Device, Loaded } from '../../../../runtime/device.ts'
import { openWebGpu } from '../../../../runtime/webgpu/index.ts'
import * as fc from '../../../fc.ts'
import { computing, missing } from '../../../runtime/webgpu/gpus.ts'
import { add, apply, constant, index, kernel, load, loop, mul, nest, planOf, slot, store } from './by-hand.ts'
import { interpret } from './interpret.ts'

/** Every operator on every dtype that it takes, n values at a time. */
const n = 32

/** The inputs: a dtype, and what values its operators are defined on. */
const normal = (x: number) => (Math.abs(x) < 2 ** -126 ? 0 : x)
const f32 = (min: number, max: number) =>
  fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true }).map(normal)
const i32 = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
const u32 = fc.oneof(fc.nat(9), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
const inputs = {
  x: { dtype: 'f32', values: f32(-1e30, 1e30) },
  y: { dtype: 'f32', values: f32(-1e8, 1e8) },
  small: { dtype: 'f32', values: f32(-20, 20) },
  angle: { dtype: 'f32', values: f32(-Math.PI, Math.PI) },
  positive: { dtype: 'f32', values: f32(1e-30, 1e30) },
  size: { dtype: 'f32', values: f32(0, 4e9) },
  divisor: { dtype: 'f32', values: fc.tuple(f32(1e-3, 1e8), fc.boolean()).map(([d, s]) => (s ? -d : d)) },
  i: { dtype: 'i32', values: i32 },
  j: { dtype: 'i32', values: i32 },
  nonzero: { dtype: 'i32', values: i32.filter((d) => d !== 0 && d !== -1) },
  u: { dtype: 'u32', values: u32 },
  v: { dtype: 'u32', values: u32 },
  count: { dtype: 'u32', values: u32.map((d) => Math.max(d, 1)) },
  shift: { dtype: 'u32', values: fc.nat(31) },
  ishift: { dtype: 'i32', values: fc.nat(31) },
  bits: { dtype: 'u32', values: f32(-1e30, 1e30).map((x) => new Uint32Array(new Float32Array([x]).buffer)[0]!) },
  p: { dtype: 'bool', values: fc.nat(1) },
  q: { dtype: 'bool', values: fc.nat(1) },
} as const satisfies { [name: string]: { dtype: Scalar; values: fc.Arbitrary<number> } }
type Input = keyof typeof inputs
const names = Object.keys(inputs) as Input[]

/**
 * By how much a result may be off from the exact one: https://www.w3.org/TR/WGSL/#floating-point-accuracy. Absent: not
 * at all.
 */
type Off = (exact: number, args: readonly number[]) => number
const ulps =
  (count: number): Off =>
  (exact) =>
    count * Math.max(2 ** -149, 2 ** (Math.floor(Math.log2(Math.abs(exact))) - 23))

interface Case {
  readonly op: Operator
  readonly args: readonly Input[]
  readonly to?: Scalar
  readonly off?: Off
}

const cases: readonly Case[] = [
  ...(['add', 'sub', 'mul', 'min', 'max'] as const).flatMap((op): Case[] => [
    { op, args: ['x', 'y'] },
    { op, args: ['i', 'j'] },
    { op, args: ['u', 'v'] },
  ]),
  { op: 'div', args: ['y', 'divisor'], off: ulps(2.5) },
  ...(['div', 'rem'] as const).flatMap((op): Case[] => [
    { op, args: ['i', 'nonzero'] },
    { op, args: ['u', 'count'] },
  ]),
  // x - y * trunc(x / y), whose quotient is off by 2.5 ulp and so may be the next integer.
  { op: 'rem', args: ['small', 'divisor'], off: (_, [x, y]) => Math.abs(y!) * 1.0001 + ulps(4)(x!, []) },
  ...(['neg', 'abs'] as const).flatMap((op): Case[] => [
    { op, args: ['x'] },
    { op, args: ['i'] },
    { op, args: ['u'] },
  ]),
  { op: 'fma', args: ['small', 'angle', 'y'], off: (_, [a, b]) => ulps(1)(a! * b!, []) + ulps(1)(2e8, []) },
  { op: 'exp', args: ['small'], off: (exact, [x]) => ulps(3 + 2 * Math.abs(x!))(exact, []) },
  { op: 'sqrt', args: ['positive'], off: ulps(5) },
  { op: 'floor', args: ['y'] },
  { op: 'round', args: ['y'] },
  ...(['and', 'or'] as const).map((op): Case => ({ op, args: ['p', 'q'] })),
  ...(['and', 'or', 'xor'] as const).flatMap((op): Case[] => [
    { op, args: ['i', 'j'] },
    { op, args: ['u', 'v'] },
  ]),
  { op: 'not', args: ['p'] },
  { op: 'not', args: ['i'] },
  { op: 'not', args: ['u'] },
  ...(['shl', 'shr'] as const).flatMap((op): Case[] => [
    { op, args: ['i', 'shift'] },
    { op, args: ['i', 'ishift'] },
    { op, args: ['u', 'shift'] },
  ]),
  ...(['less', 'lessEqual', 'equal'] as const).flatMap((op): Case[] => [
    { op, args: ['x', 'y'] },
    { op, args: ['i', 'j'] },
    { op, args: ['u', 'v'] },
  ]),
  { op: 'select', args: ['p', 'x', 'y'] },
  { op: 'select', args: ['p', 'i', 'j'] },
  { op: 'select', args: ['p', 'u', 'v'] },
  { op: 'select', args: ['p', 'q', 'p'] },
  { op: 'cast', args: ['y'], to: 'i32' },
  { op: 'cast', args: ['size'], to: 'u32' },
  { op: 'cast', args: ['x'], to: 'bool' },
  // To one of the two f32 next to the integer, where it is not one itself.
  ...(['i', 'u', 'p'] as const).map((from): Case => ({ op: 'cast', args: [from], to: 'f32', off: ulps(1) })),
  ...(['i', 'u', 'p'] as const).flatMap((from): Case[] =>
    (['i32', 'u32', 'bool'] as const)
      .filter((to) => to !== inputs[from].dtype)
      .map((to) => ({ op: 'cast', args: [from], to })),
  ),
  { op: 'bitcast', args: ['x'], to: 'u32' },
  { op: 'bitcast', args: ['x'], to: 'i32' },
  { op: 'bitcast', args: ['bits'], to: 'f32' },
  { op: 'bitcast', args: ['i'], to: 'u32' },
  { op: 'bitcast', args: ['u'], to: 'i32' },
]
const outputs = ['f32', 'i32', 'u32', 'bool'] as const

/** All cases, each writing n elements after those of the case before it that has the same dtype. */
function allOperators(lanes: Lanes): { kernel: Kernel; where: { case: Case; slot: number; first: number }[] } {
  const at = loop('i', n / lanes)
  const first = mul(at, index(lanes))
  const sizes = new Map<Scalar, number>()
  const where: { case: Case; slot: number; first: number }[] = []
  const body = cases.map((one) => {
    const args = one.args.map((name) => load(names.indexOf(name), inputs[name].dtype, first, lanes))
    const value = apply(one.op, args, one.to)
    const start = sizes.get(value.dtype) ?? 0
    sizes.set(value.dtype, start + n)
    const slot = names.length + outputs.indexOf(value.dtype)
    where.push({ case: one, slot, first: start })
    return store(slot, add(first, index(start)), value)
  })
  const slots: Slot[] = [
    ...names.map((name) => slot(name, inputs[name].dtype, n)),
    ...outputs.map((dtype) => slot(`${dtype} results`, dtype, sizes.get(dtype)!, 'write')),
  ]
  return { kernel: kernel(`operators in ${lanes}`, slots, [nest('all', [at], body)]), where }
}

const arguments_ = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.array(inputs[name].values, { minLength: n, maxLength: n })])) as {
    [I in Input]: fc.Arbitrary<number[]>
  },
)

describe.skipIf(missing(computing, 'operators on a GPU')).each([1, 4] as const)('operators in %i lanes', (lanes) => {
  const { kernel: all, where } = allOperators(lanes)
  const plan = planOf(all)
  let device: Device
  let loaded: Loaded
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
    loaded = await device.load({ plan, code: printWgsl(plan) })
  })
  afterAll(() => device.dispose())

  test('agree with the interpreter', async () => {
    await fc.assert(
      fc.asyncProperty(arguments_, async (values) => {
        const memory = [new Float32Array(plan.regions[0]!.size), new Uint32Array(plan.regions[1]!.size)] as const
        names.forEach((name, i) => {
          const { region, offset } = plan.places[i]!
          memory[region]!.set(values[name], offset)
        })
        memory.forEach((words, region) => {
          loaded.write({ region, offset: 0 }, words)
        })
        loaded.run()
        const got = await Promise.all(memory.map((words, region) => loaded.read({ region, offset: 0 }, words.length)))
        interpret(plan, memory)
        for (const { case: one, slot, first } of where) {
          const { region, offset } = plan.places[slot]!
          for (let k = 0; k < n; k++) {
            const [exact, found] = [memory[region]![offset + first + k]!, got[region]![offset + first + k]!]
            const args = one.args.map((name) => values[name][k]!)
            const flushed = region === 0 && Math.abs(exact) < 2 ** -126 ? 2 ** -126 : 0
            const off = Math.max(flushed, one.off?.(exact, args) ?? 0)
            if (found !== exact && !(Math.abs(found - exact) <= off))
              expect.fail(`${one.op} to ${one.to ?? ''} of ${one.args} = ${args}: ${found} and not ${exact}`)
          }
        }
      }),
      // The message names the one value that is off; shrinking some 500 of them would say no more.
      { numRuns: 30, endOnFailure: true },
    )
  })
})

describe.skipIf(missing(computing, 'lane operators on a GPU'))('between lanes', () => {
  test('splat, ramp, pack, zips, sumLanes and maxLanes, in every dtype', async () => {
    const i = loop('i', 1)
    const four: { [D in 'f32' | 'i32' | 'u32']: number } = { f32: 0, i32: 1, u32: 2 }
    const dtypes = ['f32', 'i32', 'u32'] as const
    const body = dtypes.flatMap((dtype) => {
      const [from, to] = [four[dtype], four[dtype] + 3]
      const lanes = load(from, dtype, index(0), 4)
      const one = (at: number) => load(from, dtype, index(at))
      return [
        store(to, index(0), apply('splat', [one(1)])),
        store(to, index(4), apply('ramp', [one(2)])),
        store(to, index(8), apply('pack', [one(3), one(0), one(2), one(1)])),
        store(to, index(12), apply('sumLanes', [lanes])),
        store(to, index(13), apply('maxLanes', [lanes])),
        store(to, index(16), apply('splat', [constant(-7, dtype)])),
        store(to, index(20), apply('zipLow', [lanes, apply('add', [lanes, lanes])])),
        store(to, index(24), apply('zipHigh', [lanes, apply('add', [lanes, lanes])])),
      ]
    })
    const slots = [...dtypes.map((d) => slot(`${d} in`, d, 4)), ...dtypes.map((d) => slot(`${d} out`, d, 28, 'write'))]
    const plan = planOf(kernel('lanes', slots, [nest('lanes', [i], body)]))
    const device = await openWebGpu(computing.gpu!)
    const loaded = await device.load({ plan, code: printWgsl(plan) })
    // In this order the sum is 1, in most others 0.
    const values = [
      [1e8, 1, -1e8, 0],
      [3, -5, 2 ** 31 - 1, 9],
      [3, 2 ** 32 - 5, 7, 9],
    ]
    const memory = [new Float32Array(plan.regions[0]!.size), new Uint32Array(plan.regions[1]!.size)] as const
    values.forEach((four, k) => {
      memory[plan.places[k]!.region]!.set(four, plan.places[k]!.offset)
    })
    memory.forEach((words, region) => {
      loaded.write({ region, offset: 0 }, words)
    })
    loaded.run()
    interpret(plan, memory)
    const out = plan.places[3]!.offset
    expect(memory[0][out + 12]).toBe(1)
    for (const region of [0, 1])
      expect(await loaded.read({ region, offset: 0 }, memory[region]!.length)).toEqual(memory[region])
    device.dispose()
  })
})
