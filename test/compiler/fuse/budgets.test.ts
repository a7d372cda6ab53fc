import { describe, expect, test } from 'vitest'
import { flowPriorStep } from '../../../bench/programs/flow-prior.ts'
import { step } from '../../../bench/programs/matching.ts'
import { mlpStep } from '../../../bench/programs/mlp.ts'
import { residualMlpStep } from '../../../bench/programs/residual-mlp.ts'
import { transformerStep } from '../../../bench/programs/transformer.ts'
import type { Compilation } from '../../../compiler/compile.ts'
import { compileProgram } from './compile-program.ts'

// What compiled steps may cost, by counts that are the same on every machine. The numbers only ever go down. On a CPU
// an activation that a gradient needs again is stored, and on a GPU it is computed again: hence more bytes, in as many
// kernels.

const bytesOf = ({ plan }: Compilation, ...kinds: readonly string[]): number =>
  plan.regions.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { size }) => sum + 4 * size, 0)
const everything = ['input', 'state', 'output', 'temporary']
/** Bytes that the kernels read and write, each tensor once a kernel. */
const moved = ({ plan }: Compilation): number =>
  plan.dispatches
    .flatMap(({ kernel }) => plan.kernels[kernel]!.slots)
    .reduce((sum, { size, access }) => sum + (access === 'update' ? 8 : 4) * size, 0)

describe.each(['wasm', 'wgsl'] as const)('for %s', (target) => {
  const bytes = (onCpu: number, onGpu: number) => (target === 'wasm' ? onCpu : onGpu)

  test('a step of flow matching with three layers and n = 256', () => {
    const compiled = compileProgram(step, { n: 256 }, target)
    // Noise; three layers; three layers back, with Adam in them.
    expect(compiled.plan.dispatches).toHaveLength(7)
    expect(moved(compiled)).toBeLessThanOrEqual(bytes(7_153_776, 5_843_056))
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(bytes(1_578_000, 1_315_856))
    expect(bytesOf(compiled, ...everything)).toBeLessThanOrEqual(bytes(2_388_080, 2_125_936))
  })

  test('a step of a network 2-256-256-256-2 with SiLU and Adam, n = 1024', () => {
    const compiled = compileProgram(mlpStep, { n: 1024 }, target)
    // Four layers, and four layers back.
    expect(compiled.plan.dispatches).toHaveLength(8)
    expect(moved(compiled)).toBeLessThanOrEqual(bytes(33_672_276, 27_380_820))
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(bytes(8_396_800, 7_348_224))
    expect(bytesOf(compiled, ...everything)).toBeLessThanOrEqual(bytes(10_007_632, 8_959_056))
  })

  test('a step of a flow prior of width 512 with four blocks on 256 vectors of 32 numbers', () => {
    const compiled = compileProgram(flowPriorStep(32, 512, 4), { n: 256 }, target)
    // Keys and tables, noise, three layers for the time and the input, all modulations; three for each block, norm and
    // layers; norm, layer. Loss with the last layer's gradient, and the way back: three for each block and the last
    // norm, with Adam in those of the weights; what the condition gets from all modulations, and its two layers.
    expect(compiled.plan.dispatches.length).toBeLessThanOrEqual(36)
    expect(moved(compiled)).toBeLessThanOrEqual(bytes(330_205_176, 327_059_448))
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(23_396_368)
  })

  test('a step of a residual network of six blocks of two layers of width 1024, n = 256', () => {
    const compiled = compileProgram(residualMlpStep(32, 1024, 6, { norm: false }), { n: 256 }, target)
    // Fourteen layers, and as many back.
    expect(compiled.plan.dispatches.length).toBeLessThanOrEqual(28)
    expect(moved(compiled)).toBeLessThanOrEqual(bytes(511_161_284, 504_869_828))
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(22_052_864)
  })

  test('the same with a norm before each block', () => {
    const compiled = compileProgram(residualMlpStep(32, 1024, 6, { norm: true }), { n: 256 }, target)
    // One more for each norm, forward and back.
    expect(compiled.plan.dispatches.length).toBeLessThanOrEqual(40)
    expect(moved(compiled)).toBeLessThanOrEqual(bytes(561_861_596, 555_570_140))
    expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(28_344_320)
  })
})

test('a step of a causal transformer block of width 512 with eight heads on 4096 rows stores nothing for pairs of rows on a GPU', () => {
  const compiled = compileProgram(transformerStep(512, 8), { n: 4096 }, 'wgsl')
  expect(compiled.plan.dispatches.length).toBeLessThanOrEqual(18)
  // The scores alone would be 537 MB.
  expect(bytesOf(compiled, 'temporary')).toBeLessThanOrEqual(211_158_016)
  expect(moved(compiled)).toBeLessThanOrEqual(986_007_848)
})
