import { expect, test } from 'vitest'
import { choicesFor } from '../../ahead/choices.ts'
import * as fc from '../fc.ts'

const written = (sizes: { readonly [dim: string]: number | string }): string => `--dims ${JSON.stringify(sizes)}`

test('each program takes its own dims of every choice, and every choice once', () => {
  const names = ['n', 'm', 'd'] as const
  const dims = fc.subarray([...names])
  const sizes = fc.record({ n: fc.integer({ min: 1, max: 3 }), m: fc.nat(2), d: fc.nat(1) })
  fc.assert(
    fc.property(fc.array(dims, { maxLength: 3 }), fc.array(sizes, { minLength: 1, maxLength: 4 }), (all, given) => {
      // All dims are of some program.
      const programs = [...all, [...names]].map((dims, i) => ({ name: `p${i}`, dims }))
      for (const [i, choices] of choicesFor(programs, given, written).entries()) {
        const own = given.map((one) => Object.fromEntries(programs[i]!.dims.map((dim) => [dim, one[dim]])))
        for (const choice of own) expect(choices).toContainEqual(choice)
        for (const choice of choices) expect(own).toContainEqual(choice)
        expect(new Set(choices.map((choice) => JSON.stringify(choice))).size).toBe(choices.length)
      }
    }),
  )
})

test('what has none of the dims of a program is for others', () => {
  const programs = [
    { name: 'a', dims: ['n'] },
    { name: 'b', dims: ['m'] },
    { name: 'c', dims: [] },
  ]
  expect(choicesFor(programs, [{ n: 4 }, { m: 2 }, { n: 8 }], written)).toEqual([
    [{ n: 4 }, { n: 8 }],
    [{ m: 2 }],
    [{}],
  ])
})

test.each([
  [[{ k: 1, n: 2, m: 3 }], 'no program has a dim k: step has n, m; loss has none'],
  [[{ n: 2 }], 'step has a dim m, which has no size; give it one, as in --dims {"n":2,"m":"256"}'],
  [[], 'step has a dim n, which has no size; give it one, as in --dims {"n":"256","m":"256"}'],
])('%j: says what to write', (given, message) => {
  const programs = [
    { name: 'step', dims: ['n', 'm'] },
    { name: 'loss', dims: [] },
  ]
  expect(() => choicesFor(programs, given as never, written)).toThrow(message)
})
