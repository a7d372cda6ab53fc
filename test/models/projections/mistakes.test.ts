import { expect, test } from 'vitest'
import {
  averageProjection,
  columnFeatures,
  distortion,
  featureTarget,
  gaussianProjection,
  hadamardProjection,
  learnedProjection,
  orthogonalProjection,
  pcaProjection,
  project,
  rowStatistics,
  tensorFeatures,
  twoNearest,
  unproject,
  whiteningProjection,
} from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'
import { drawn } from './drawn.ts'

const features = drawn(20, 4, 1)
const changed = (at: number, value: number) => ({
  dimension: 4,
  data: features.data.map((old, i) => (i === at ? value : old)),
})
const constant = { dimension: 4, data: features.data.map((old, i) => (i % 4 === 2 ? 7 : old)) }

const global = { normalisation: 'global' } as const

const alternating = (...rows: readonly (readonly number[])[]) => Array.from({ length: 16 }, () => rows).flat(2)
/** Two features of float64. */
const doubles = (...data: readonly number[]) =>
  tensorFeatures({ dtype: 'f64', shape: [data.length / 2, 2], data: Float64Array.from(data) })

test.each<[() => unknown, string]>([
  [
    () => gaussianProjection(changed(9, Number.NaN), 2),
    'gaussianProjection: expected finite numbers; row 2 has NaN at 1: repair or drop that row',
  ],
  [() => pcaProjection(changed(0, Infinity), 2), 'pcaProjection: expected finite numbers; row 0 has Infinity at 0'],
  [
    () => averageProjection(constant, 2),
    "averageProjection: expected every feature to vary, to be divided by its std; feature 2 is 7 in all 20 rows, up to the rounding of f32 (1 of 4 features are constant): drop them, or use normalisation 'global'",
  ],
  [
    () => gaussianProjection({ dimension: 4, data: new Float32Array(40).fill(3) }, 2, global),
    'gaussianProjection: expected features that vary; all 4 are the same in all 10 rows, up to the rounding of f32: give features that vary',
  ],
  [
    () => gaussianProjection({ dimension: 4, data: new Float32Array(40) }, 2, { normalisation: 'none' }),
    'gaussianProjection: expected latents that vary, to give them the second moment 2; their variance is 0 in all',
  ],
  [
    () => gaussianProjection({ dimension: 4, data: new Float32Array(4) }, 2),
    'gaussianProjection: expected at least 2 rows of features; got 1: give more rows',
  ],
  [
    () => pcaProjection({ dimension: 4, data: features.data.slice(0, 12) }, 3),
    'pcaProjection: expected at least 4 rows of features; got 3: give more rows',
  ],
  [
    () => whiteningProjection(constant, 4, global),
    'whiteningProjection: expected features that vary in at least 4 directions; these 20 rows vary in 3: ask for at most 3 latent dimensions, or give more rows',
  ],
  [
    () => hadamardProjection(features, 5),
    'hadamardProjection: expected a whole number of latent dimensions from 1 to the 4 of the features; got 5',
  ],
  [
    () => orthogonalProjection(features, 1.5),
    'orthogonalProjection: expected a whole number of latent dimensions from 1; got 1.5',
  ],
  [
    () => orthogonalProjection({ ...features, dimension: 0 }, 1),
    'orthogonalProjection: expected features of a whole number of dimensions; got 0',
  ],
  [
    () => gaussianProjection({ ...features, dimension: 7 }, 1),
    'gaussianProjection: expected rows of 7 numbers; got 80 numbers, which are 11.43 rows: check the width',
  ],
  [
    () => gaussianProjection(features, 2, { normalisation: 'layer' as never }),
    'gaussianProjection: expected a normalisation of perFeature, global, none; got layer',
  ],
  [
    () => pcaProjection(features, 2, { method: 'svd' as never }),
    'pcaProjection: expected a method of exact, randomised, auto; got svd',
  ],
  [
    () => whiteningProjection(features, 2, { zca: true }),
    'whiteningProjection: expected as many latent dimensions as the 4 of the features for zca, which turns back to them; got 2: leave zca out',
  ],
  [() => whiteningProjection(features, 2, { eps: -1 }), 'whiteningProjection: expected eps of at least 0; got -1'],
  [
    () => project(gaussianProjection(features, 2), new Float32Array(6)),
    'project: expected rows of 4 numbers; got 6 numbers',
  ],
  [
    () => unproject(gaussianProjection(features, 2), Float32Array.of(0, Number.NaN)),
    'unproject: expected finite numbers; row 0 has NaN at 1',
  ],
  [
    () => distortion(gaussianProjection(features, 2), features.data.slice(0, 20)),
    'distortion: expected at least 12 rows, to find 10 neighbours among others; got 5: give more rows, or a smaller k',
  ],
  [
    () => distortion(gaussianProjection(features, 2), features.data, { pairs: 0 }),
    'distortion: expected pairs to be a whole number from 1; got 0',
  ],
  [
    () => distortion(gaussianProjection(features, 2), new Float32Array(80)),
    'distortion: expected rows that differ; of 10000 pairs 10000 are of equal rows',
  ],
  [
    () => tensorFeatures({ dtype: 'f32', shape: [3], data: new Float32Array(3) }),
    'tensorFeatures: expected a tensor of rows, such as [20000, 768]; got [3]',
  ],
  [
    () => doubles(1, -1e300, 3, 4),
    'tensorFeatures: row 0 has -1e+300 at 1, and features are computed in f32, which ends at 3.4e38: divide them in float64 first, x / abs(x).max() in NumPy',
  ],
  [
    () => doubles(...alternating([1, 1e9], [2, 1e9 + 2])),
    'tensorFeatures: feature 1 varies by 1.0 about 1.0e+9, and features are computed in f32, which rounds it by 1.4 there: normalise it in float64 first, (x - x.mean(0)) / x.std(0) in NumPy',
  ],
  [() => doubles(...alternating([1e-50, 1], [-1e-50, 2])), 'feature 0 varies by 1.0e-50 about 0.0, and'],
  [() => rowStatistics(new Float32Array(0), 2), 'rowStatistics: expected rows; there are none'],
  [
    () => twoNearest(features.data, 4, { among: 2 }),
    'twoNearest: expected to be among a whole number of rows from 3; got 2',
  ],
  [
    () => featureTarget({ features: features.data, dimension: 4, name: 'words', heldOut: 0 }),
    'featureTarget words: expected a share between 0 and 1 to be held out; got 0',
  ],
  [
    () =>
      featureTarget({
        features: features.data,
        dimension: 4,
        name: 'words',
        projection: gaussianProjection(drawn(9, 3, 1), 2) as never,
      }),
    'featureTarget words: expected a projection of 4 features, as many as rows have; got one of 3: fit it to these features',
  ],
])('what does not fit is refused, with what was expected and what to do (%#)', (call, message) => {
  expect(call).toThrow(message)
})

test('so is what would be awaited', async () => {
  const same = { dimension: 2, data: Float32Array.of(1, 2, 1, 2) }
  await expect(learnedProjection(same, 1, {} as never, { normalisation: 'none' })).rejects.toThrow(
    'learnedProjection: expected rows that differ; all 2 are equal',
  )
  const labels = dataset({ label: { data: Uint32Array.of(1) } })
  await expect(columnFeatures(labels, 'label')).rejects.toThrow(
    'columnFeatures: expected label to be a column of f32; there are label (u32)',
  )
})
