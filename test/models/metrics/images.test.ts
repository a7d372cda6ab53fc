import { describe, expect, test } from 'vitest'
import { hostRandom, psnr, ssim } from '../../../models/index.ts'
import * as fc from '../../fc.ts'

/** As the definition says, with no thought for time: a window of 121 weights at each position, and centred moments. */
function plainSsim(x: readonly number[], y: readonly number[], height: number, width: number, peak: number): number {
  const weight = (i: number, j: number) => Math.exp(-((i - 5) ** 2 + (j - 5) ** 2) / (2 * 1.5 ** 2))
  const [c1, c2] = [(0.01 * peak) ** 2, (0.03 * peak) ** 2]
  let sum = 0
  let count = 0
  for (let top = 0; top + 11 <= height; top++)
    for (let left = 0; left + 11 <= width; left++) {
      const window: { w: number; a: number; b: number }[] = []
      for (let i = 0; i < 11; i++)
        for (let j = 0; j < 11; j++) {
          const at = (top + i) * width + left + j
          window.push({ w: weight(i, j), a: x[at]!, b: y[at]! })
        }
      const total = window.reduce((sum, { w }) => sum + w, 0)
      const mean = (f: (p: { a: number; b: number }) => number) =>
        window.reduce((sum, p) => sum + (p.w / total) * f(p), 0)
      const [ma, mb] = [mean(({ a }) => a), mean(({ b }) => b)]
      const [va, vb] = [mean(({ a }) => (a - ma) ** 2), mean(({ b }) => (b - mb) ** 2)]
      const cov = mean(({ a, b }) => (a - ma) * (b - mb))
      sum += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma ** 2 + mb ** 2 + c1) * (va + vb + c2))
      count += 1
    }
  return sum / count
}

const images = (data: readonly number[], height: number, width: number, channels?: number) => ({
  data: Float64Array.from(data),
  shape: channels === undefined ? ([height, width] as const) : ([height, width, channels] as const),
})
const noise = (seed: number, count: number, peak = 1): readonly number[] => {
  const random = hostRandom(seed)
  return Array.from({ length: count }, () => peak * random.uniform())
}

describe('structural similarity', () => {
  test('is that of the plain definition, for any sizes, peaks and images', () => {
    const sizes = fc.record({
      height: fc.integer({ min: 11, max: 15 }),
      width: fc.integer({ min: 11, max: 15 }),
      peak: fc.constantFrom(1, 255),
      seed: fc.nat(1000),
    })
    fc.assert(
      fc.property(sizes, ({ height, width, peak, seed }) => {
        const x = noise(seed, height * width, peak)
        const y = noise(seed + 1, height * width, peak).map((value, i) => 0.6 * x[i]! + 0.4 * value)
        const { each } = ssim(images(x, height, width), images(y, height, width), { peak })
        expect(each[0]).toBeCloseTo(plainSsim(x, y, height, width, peak), 10)
      }),
      { numRuns: 20 },
    )
  })

  test('of several images and channels is the mean of each by itself', () => {
    const x = noise(1, 2 * 12 * 13 * 2)
    const y = noise(2, 2 * 12 * 13 * 2)
    const plane = (data: readonly number[], image: number, channel: number) =>
      data.filter((_, i) => Math.floor(i / 312) === image && i % 2 === channel)
    const { each, mean } = ssim(images(x, 12, 13, 2), images(y, 12, 13, 2))
    for (const image of [0, 1]) {
      const both = [0, 1].map((c) => plainSsim(plane(x, image, c), plane(y, image, c), 12, 13, 1))
      expect(each[image]).toBeCloseTo((both[0]! + both[1]!) / 2, 10)
    }
    expect(mean).toBeCloseTo((each[0]! + each[1]!) / 2, 12)
  })

  test('is 1 of an image with itself, symmetric, and negative of its negative', () => {
    const x = images(noise(3, 144), 12, 12)
    const y = images(noise(4, 144), 12, 12)
    const negative = images(
      [...x.data].map((value) => 1 - value),
      12,
      12,
    )
    expect(ssim(x, x).mean).toBeCloseTo(1, 12)
    expect(ssim(x, y).mean).toBeCloseTo(ssim(y, x).mean, 12)
    expect(ssim(x, negative).mean).toBeLessThan(-0.5)
  })

  test('of constant images is that of their means: (2 a b + c1) / (a^2 + b^2 + c1)', () => {
    const constant = (value: number) => images(new Array<number>(121).fill(value), 11, 11)
    expect(ssim(constant(0.2), constant(0.8)).mean).toBeCloseTo((0.32 + 1e-4) / (0.68 + 1e-4), 10)
  })
})

test('the signal-to-noise ratio is 20 dB for an error of a tenth of the peak, for each image', () => {
  const x = images([0, 0, 0, 0, 1, 1, 1, 1], 2, 2)
  const y = images([0.1, -0.1, 0.1, -0.1, 1.01, 0.99, 0.99, 1.01], 2, 2)
  const { each, mean } = psnr(y, x)
  expect(each[0]).toBeCloseTo(20, 10)
  expect(each[1]).toBeCloseTo(40, 10)
  expect(mean).toBeCloseTo(30, 10)
  const bytes = ({ data, shape }: typeof x) => ({ data: data.map((value) => 255 * value), shape })
  expect(psnr(bytes(y), bytes(x), { peak: 255 }).mean).toBeCloseTo(30, 10)
  expect(psnr(x, x).mean).toBe(Number.POSITIVE_INFINITY)
})

test('what cannot be compared is refused', () => {
  const x = images(noise(1, 144), 12, 12)
  expect(() => psnr(x, images(noise(1, 144), 9, 16))).toThrow(
    'psnr: expected as many images of one size, at least one; got 144 numbers of [12, 12] and 144 numbers of [9, 16]',
  )
  expect(() => psnr(x, images(noise(1, 288), 12, 12))).toThrow(
    'got 144 numbers of [12, 12] and 288 numbers of [12, 12]',
  )
  expect(() => ssim(images(noise(1, 100), 10, 10), images(noise(1, 100), 10, 10))).toThrow(
    'ssim: expected images of at least 11 x 11 pixels; got 10 x 10',
  )
  expect(() => psnr(images([0, Number.NaN], 1, 1), images([0, 0], 1, 1))).toThrow(
    'psnr: expected finite numbers; got NaN in image 1',
  )
  expect(() => psnr(x, x, { peak: 0 })).toThrow('psnr: expected a peak above 0; got 0')
})
