import { expect, test } from 'vitest'
import { entropy, fiveGaussians, hostRandom, likelihoodGap, logDensity, sample } from '../../../models/index.ts'
import { average } from './samples.ts'

const target = fiveGaussians()
const exact = entropy(target)

const nlls = (n: number, seed: number, shrink = 1): number[] => {
  const random = hostRandom(seed)
  const data = sample({ ...target, std: shrink * target.std }, random, n)
  return Array.from({ length: n }, (_, i) => -logDensity(target, data.subarray(2 * i, 2 * i + 2)))
}

test('samples of the target are as likely as its entropy says, within their own error', () => {
  const gaps = Array.from({ length: 60 }, (_, seed) => likelihoodGap(nlls(300, seed), exact))
  const z = gaps.map((gap) => gap.z)
  expect(Math.abs(average(z))).toBeLessThan(4 / Math.sqrt(60))
  expect(average(z.map((value) => value * value))).toBeGreaterThan(0.5)
  expect(average(z.map((value) => value * value))).toBeLessThan(1.8)
})

test('samples that are c times too narrow are (d / 2) (1 - c^2) nats too likely', () => {
  const { gap, standardError, z, mean } = likelihoodGap(nlls(5000, 1, 0.5), exact.value)
  expect(Math.abs(gap + (1 - 0.25))).toBeLessThan(4 * standardError + exact.error)
  expect(z).toBeLessThan(-30)
  expect(mean).toBeCloseTo(exact.value + gap, 12)
})

test('the error of the entropy counts', () => {
  const values = nlls(100, 3)
  const { standardError, gap } = likelihoodGap(values, exact.value)
  expect(likelihoodGap(values, { value: exact.value, error: 2 }).z).toBeCloseTo(gap / Math.hypot(standardError, 2), 12)
})

test('what is no likelihood is refused', () => {
  expect(() => likelihoodGap([1], 2)).toThrow('-log p of at least 2 points, to have a standard error; got 1')
  expect(() => likelihoodGap([1, 2, Number.POSITIVE_INFINITY], 2)).toThrow('-log p of point 2 is Infinity: the solver')
  expect(() => likelihoodGap([1, 2], Number.NaN)).toThrow(
    'expected a finite entropy with an error of at least 0; got NaN',
  )
})
