import { describe, expect, test } from 'vitest'
import { type AnyProgram, traceInit } from '../../../../dsl/index.ts'
import { isSpec } from '../../../../dsl/spec.ts'
import { mapTree } from '../../../../dsl/tree.ts'
import {
  type Arrays,
  array,
  checkEquivariant,
  checkGradient,
  evaluateProgram,
  type NdArray,
  permutation,
  tensors,
} from '../../../../testing/index.ts'
import { evaluated } from '../../../dsl/run.ts'
import * as fc from '../../../fc.ts'
import { type Inputs, type SmallField, smallFields } from './small-fields.ts'

type Given = Arrays<Inputs>
const inputsOf = ({ of }: SmallField, n: number | { readonly min: number; readonly max: number }) =>
  tensors(of, { dims: { n }, values: { t: { min: 0, max: 1 } } } as never) as fc.Arbitrary<Given>

/** Row i of each tensor that has rows. */
const row = (x: NdArray, i: number): NdArray => {
  const [, ...rest] = x.shape
  const size = rest.reduce((product, n) => product * n, 1)
  return array([...x.data.slice(i * size, (i + 1) * size)], { dtype: x.dtype, shape: [1, ...rest] })
}
/** The same of everything but the parameters. */
const onRows = ({ params, ...rest }: Given, change: (x: NdArray) => NdArray): Given =>
  ({ params, ...Object.fromEntries(Object.entries(rest).map(([name, x]) => [name, change(x as NdArray)])) }) as never

/** What its initialisers make. */
const firstParams = ({ of, field }: SmallField): unknown => {
  const made = evaluated(traceInit(of as AnyProgram, 'params'), { key: [0, 7] })
  return mapTree(field.params, isSpec, (_, path) => {
    const { shape, data } = made[`params.${path}`]!
    return array([...data], { shape })
  })
}

const largest = ({ data }: NdArray): number => Math.max(...data.map(Math.abs))

describe.each(smallFields)('$name', (small) => {
  test('it starts at exactly 0, wherever and whenever', () => {
    const started = firstParams(small)
    const law = (inputs: Given) => {
      expect(largest(evaluateProgram(small.of, { ...inputs, params: started } as never) as NdArray)).toBe(0)
    }
    fc.assert(fc.property(inputsOf(small, 3), law), { numRuns: 2 })
  })

  test('rows in another order give the velocities in that order', () => {
    const law = (inputs: Given, transform: (x: NdArray) => NdArray) =>
      checkEquivariant(small.of, inputs, (inputs) => onRows(inputs, transform) as never, transform as never)
    fc.assert(fc.property(inputsOf(small, { min: 0, max: 4 }), permutation() as never, law), { numRuns: 2 })
  })

  test('a row alone gives what it gives among others', () => {
    const law = (inputs: Given, i: number) => {
      const all = evaluateProgram(small.of, inputs as never) as NdArray
      const alone = evaluateProgram(small.of, onRows(inputs, (x) => row(x, i)) as never) as NdArray
      expect([...alone.data]).toEqual([...row(all, i).data])
    }
    fc.assert(fc.property(inputsOf(small, 3), fc.nat({ max: 2 }), law), { numRuns: 2 })
  })
})

// Conditions are linear in what they add, so one field of each kind of them will do.
describe.each([...smallFields.slice(0, 3), smallFields[3]!, smallFields[7]!])('$name', (small) => {
  test('its gradients are those of its values', () => {
    const law = (inputs: Given) => checkGradient(small.loss, inputs as never, { elements: 2 })
    fc.assert(fc.property(inputsOf(small, 2), law), { numRuns: 1 })
  })
})
