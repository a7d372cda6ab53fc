import { expect, test } from 'vitest'
import { f32, program } from '../../../../dsl/index.ts'
import { transformerField } from '../../../../models/index.ts'
import { array, checkEquivariant, type NdArray, permutation, tensors } from '../../../../testing/index.ts'
import * as fc from '../../../fc.ts'
import { parameterCount } from './parameter-count.ts'

const [tokens, channels] = [3, 2]
const field = transformerField(tokens, channels, { width: 4, heads: 2, blocks: 2, mlpRatio: 1 })
const of = program({ params: field.params, x: f32('n', 6), t: f32('n') }, ({ params, x, t }) =>
  field.apply(params, x, t),
)

test('tokens in another order, with their positions, give the velocities in that order', () => {
  fc.assert(
    fc.property(tensors(of, { dims: { n: 2 } }), permutation({ size: tokens, axis: 1 }), (inputs, transform) => {
      const reordered = (x: NdArray<'f32'>) =>
        reshaped(transform(reshaped(x, [x.shape[0]!, tokens, channels])), [...x.shape])
      const positions = (x: NdArray<'f32'>) => reshaped(transform(reshaped(x, [1, tokens, 4])), [tokens, 4])
      checkEquivariant(
        of,
        inputs,
        ({ params, x, t }) => ({ params: { ...params, positions: positions(params.positions) }, x: reordered(x), t }),
        reordered,
      )
    }),
    { numRuns: 5 },
  )
})

test('it has the parameters of a diffusion transformer', () => {
  // A block: 12 w^2 + 9 w for attention and the MLP of ratio 4, 6 w^2 + 6 w for what modulates them.
  const [w, t, c, blocks] = [16, 5, 3, 2]
  const block = 12 * w ** 2 + 9 * w + 6 * w ** 2 + 6 * w
  const time = 256 * w + w + w ** 2 + w
  const last = 2 * w ** 2 + 2 * w + w * c + c
  expect(parameterCount(transformerField(t, c, { width: w, heads: 4, blocks }).params)).toBe(
    time + c * w + w + t * w + blocks * block + last,
  )
})

const reshaped = (x: NdArray<'f32'>, shape: readonly number[]): NdArray<'f32'> => array([...x.data], { shape })
