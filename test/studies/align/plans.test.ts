import { describe, expect, test } from 'vitest'
import { hostRandom, project } from '../../../models/index.ts'
import { kindNames, priorPlan, projectionOf } from '../../../studies/align/features.ts'
import { planesOf } from '../../../studies/align/latents.ts'
import { mainJob, type Study, studies } from '../../../studies/align/plans.ts'
import { projectionNames } from '../../../studies/align/projections.ts'
import { plainOf } from '../../../studies/report/measures.ts'

describe.each(Object.entries<Study>({ mainJob, ...studies }))('%s', (_, { models }) => {
  test('has models of different names, one of them plain, whose priors there are', () => {
    expect(new Set(models.map(({ name }) => name)).size).toBe(models.length)
    expect(plainOf(models as never)).toBe(models[0])
    for (const { name, regulariser } of models) {
      // It is the name of a file.
      expect(name).toMatch(/^[\w.-]+$/)
      if (regulariser?.objective === 'kl') expect(regulariser.prior).toBeUndefined()
      else if (regulariser) expect(priorPlan(regulariser.prior!).name).toBe(regulariser.prior)
    }
  })
})

test('a prior is features, and how they are projected', () => {
  for (const features of kindNames) {
    expect(priorPlan(features)).toMatchObject({ features, projection: 'random' })
    for (const projection of projectionNames)
      expect(priorPlan(`${features}/${projection}`)).toMatchObject({ features, projection })
  }
  expect(() => priorPlan('pixel')).toThrow("was given 'pixel'; did you mean 'pixels'?")
  expect(() => priorPlan('words/ortogonal')).toThrow("did you mean 'orthogonal'?")
  expect(() => priorPlan('words/pca/2')).toThrow("'words/pca/2' is no prior")
})

test('features of any kind become latents by any projection', () => {
  const random = hostRandom(3)
  // As pixels do, one feature never varies; of the others each does.
  const pixels = {
    data: Float32Array.from({ length: 600 }, (_, i) => (i % 6 === 0 ? 0 : random.normal())),
    dimension: 6,
  }
  const others = { data: Float32Array.from({ length: 600 }, () => random.normal()), dimension: 6 }
  for (const kind of kindNames)
    for (const projection of projectionNames) {
      const features = kind === 'pixels' ? pixels : others
      const made = projectionOf(priorPlan(`${kind}/${projection}`), features, 4, 1)
      const rows = project(made, features.data)
      const square = rows.reduce((sum, value) => sum + value * value, 0) / 100
      expect(square).toBeCloseTo(4, 4)
    }
})

test('latents that have collapsed to a point have no plane, and that is no error', async () => {
  const world = { digits: { heldOut: { labels: new Uint32Array(20) } }, settings: { latent: 4 }, seed: 0 }
  const plan = { name: 'plain', title: 'plain' }
  expect(await planesOf(plan, new Float32Array(80).fill(0.5), world as never)).toEqual([])
  const spread = Float32Array.from({ length: 80 }, (_, i) => Math.sin(i * i))
  expect((await planesOf(plan, spread, world as never)).map(({ method }) => method)).toEqual(['PCA', 'UMAP'])
})

test('latents that are more numbers than a call takes arguments have their planes', async () => {
  const [n, d] = [20, 8192]
  const world = { digits: { heldOut: { labels: new Uint32Array(n) } }, settings: { latent: d }, seed: 0 }
  const wide = Float32Array.from({ length: n * d }, (_, i) => Math.sin(i * i))
  const planes = await planesOf({ name: 'plain', title: 'plain' }, wide, world as never)
  expect(planes.map(({ latents }) => latents.length)).toEqual([n, n])
})
