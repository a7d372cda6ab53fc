import { describe, expect, test } from 'vitest'
import type { Compilation } from '../../../compiler/compile.ts'
import { f32, program, valueAndGrad } from '../../../dsl/index.ts'
import { linear, sequential, silu } from '../../../dsl/nn/index.ts'
import { adam } from '../../../dsl/optim/index.ts'
import { step } from '../../../models/flow/matching.ts'
import { compileProgram } from './compile-program.ts'

// What compiled steps may cost, by counts that are the same on every machine. The numbers only ever go down.

const net = sequential(linear(2, 256), silu, linear(256, 256), silu, linear(256, 256), silu, linear(256, 2))
const optimiser = adam({ learningRate: 1e-3 })
const mlp = program(
  { state: { params: net.params, opt: optimiser.state(net.params) }, x: f32('n', 2), y: f32('n', 2) },
  ({ state, x, y }) => {
    const [loss, g] = valueAndGrad((params: typeof state.params) => net.apply(params, x).sub(y).square().mean())(
      state.params,
    )
    return { state: optimiser.update(g, state.opt, state.params), loss }
  },
)

const bytesOf = ({ plan }: Compilation, ...kinds: readonly string[]): number =>
  plan.regions.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { size }) => sum + 4 * size, 0)
const everything = ['input', 'state', 'output', 'temporary']
/** Bytes that the kernels read and write, each tensor once a kernel. */
const moved = ({ plan }: Compilation): number =>
  plan.dispatches
    .flatMap(({ kernel }) => plan.kernels[kernel]!.slots)
    .reduce((sum, { size, access }) => sum + (access === 'update' ? 8 : 4) * size, 0)

describe.each(['wasm', 'wgsl'] as const)('for %s', (target) => {
  test('a step of flow matching with three layers and n = 256', () => {
    const compiled = compileProgram(step, { n: 256 }, target)
    // Noise; three layers; three layers back, with Adam in them.
    expect(compiled.plan.dispatches).toHaveLength(7)
    expect(moved(compiled)).toBeLessThanOrEqual(5_843_056)
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(1_315_856)
    expect(bytesOf(compiled, ...everything)).toBeLessThanOrEqual(2_125_936)
  })

  test('a step of a network 2-256-256-256-2 with SiLU and Adam, n = 1024', () => {
    const compiled = compileProgram(mlp, { n: 1024 }, target)
    // Four layers, and four layers back.
    expect(compiled.plan.dispatches).toHaveLength(8)
    expect(moved(compiled)).toBeLessThanOrEqual(27_380_820)
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(7_348_224)
    expect(bytesOf(compiled, ...everything)).toBeLessThanOrEqual(8_959_056)
  })
})
