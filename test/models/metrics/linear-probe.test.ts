import { describe, expect, test } from 'vitest'
import { hostRandom, linearProbe } from '../../../models/index.ts'

/** Points around a mean for each class, [n, d]. */
const blobs = (seed: number, n: number, means: readonly (readonly number[])[], std: number) => {
  const random = hostRandom(seed)
  const labels = Int32Array.from({ length: n }, (_, i) => i % means.length)
  const rows = Array.from(labels, (label) => means[label]!.map((mean) => mean + std * random.normal()))
  return { data: Float64Array.from(rows.flat()), dimension: means[0]!.length, labels }
}
const corners = [
  [3, 0, 1],
  [0, 3, 1],
  [-3, -3, 1],
]

describe('a linear probe', () => {
  test('tells classes that planes divide, and guesses at those that nothing divides', () => {
    const easy = linearProbe(blobs(1, 300, corners, 0.3), blobs(2, 300, corners, 0.3))
    expect(easy.accuracy).toBe(1)
    expect(easy.trainAccuracy).toBe(1)
    const same = corners.map(() => [0, 0, 0])
    const blind = linearProbe(blobs(1, 3000, same, 1), blobs(2, 3000, same, 1))
    // A third, with a standard error of 0.009.
    expect(Math.abs(blind.accuracy - 1 / 3)).toBeLessThan(0.05)
  })

  test('solves the normal equations: of two classes in one dim it is the closed form of ridge regression', () => {
    // Standardised, x is -1 or 1: w = E[x y] / (1 + ridge), and class 1 where w x + shift is above 1/2.
    const train = { data: [0, 0, 0, 2, 2, 2], dimension: 1, labels: [0, 0, 1, 1, 1, 1] }
    const held = {
      data: Array.from({ length: 41 }, (_, i) => -2 + i / 10),
      dimension: 1,
      labels: new Array(41).fill(0),
    }
    for (const ridge of [1e-6, 1, 10]) {
      const w = 1 / 3 / (1 + ridge)
      // 2/3 + w (x - 1) > 1/2
      const expected = held.data.map((x) => (2 / 3 + w * (x - 1) > 0.5 ? 1 : 0))
      expect([...linearProbe(train, held, { ridge }).predicted]).toEqual(expected)
    }
  })

  test('does not depend on the scale, the order or a shift of dims, nor on a constant one', () => {
    const [train, held] = [blobs(3, 200, corners, 2), blobs(4, 200, corners, 2)]
    const found = linearProbe(train, held)
    expect(found.accuracy).toBeLessThan(1)
    const changed = <T extends { data: Float64Array }>(set: T) => ({
      ...set,
      dimension: 4,
      data: Float64Array.from({ length: 800 }, (_, i) => {
        const [row, dim] = [Math.floor(i / 4), i % 4]
        return dim === 3 ? 7 : 100 * set.data[row * 3 + 2 - dim]! - 5
      }),
    })
    expect([...linearProbe(changed(train), changed(held)).predicted]).toEqual([...found.predicted])
  })

  test('refuses labels that are none', () => {
    const set = blobs(1, 6, corners, 1)
    expect(() => linearProbe({ ...set, labels: [0, 1, 2] }, set)).toThrow(
      'linearProbe: expected a label for each of the 6 points of the training set; got 3',
    )
    expect(() => linearProbe(set, { ...set, labels: [0, 1, 2, 3, 0, 1] })).toThrow(
      'linearProbe: expected labels from 0 to 2 in the held-out set; got 3 of point 3',
    )
    expect(() => linearProbe(set, set, { ridge: 0 })).toThrow('linearProbe: expected a ridge above 0; got 0')
  })
})
