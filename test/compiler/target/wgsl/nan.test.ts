import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Expr, Lanes } from '../../../../compiler/kernel/expr.ts'
import { printWgsl } from '../../../../compiler/target/wgsl/print.ts'
import type { Device } from '../../../../runtime/device.ts'
import { openWebGpu } from '../../../../runtime/webgpu/index.ts'
import { computing, missing } from '../../../runtime/webgpu/gpus.ts'
import { add, apply, constant, index, kernel, load, loop, mul, nest, planOf, slot, store } from './by-hand.ts'
import { interpret } from './interpret.ts'

const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -4, 0, 2.5, 3e9, -5e9]
/** Every pair of them. */
const [xs, ys] = [special.flatMap((x) => special.map(() => x)), special.flatMap(() => special)]

/** What each of the operators computes from x and y. */
function results(x: Expr, y: Expr, lanes: Lanes): Expr[] {
  const one = lanes === 1 ? constant(1) : apply('splat', [constant(1)])
  return [
    apply('max', [x, y]),
    apply('min', [x, y]),
    apply('exp', [x]),
    apply('div', [one, add(one, apply('exp', [apply('neg', [x])]))]),
    apply('sqrt', [x]),
    apply('cast', [x], 'i32'),
    apply('cast', [x], 'u32'),
    ...(lanes === 4 ? [apply('splat', [apply('maxLanes', [y])])] : []),
  ]
}

describe.skipIf(missing(computing, 'NaN on a GPU')).each([1, 4] as const)('in %i lanes', (lanes) => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  test('NaN, infinities and what is out of range become what they become on a CPU', async () => {
    const i = loop('i', xs.length / lanes)
    const at = mul(i, index(lanes))
    const found = results(load(0, 'f32', at, lanes), load(1, 'f32', at, lanes), lanes)
    const slots = [
      ...['x', 'y'].map((name) => slot(name, 'f32', xs.length)),
      ...found.map(({ dtype }, k) => slot(`result ${k}`, dtype, xs.length, 'write')),
    ]
    const body = found.map((value, k) => store(k + 2, at, value))
    const plan = planOf(kernel('special', slots, [nest('special', [i], body)]))
    const memory = [new Float32Array(plan.regions[0]!.size), new Uint32Array(plan.regions[1]!.size)] as const
    memory[0].set(xs, plan.places[0]!.offset)
    memory[0].set(ys, plan.places[1]!.offset)
    const loaded = await device.load({ plan, code: printWgsl(plan) })
    loaded.write({ region: 0, offset: 0 }, memory[0])
    loaded.run()
    interpret(plan, memory)
    for (const [region, want] of memory.entries()) {
      const got = await loaded.read({ region, offset: 0 }, want.length)
      // The finite ones are held to WGSL's accuracy elsewhere.
      want.forEach((value, k) => {
        if (Number.isFinite(value)) expect(got[k]).toBeCloseTo(value, value > 100 ? -2 : 3)
        else expect(got[k]).toBe(value)
      })
    }
    loaded.dispose()
  })
})
