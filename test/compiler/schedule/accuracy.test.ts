import { afterAll, beforeAll, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { type Graph, sizeOf } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import type { Device } from '../../../runtime/device.ts'
import { compileGraph, rounded, runOn } from '../differential.ts'
import { uniforms } from '../random.ts'

let device: Device
beforeAll(async () => {
  device = await openCpu()
})
afterAll(() => device.dispose())

function meanOf(shape: readonly number[]): Graph {
  const b = new Builder()
  const x = b.input({ shape, dtype: 'f32' }, 'x')
  const sum = b.emit(p.sum, [x], { axes: shape.map((_, axis) => axis) })
  const share = b.emit(p.constant, [], { value: 1 / sizeOf(shape), shape: [], dtype: 'f32' })
  return b.graph('mean', [b.emit(p.mul, [sum, share], {})])
}

test.each([[[262_144]], [[1024, 256]], [[64, 16, 256]], [[16, 16_384]], [[131_072, 2]]])(
  'the mean over %j is exact to seven digits, where a running sum in f32 is not',
  async (shape) => {
    const random = uniforms(1)
    const [x] = rounded([generated({ shape, dtype: 'f32' }, random)])
    const exact = x!.data.reduce((sum, value) => sum + value, 0) / sizeOf(shape)
    const running = x!.data.reduce((sum, value) => Math.fround(sum + value), 0) / sizeOf(shape)
    const [mean] = await runOn(device, compileGraph(meanOf(shape), 'wasm'), [x!])
    const error = (value: number) => Math.abs(value - exact) / exact
    expect(error(mean![0]!)).toBeLessThan(1e-6)
    expect(error(running)).toBeGreaterThan(2e-6)
  },
)
