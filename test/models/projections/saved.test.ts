import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  averageProjection,
  gaussianProjection,
  hadamardProjection,
  orthogonalProjection,
  type Projection,
  pcaProjection,
  projectionFromTensors,
  projectionToTensors,
  whiteningProjection,
} from '../../../models/index.ts'
import { type HostTensor, parseSafetensors, serializeSafetensors } from '../../../runtime/data/index.ts'
import { loadSafetensors, saveSafetensors } from '../../../runtime/node/index.ts'
import * as fc from '../../fc.ts'
import { drawn, problems } from './drawn.ts'

test('a projection that was saved is the same, bit for bit', () => {
  fc.assert(
    fc.property(problems, fc.nat(5), fc.constantFrom('projection', 'prior.map'), (problem, which, prefix) => {
      const { rows, featureDim, latentDim, seed } = problem
      const features = drawn(rows, featureDim, seed)
      const made: Projection = [
        () => gaussianProjection(features, latentDim, { seed }),
        () => orthogonalProjection(features, latentDim, { seed, normalisation: 'global' }),
        () => hadamardProjection(features, latentDim, { seed, normalisation: 'none' }),
        () => averageProjection(features, latentDim),
        () => pcaProjection(features, latentDim),
        () => whiteningProjection(features, latentDim),
      ][which]!()
      const { tensors, metadata } = projectionToTensors(made, { prefix })
      const others = new Map([...tensors, ['state.params.weight', tensors.get(`${prefix}.mean`)!]])
      const file = parseSafetensors(serializeSafetensors(others, metadata))
      expect(projectionFromTensors(file.tensors(), { prefix })).toEqual(made)
      expect(file.metadata[prefix]).toBe(
        `${made.kind} projection of ${featureDim} features to ${latentDim} latent dimensions`,
      )
    }),
    { numRuns: 40 },
  )
})

test('by way of a file', async () => {
  const made = pcaProjection(drawn(40, 9, 2), 3)
  const folder = await mkdtemp(join(tmpdir(), 'projection-'))
  try {
    const path = join(folder, 'projection.safetensors')
    const { tensors, metadata } = projectionToTensors(made)
    await saveSafetensors(path, tensors, metadata)
    expect(projectionFromTensors((await loadSafetensors(path)).tensors())).toEqual(made)
  } finally {
    await rm(folder, { recursive: true })
  }
})

const about = (value: unknown): HostTensor => {
  const data = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
  return { dtype: 'u8', shape: [data.length], data }
}
const f32 = (shape: readonly number[], ...numbers: readonly number[]): HostTensor => ({
  dtype: 'f32',
  shape,
  data: Float32Array.from(numbers),
})

test.each<[string, HostTensor | undefined, string]>([
  [
    'weights',
    undefined,
    'expected a tensor projection.weights of f32 [any, any]; there are projection.about, projection.mean',
  ],
  ['weights', f32([2], 1, 2), 'expected projection.weights to be f32 [any, any]; found f32 [2] of 2 elements'],
  ['weights', f32([4, 1], 1, 2, 3, 4), 'expected projection.std to be f32 [4]; found f32 [3] of 3 elements'],
  [
    'weights',
    f32([3, 2], 1, 2, 3, 4, 5, Number.NaN),
    'expected finite numbers in projection.weights; element 5 is NaN',
  ],
  ['weights', f32([0, 2]), 'expected projection.weights to have rows and columns; found [0, 2]'],
  [
    'mean',
    { dtype: 'f64', shape: [3], data: new Float64Array(3) },
    'expected projection.mean to be f32 [3]; found f64 [3]',
  ],
  ['std', f32([3], 1, 0, 1), 'expected projection.std to be positive; element 1 is 0'],
  ['scale', f32([], -1), 'expected projection.scale to be positive; found -1'],
  ['scale', f32([1], 1), 'expected projection.scale to be f32 []; found f32 [1] of 1 elements'],
  ['shift', f32([3], 1, 2, 3), 'expected projection.shift to be f32 [2]; found f32 [3]'],
  ['explained', f32([2], 1, 0), 'expected projection.explained to be f64 [2]; found f32 [2]'],
  [
    'explained',
    { dtype: 'f64', shape: [2], data: Float64Array.of(0.5, Number.NaN) },
    'expected projection.explained to be shares from 0 to 1; element 1 is NaN',
  ],
  ['about', about('{'), 'expected projection.about to be JSON; found:'],
  ['about', about([null]), 'expected projection.about of version 1; found undefined'],
  ['about', about('null'), 'expected projection.about to be a JSON object; found null'],
  ['about', about({ version: 2 }), 'expected projection.about of version 1; found 2: it was saved by another release'],
  [
    'about',
    about({ version: 1, kind: 'magic' }),
    'expected the kind in projection.about to be one of gaussian, orthogonal,',
  ],
  [
    'about',
    about({ version: 1, kind: 'pca', normalisation: 1 }),
    'expected the normalisation in projection.about to be one of perFeature,',
  ],
  [
    'about',
    about({ version: 1, kind: 'pca', normalisation: 'none', seed: 0.5 }),
    'expected the seed in projection.about to be a whole number; found 0.5',
  ],
])('a file whose %s is malformed is refused (%#)', (name, tensor, message) => {
  const tensors = new Map(projectionToTensors(pcaProjection(drawn(40, 3, 2), 2)).tensors)
  if (tensor) tensors.set(`projection.${name}`, tensor)
  else tensors.delete(`projection.${name}`)
  expect(() => projectionFromTensors(tensors)).toThrow(`projectionFromTensors: ${message}`)
})
