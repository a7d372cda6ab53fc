import { expect, test } from 'vitest'
import { averageProjection, gaussianProjection, project } from '../../../models/index.ts'
import { rankOfRows } from '../../../models/projections/rank.ts'
import * as fc from '../../fc.ts'
import { drawn, seeds } from './drawn.ts'

test('rows of normal numbers vary in all directions, unless there are too few of them', () => {
  expect(rankOfRows(drawn(3000, 5, 1).data, 5)).toBe(5)
  expect(rankOfRows(drawn(4, 5, 1).data, 5)).toBe(3)
})

test('latents vary in as many directions as features', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }), seeds, (f, d, seed) => {
      const features = drawn(200, f, seed)
      expect(rankOfRows(project(gaussianProjection(features, d), features.data), d)).toBe(Math.min(f, d))
    }),
    { numRuns: 20 },
  )
})

test('constant and equal features are directions in which nothing varies', () => {
  const { data } = drawn(200, 4, 2)
  const rankOf = (change: (value: number, i: number) => number): number => {
    const features = { data: data.map(change), dimension: 4 }
    return rankOfRows(project(averageProjection(features, 4, { normalisation: 'global' }), features.data), 4)
  }
  expect(rankOf((value, i) => (i % 4 === 2 ? 1000.1 : value))).toBe(3)
  expect(rankOf((value, i) => (i % 4 === 2 ? data[i - 1]! : value))).toBe(3)
  expect(rankOf((value, i) => (i % 4 === 2 ? 1e-4 * value : value))).toBe(4)
})

test('what varies in one row alone varies', () => {
  const data = drawn(4000, 2, 3).data.map((value, i) => (i % 2 === 0 ? value : i === 7 ? 1 : 0))
  expect(rankOfRows(data, 2)).toBe(2)
})
