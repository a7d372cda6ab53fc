import { expect, test } from 'vitest'
import { type AnyProgram, program, type Specs, traceInit } from '../../../../dsl/index.ts'
import { simpleMlpAdaLN } from '../../../../models/index.ts'
import { evaluated } from '../../../dsl/run.ts'

const field = simpleMlpAdaLN(8, { width: 24, blocks: 1, condition: { features: 12 } })

test('parameters start as in the public code', () => {
  const of = program({ params: field.params as Specs }, () => ({})) as AnyProgram
  const made = evaluated(traceInit(of, 'params'), { key: [0, 1] })
  const numbers = (name: string) => [...made[`params.${name}`]!.data]
  const names = Object.keys(made).map((path) => path.slice('params.'.length))

  // Biases, and all layers that come last.
  const zero = names.filter((name) => /bias$|adaLN_modulation|final_layer\.linear/.test(name))
  expect(zero).toHaveLength(13)
  for (const name of zero) expect(numbers(name).every((value) => value === 0)).toBe(true)
  expect(numbers('res_blocks.0.in_ln.weight').every((value) => value === 1)).toBe(true)

  // Xavier-uniform: on (-a, a) with a = sqrt(6 / (in + out)), whose std is a / sqrt(3).
  for (const [name, size, out] of [
    ['input_proj', 8, 24],
    ['cond_embed', 12, 24],
    ['res_blocks.0.mlp.0', 24, 24],
    ['res_blocks.0.mlp.2', 24, 24],
  ] as const) {
    const weights = numbers(`${name}.weight`)
    const bound = Math.sqrt(6 / (size + out))
    expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(bound)
    expect(Math.max(...weights.map(Math.abs))).toBeGreaterThan(0.97 * bound)
    expect(std(weights) / (bound / Math.sqrt(3))).toBeCloseTo(1, 0.7)
  }
  // Normal: some lie beyond two standard deviations.
  for (const name of ['time_embed.mlp.0.weight', 'time_embed.mlp.2.weight']) {
    expect(std(numbers(name)) / 0.02).toBeCloseTo(1, 0.7)
    expect(Math.max(...numbers(name).map(Math.abs))).toBeGreaterThan(0.05)
  }
})

const std = (numbers: readonly number[]): number =>
  Math.sqrt(numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length)
