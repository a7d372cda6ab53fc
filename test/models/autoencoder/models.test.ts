import { describe, expect, test } from 'vitest'
import {
  type AnyProgram,
  f32,
  program,
  type Specs,
  type Tensor,
  type Tensors,
  traceProgram,
} from '../../../dsl/index.ts'
import { type Autoencoder, convAutoencoder, mlpAutoencoder, patchAutoencoder } from '../../../models/index.ts'
import { array, checkGradient, evaluateProgram, type NdArray, tensors } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { complaintOf } from '../flow/fields/complaint-of.ts'
import { parameterCount } from '../flow/fields/parameter-count.ts'
import { small } from './small.ts'

type Small = Autoencoder<readonly [4, 4], [2], Specs, boolean>

/** What a model makes of rows, for any kind: latents, and the rows back. */
const through = (model: Small) =>
  program({ params: model.params, x: f32('n', ...model.shape) }, ({ params, x }) => {
    const z = model.encode(params, x)
    return { z, back: model.decode(params, z) }
  })

describe.each(small)('$kind', ({ model: of }) => {
  const model = of as unknown as Small

  test('rows become latents of the shape that it says, and rows again; each by itself', () => {
    const both = through(model)
    const given = fc.sample(tensors(both, { dims: { n: 3 } }), { numRuns: 1, seed: 1 })[0]! as { x: NdArray }
    const { z, back } = evaluateProgram(both, given as never)
    expect(z.shape).toEqual([3, ...model.latentShape])
    expect(back.shape).toEqual([3, ...model.shape])
    const size = given.x.data.length / 3
    const second = array(Array.from(given.x.data.slice(size, 2 * size)), {}) as NdArray
    const alone = evaluateProgram(both, { ...given, x: { ...second, shape: [1, ...model.shape] } } as never)
    const rowOf = ({ data }: NdArray) => [...data.slice(data.length / 3, (2 * data.length) / 3)]
    expect([...alone.z.data]).toEqual(rowOf(z))
    expect([...alone.back.data]).toEqual(rowOf(back))
  })

  test('the gradient of what comes back is that of its values', () => {
    const loss = program({ params: model.params, x: f32('n', ...model.shape) }, ({ params, x }) =>
      model.decode(params, model.encode(params, x)).sub(x).square().sum(),
    )
    fc.assert(
      fc.property(tensors(loss, { dims: { n: 2 }, values: { params: { min: -1, max: 1 } } } as never), (given) =>
        checkGradient(loss, given as never),
      ),
      { numRuns: 2 },
    )
  })
})

test('types are inferred', () => {
  const model = mlpAutoencoder({ shape: [4, 4], latent: [2, 3], widths: [5], variational: true })
  const of = program({ params: model.params, x: f32('n', 4, 4) }, ({ params, x }) => {
    const z: Tensor<['n', 2, 3]> = model.encode(params, x)
    const { mean, logVariance }: { mean: Tensor<['n', 2, 3]>; logVariance: Tensor<['n', 2, 3]> } = model.posterior(
      params,
      x,
    )
    const back: Tensor<['n', 4, 4]> = model.decode(params, mean)
    return { z, mean, logVariance, back }
  })
  const traced = traceProgram(of as AnyProgram, { n: 5 })
  expect(traced.graph.outputs.map(({ type }) => type.shape)).toEqual([
    [5, 2, 3],
    [5, 2, 3],
    [5, 2, 3],
    [5, 4, 4],
  ])
})

test('of a variational model latents are the means, which a network of twice as many outputs tells', () => {
  const model = mlpAutoencoder({ shape: [3], latent: 2, widths: [], variational: true })
  const of = program({ params: model.params, x: f32('n', 3) }, ({ params, x }) => ({
    z: model.encode(params, x),
    ...model.posterior(params, x),
  }))
  const weight = [[1, 2, 3, 4], [0, 0, 0, 0], [5, 6, 7, 8]] // biome-ignore format: a row for each input
  const params = { encoder: { '0': { weight, bias: [0, 0, 1, 1] } }, decoder: { '0': { weight: [[0, 0, 0], [0, 0, 0]], bias: [0, 0, 0] } } } // biome-ignore format: one line
  const { z, mean, logVariance } = evaluateProgram(of, { params, x: [[1, 9, 10]] } as never)
  expect([...z.data]).toEqual([51, 62])
  expect([...mean.data]).toEqual([51, 62])
  expect([...logVariance.data]).toEqual([74, 85])
})

test('patches are squares of the image, in the order in which one reads, and go back where they were', () => {
  // Without blocks each token is a linear map of its patch alone: with the identity, the patch itself.
  const model = patchAutoencoder({ shape: [4, 4], tokens: 4, latent: 4, width: 4, blocks: 0 })
  const of = program({ params: model.params, x: f32('n', 4, 4) }, ({ params, x }) => {
    const z = model.encode(params, x)
    return { z, back: model.decode(params, z) }
  })
  const identity = {
    weight: Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => (i === j ? 1 : 0))),
    bias: [0, 0, 0, 0],
  }
  const network = { first: identity, blocks: {}, last: identity }
  const x = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => 4 * i + j))
  const { z, back } = evaluateProgram(of, { params: { encoder: network, decoder: network }, x: [x] } as never)
  expect([...z.data]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15])
  expect([...back.data]).toEqual(x.flat())
})

test('at the defaults they have less than a million parameters', () => {
  const shape = [28, 28] as const
  expect(parameterCount(mlpAutoencoder({ shape, latent: 16 }).params)).toBe(542_496)
  expect(parameterCount(convAutoencoder({ shape, latent: 16 }).params)).toBe(830_065)
  expect(parameterCount(patchAutoencoder({ shape, tokens: 16, latent: 4 }).params)).toBe(42_773)
})

test('what does not fit is refused', () => {
  const model = mlpAutoencoder({ shape: [4, 4], latent: 2, widths: [3] })
  const specs = { params: model.params, x: f32('n', 4, 4), wide: f32('n', 5, 4), z: f32('n', 2) }
  const complaint = (wrong: (given: Tensors<typeof specs>) => unknown) =>
    complaintOf(() => traceProgram(program(specs, wrong as never) as AnyProgram, { n: 3 }))
  // @ts-expect-error rows are 4 x 4
  expect(complaint(({ params, wide }) => model.encode(params, wide))).toBe(
    'shape error: mlpAutoencoder: x is [n, 5, 4], needs [N, 4, 4]',
  )
  // @ts-expect-error latents are [n, 2]
  expect(complaint(({ params, x }) => model.decode(params, x))).toBe(
    'shape error: mlpAutoencoder: z is [n, 4, 4], needs [N, 2]',
  )
  expect(complaint(({ params, x }) => model.posterior(params, x))).toBe(
    'type error: mlpAutoencoder: this model tells no distribution; make it with { variational: true }',
  )
  expect(complaintOf(() => convAutoencoder({ shape: [28, 28], latent: 2, channels: [2, 4, 8] }))).toBe(
    'type error: convAutoencoder: images of 28 x 28 cannot be halved 3 times; give as many channels as they can, at least one',
  )
  expect(complaintOf(() => patchAutoencoder({ shape: [28, 28], tokens: 9, latent: 2 }))).toBe(
    'type error: patchAutoencoder: images of 28 x 28 are not 9 square patches',
  )
  expect(complaintOf(() => mlpAutoencoder({ shape: [4], latent: [1, 2, 3] as never }))).toMatch(
    'needs a number of dims or [tokens, dims]',
  )
})
