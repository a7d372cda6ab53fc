import { expect, test } from 'vitest'
import { requestOf, targetRequest, writtenQuery } from '../../vite/request.ts'
import * as fc from '../fc.ts'

test('what is asked for a target is understood, and has the same sizes', () => {
  const dim = fc.string({ minLength: 1 }).filter((name) => !['fluxion', '__proto__'].includes(name))
  const sizes = fc.dictionary(dim, fc.nat(), { noNullPrototype: true })
  fc.assert(
    fc.property(sizes, fc.constantFrom('wasm' as const, 'wgsl' as const), (sizes, target) => {
      const request = { file: '/models/model.ts', sizes, target: undefined }
      expect(requestOf(targetRequest(request, target))).toEqual({ file: './model.ts', sizes, target })
    }),
  )
})

test.each([
  ['./model.ts?fluxion', { file: './model.ts', sizes: {}, target: undefined }],
  [`./model.ts${writtenQuery({ n: 256, d: 2 })}`, { file: './model.ts', sizes: { n: 256, d: 2 }, target: undefined }],
  ['./model.ts?import&fluxion&n=4', { file: './model.ts', sizes: { n: 4 }, target: undefined }],
  ['./model.ts', undefined],
  ['./model.ts?raw&n=4', undefined],
])('%s', (id, request) => {
  expect(requestOf(id)).toEqual(request)
})

test('a size that is none says so', () => {
  expect(() => requestOf('./model.ts?fluxion&n=two')).toThrow(
    "'./model.ts?fluxion&n=two': n is 'two', which is no size; write as ?n=256&fluxion",
  )
})
