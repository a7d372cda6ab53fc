import { expect, expectTypeOf, test } from 'vitest'
import { f32, program, type Tensor } from '../../../dsl/index.ts'
import { compile, openDevice } from '../../../index.ts'
import {
  applyProjection,
  gaussianProjection,
  type Projection,
  pcaProjection,
  project,
  projectionLayer,
} from '../../../models/index.ts'
import { array, evaluateProgram } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'
import { drawn, problems } from './drawn.ts'

/** The inputs of a program for a projection and rows, as the evaluator takes them. */
const arraysOf = ({ featureDim, latentDim, normalisation, weights, scale, shift }: Projection, rows: Float32Array) => ({
  map: {
    mean: array([...normalisation.mean]),
    std: array([...normalisation.std]),
    weights: array([...weights], { shape: [featureDim, latentDim] }),
    scale: array(scale),
    shift: array([...shift]),
  },
  x: array([...rows], { shape: [rows.length / featureDim, featureDim] }),
})

test('the host gives what the program does in float64, rounded once', () => {
  fc.assert(
    fc.property(problems, ({ rows, featureDim, latentDim, seed }) => {
      const features = drawn(rows, featureDim, seed)
      const projection = gaussianProjection(features, latentDim, { seed })
      const layer = projectionLayer(projection)
      const apply = program({ map: layer.params, x: f32('n', featureDim) }, ({ map, x }) => layer.apply(map, x))
      const { data } = evaluateProgram(apply, arraysOf(projection, features.data))
      const latents = project(projection, features.data)
      data.forEach((value, at) => {
        expect(Math.abs(value - latents[at]!)).toBeLessThanOrEqual(2e-7 * (1 + Math.abs(value)))
      })
    }),
    { numRuns: 20 },
  )
})

test('the CPU gives it in float32; sizes are in the types; the gradient reaches the features', async () => {
  const features = drawn(50, 24, 6)
  const projection = pcaProjection(features, 5)
  expectTypeOf(projection).toEqualTypeOf<Projection<24, 5>>()
  const layer = projectionLayer(projection)
  const apply = program({ map: layer.params, x: f32('n', 24) }, ({ map, x }) => {
    const y = applyProjection(map, x)
    expectTypeOf(y).toEqualTypeOf<Tensor<['n', 5]>>()
    expectTypeOf(layer.apply(map, x)).toEqualTypeOf<Tensor<['n', 5]>>()
    return { y, same: layer.apply(map, x) }
  })
  const device = await openDevice('cpu')
  using run = await compile(apply, device, { n: 50 })
  const { y, same } = run({ map: layer.values, x: features.data })
  const [found, again] = [await y.read(), await same.read()]
  expect(again).toEqual(found)
  project(projection, features.data).forEach((value, at) => {
    expect(Math.abs(value - found[at]!)).toBeLessThan(2e-5)
  })
  device.dispose()
})
