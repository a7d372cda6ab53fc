import { expect, test } from 'vitest'
import { type Arrays, array, evaluateProgram, type NdArray, tensors } from '../../../../testing/index.ts'
import * as fc from '../../../fc.ts'
import { type Inputs, smallFields } from './small-fields.ts'

const told = smallFields.filter(({ field }) => field.condition !== undefined)
const dropped = (features: boolean): NdArray =>
  features
    ? array([
        [0, 0, 0],
        [0, 0, 0],
      ])
    : array([-1, -1], { dtype: 'i32' })

test.each(told)('$name: a condition that is dropped in all rows is as none', ({ of, unconditioned, field }) => {
  const law = ({ condition: _, ...inputs }: Arrays<Inputs>) => {
    const condition = dropped('features' in field.condition!)
    const found = evaluateProgram(of, { ...inputs, condition } as never) as NdArray
    expect(found).toEqual(evaluateProgram(unconditioned, inputs as never))
  }
  fc.assert(fc.property(tensors(of, { dims: { n: 2 } } as never) as fc.Arbitrary<Arrays<Inputs>>, law), { numRuns: 3 })
})

test.each(told)('$name: other conditions give other velocities, each in its row', ({ of, field }) => {
  // Not for any parameters: large ones leave nothing of a condition behind an activation.
  let differs = false
  const law = (inputs: Arrays<Inputs>) => {
    const features = 'features' in field.condition!
    const none = evaluateProgram(of, { ...inputs, condition: dropped(features) } as never) as NdArray
    const second = features ? array([[0, 0, 0], [1, -2, 3]]) : array([-1, 2], { dtype: 'i32' }) // biome-ignore format: rows
    const one = evaluateProgram(of, { ...inputs, condition: second } as never) as NdArray
    expect([...one.data.slice(0, 4)]).toEqual([...none.data.slice(0, 4)])
    differs ||= one.data.slice(4).some((value, i) => value !== none.data[4 + i])
  }
  fc.assert(fc.property(fc.noBias(tensors(of, { dims: { n: 2 } } as never)) as fc.Arbitrary<Arrays<Inputs>>, law), {
    numRuns: 5,
  })
  expect(differs).toBe(true)
})
