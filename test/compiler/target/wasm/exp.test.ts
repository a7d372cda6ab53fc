import { describe, expect, test } from 'vitest'
import type { Lanes, Variable } from '../../../../compiler/kernel/expr.ts'
import { apply, i32 } from '../../../../compiler/kernel/functions/tree.ts'
import type { Kernel } from '../../../../compiler/kernel/kernel.ts'
import { assembled } from './module.ts'
import { modes } from './relaxed.ts'

/** y = e^x over whole slots, in one lane or four. */
function kernelOf(size: number, lanes: Lanes): Kernel {
  const point: Variable = { kind: 'variable', dtype: 'i32', lanes: 1, name: 'point' }
  const index = lanes === 4 ? apply('mul', point, i32(4)) : point
  const x = { kind: 'load', dtype: 'f32', lanes, slot: 0, index } as const
  const value = { kind: 'apply', op: 'exp', dtype: 'f32', lanes, args: [x] } as const
  return {
    name: 'exp',
    slots: [
      { name: 'x', dtype: 'f32', size, access: 'read' },
      { name: 'y', dtype: 'f32', size, access: 'write' },
    ],
    functions: [],
    nests: [
      { name: 'exp', grid: [{ index: point, extent: size / lanes }], body: [{ kind: 'store', slot: 1, index, value }] },
    ],
  }
}

function compute(x: Float32Array<ArrayBuffer>, lanes: Lanes, relaxed: boolean): Float32Array {
  const run = assembled([kernelOf(x.length, lanes)], { relaxed })
  return run(0, 0, 0, x.length / lanes, [x, new Float32Array(x.length)])[1] as Float32Array
}

const count = 2 ** 17

/** f32 numbers of both signs and every exponent, denormals, infinities and NaN among them. */
function everywhere(): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(count)
  for (let i = 0; i < count; i++) words[i] = i * 32771
  return new Float32Array(words.buffer)
}

const between = (low: number, high: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1))

/** The distance between neighbouring f32 around x; of the smallest normal ones below them. */
const ulp = (x: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(Math.fround(x)))), -126) - 23)

function worst(x: Float32Array, y: Float32Array) {
  let most = { x: 0, error: 0 }
  for (const [i, at] of x.entries()) {
    const wanted = Math.exp(at)
    const got = y[i]!
    if (Object.is(Math.fround(wanted), got)) continue
    const distance = Math.abs(got - wanted) / ulp(wanted)
    const error = Number.isFinite(Math.fround(wanted)) && !Number.isNaN(distance) ? distance : Number.POSITIVE_INFINITY
    if (error > most.error) most = { x: at, error }
  }
  return most
}

test.each(modes)(
  'one number alone has the result that it has among four, to the bit, relaxed: $relaxed',
  ({ relaxed }) => {
    for (const x of [everywhere(), between(-2, 2)]) expect(compute(x, 1, relaxed)).toEqual(compute(x, 4, relaxed))
  },
)

const cases = modes.flatMap(({ relaxed }) => ([1, 4] as const).map((lanes) => ({ relaxed, lanes })))

describe.each(cases)('in $lanes lanes, relaxed: $relaxed', ({ relaxed, lanes }) => {
  const at = (...x: number[]): readonly number[] =>
    [...compute(Float32Array.from([...x, 0, 0, 0, 0].slice(0, 4)), lanes, relaxed)].slice(0, x.length)

  test('it is within its bound everywhere', () => {
    for (const x of [everywhere(), between(-104, 89), between(-1, 1)]) {
      const { x: where, error } = worst(x, compute(x, lanes, relaxed))
      expect(error, `at ${where}`).toBeLessThanOrEqual(2)
    }
  })

  test('the ends', () => {
    expect(at(Infinity, -Infinity, Number.NaN, 0)).toEqual([Infinity, 0, Number.NaN, 1])
    expect(at(88.72, 88.73, -103, -1e4)).toEqual([expect.closeTo(3.4e38, -37), Infinity, 2 ** -149, 0])
  })
})
