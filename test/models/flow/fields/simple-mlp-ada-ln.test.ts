import { expect, test } from 'vitest'
import { simpleMlpAdaLN } from '../../../../models/index.ts'
import { parameterCount } from './parameter-count.ts'

test('it has the parameters of the public networks', () => {
  expect(parameterCount(simpleMlpAdaLN(2, { width: 512, blocks: 4 }).params)).toBe(6_179_330)
  expect(parameterCount(simpleMlpAdaLN(32, { width: 1024, blocks: 6 }).params)).toBe(34_978_848)
})
