import { minifySync } from 'vite'
import { describe, expect, test } from 'vitest'
import { f32, program, scalar } from '../../../dsl/index.ts'
import { evaluateProgram } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { functionOf } from './both.ts'
import { expressions, functions, values } from './texts.ts'

// A scalar function gives of tensors what JavaScript gives of each of their elements.

const pairs = fc.array(fc.tuple(values, values), { minLength: 12, maxLength: 24 })

/** What the evaluator and JavaScript make of a text, for each pair of numbers. */
function both(text: string, at: readonly (readonly [number, number])[], source = text) {
  const fn = functionOf(text)
  const made = scalar(fn, { source })
  const of = program({ x: f32('n'), y: f32('n') }, ({ x, y }) => made(x, y))
  const found = evaluateProgram(of, { x: at.map(([x]) => x), y: at.map(([, y]) => y) })
  return at.map(([x, y], i) => ({ x, y, found: found.data[i]!, expected: fn(x, y) }))
}

const isSame = ({ found, expected }: { found: number; expected: number }): boolean => Object.is(found, expected)

describe('to the bit, signs of zeros too', () => {
  test('random functions of what both compute alike', () => {
    fc.assert(
      fc.property(functions, pairs, (text, at) => {
        expect(both(text, at).filter((one) => !isSame(one))).toEqual([])
      }),
      { numRuns: 100 * times },
    )
  })

  test('what a minifier makes of them', () => {
    const minified = (text: string): string =>
      minifySync('a.js', `f(${text})`, { module: true })
        .code.trim()
        .replace(/^f\(|\);?$/g, '')
    fc.assert(
      fc.property(functions, pairs, (text, at) => {
        expect(both(minified(text), at).filter((one) => !isSame(one))).toEqual([])
      }),
      { numRuns: 60 * times },
    )
  })

  test('powers that C defines and JavaScript does not', () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 2]
    const at = [1, -1, 0.5, -0.5, 0, -0, ...odd].flatMap((x) => odd.map((y) => [x, y] as const))
    for (const text of ['(x, y) => x ** y', '(x, y) => Math.pow(x, y)', '(x, y) => (x + 0 * y) ** NaN'])
      expect(both(text, at).filter((one) => !isSame(one))).toEqual([])
  })
})

describe('to a few units in the last place', () => {
  const composed = ['acosh', 'asinh', 'atanh', 'cosh', 'sinh', 'log2', 'log10'].map((name) => `Math.${name}(E)`)
  const powers = ['-64', '-3', '-.5', '0', '.5', '1', '2', '3', '10', '64', '65', '(1 / 3)', 'Infinity'].map(
    (power) => `(E) ** ${power}`,
  )
  const lengths = ['Math.hypot(E)', 'Math.hypot(E, x)', 'Math.hypot(y, E, 1)']
  const { number } = expressions(['x', 'y'])

  test.each([...composed, ...powers, ...lengths])('%s', (outer) => {
    fc.assert(
      fc.property(number, pairs, (inner, at) => {
        const off = both(`(x, y) => ${outer.replace('E', inner)}`, at).filter(({ found, expected }) => {
          const near = Math.abs(found - expected) <= 1e-13 * Math.abs(expected) + 1e-300
          return !near && !Object.is(found, expected)
        })
        expect(off).toEqual([])
      }),
      { numRuns: 30 * times },
    )
  })

  test('where a simple formula would overflow, or cancel', () => {
    const small = [1e-8, -1e-8, 1e-300, 0.999999, -0.999999, 1.0000001]
    const great = [88, 89, -89, 709.9, 710.3, -710.3, 1e8, 1e9, -1e9, 1e200, -1e200]
    for (const name of ['acosh', 'asinh', 'atanh', 'cosh', 'sinh', 'expm1', 'log1p'])
      for (const { x, found, expected } of both(
        `(x, y) => Math.${name}(x)`,
        [...small, ...great].map((x) => [x, 0]),
      ))
        if (!Object.is(found, expected)) expect(Math.abs(found / expected - 1), `${name}(${x})`).toBeLessThan(1e-14)
    for (const { found, expected } of both('(x, y) => Math.hypot(x, y)', [
      [1e200, 1e200],
      [1e-200, 1e-200],
      [3, -4],
    ]))
      expect(Math.abs(found / expected - 1)).toBeLessThan(1e-15)
  })
})
