import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../compiler/ir/evaluate.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import { printGraph } from '../../compiler/ir/print.ts'
import { verify } from '../../compiler/ir/verify.ts'
import { simplify } from '../../compiler/transform/simplify.ts'
import * as language from '../../dsl/index.ts'
import { sampleOf } from '../../testing/evaluate.ts'
import { programs, tensors } from '../../testing/index.ts'
import { steps } from '../../testing/programs/steps/index.ts'
import { times } from '../full.ts'

/**
 * The first element that differs by more than rounding: of a comparison that rounding could decide, nothing is said.
 */
function difference(found: readonly Dense[], expected: readonly Dense[], largest: number): string | undefined {
  for (const [i, { data, dtype }] of expected.entries())
    for (const [k, value] of data.entries()) {
      const allowed = dtype === 'f32' ? 1e-11 * Math.max(1, largest) : 0
      if (!Object.is(found[i]!.data[k], value) && !(Math.abs(found[i]!.data[k]! - value) <= allowed))
        return `output ${i}, element ${k}: ${found[i]!.data[k]}, expected ${value}`
    }
  return undefined
}

test('simplifying a program changes nothing that it computes', { timeout: 120_000 * times }, () => {
  fc.assert(
    fc.property(programs(), ({ program, inputs }) => {
      const { traced, inputs: given } = sampleOf(program, inputs)
      verify(traced.graph)
      const simple = simplify(traced.graph)
      verify(simple)
      const values = traced.graph.equations.flatMap(({ outputs }) => outputs)
      const all = evaluate({ ...traced.graph, outputs: values }, given)
      // A comparison or a cast that lies at its edge may be decided by rounding.
      const at = new Map(values.map((value, i) => [value, all[i]!.data]))
      for (const [i, input] of traced.graph.inputs.entries()) at.set(input, given[i]!.data)
      const undecided = traced.graph.equations.some(({ primitive, inputs: [a, b] }) => {
        const [x, y] = [at.get(a!), at.get(b!)]
        if (primitive.name === 'less')
          return x!.some((v, k) => v !== y![k] && Math.abs(v - y![k]!) < 1e-9 * (1 + Math.abs(v)))
        return (
          primitive.name === 'cast' &&
          a!.type.dtype === 'f32' &&
          x!.some((v) => !Number.isInteger(v) && Math.abs(v - Math.round(v)) < 1e-9 * (1 + Math.abs(v)))
        )
      })
      fc.pre(!undecided)
      let largest = 0
      for (const { data } of all)
        for (const value of data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value))
      expect(difference(evaluate(simple, given), evaluate(traced.graph, given), largest)).toBeUndefined()
    }),
    { numRuns: 1000 * times },
  )
})

test('the source that is printed makes the same graph', () => {
  const names = Object.keys(language)
  fc.assert(
    fc.property(programs(), ({ program, inputs, source }) => {
      const again = new Function(...names, `return ${source}`)(...Object.values(language)) as typeof program
      const listing = (of: typeof program) => printGraph({ ...sampleOf(of, inputs).traced.graph, name: '' })
      expect(listing(again)).toBe(listing(program))
    }),
  )
})

test('a program is good for all sizes of its dims', () => {
  fc.assert(
    fc.property(
      programs().chain(({ program }) => tensors(program).map((inputs) => ({ program, inputs }))),
      ({ program, inputs }) => {
        const { traced, inputs: given } = sampleOf(program, inputs)
        verify(traced.graph)
        expect(evaluate(traced.graph, given).length).toBeGreaterThan(0)
      },
    ),
  )
})

test('every kind of step occurs, one inside another', () => {
  const sources = fc.sample(programs({ steps: 40 }), { numRuns: 300, seed: 1 }).map(({ source }) => source)
  const words = [...new Set(steps.map(({ name }) => name.split(' ')[0]!))]
  for (const word of words)
    expect(
      sources.some((source) => source.includes(`${word}(`)),
      word,
    ).toBe(true)
  expect(sources.some((source) => /^ {4}const v\d+ = \w+\(\(p/m.test(source))).toBe(true)
})

test('losses are one float', () => {
  fc.assert(
    fc.property(programs({ loss: true }), ({ program, inputs }) => {
      expect(sampleOf(program, inputs).traced.outputs).toMatchObject({ path: '', dims: [], dtype: 'f32' })
    }),
  )
})

test('a program shrinks to the steps that matter', () => {
  const { counterexample } = fc.check(
    fc.property(programs(), ({ source }) => !source.includes('.tanh()')),
    { seed: 1, numRuns: 1000 },
  )
  expect(counterexample![0].source.split('\n')).toHaveLength(4)
  expect(fc.stringify(counterexample![0])).toMatch(
    /^program\(\{ x: f32\('n', 3\) \}, \(\{ x \}\) => \{\n {2}const v0 = /,
  )
  expect(fc.stringify(counterexample![0])).toMatch(/\nwith \{"x":array\(\[\], \{ shape: \[0, 3\] \}\)\}\n$/)
})
