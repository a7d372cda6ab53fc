import { expect, test } from 'vitest'
import { hostRandom } from '../../../models/index.ts'
import { umapOf } from '../../../studies/align/umap.ts'

const d = 16
/** Rows of some clusters in turn, each at a distance of 6 along an axis of its own. */
function clusters(count: number, rows: number): Float32Array {
  const random = hostRandom(5)
  return Float32Array.from(
    { length: rows * d },
    (_, i) => random.normal() + (i % d === Math.floor(i / d) % count ? 6 : 0),
  )
}

test('the same seed gives the same plane, another seed another one', async () => {
  const rows = clusters(3, 120)
  const first = await umapOf(rows, d, { seed: 1, epochs: 50 })
  expect(first).toHaveLength(240)
  expect(first.every(Number.isFinite)).toBe(true)
  expect(await umapOf(rows, d, { seed: 1, epochs: 50 })).toEqual(first)
  expect(await umapOf(rows, d, { seed: 2, epochs: 50 })).not.toEqual(first)
})

test('clusters that are apart stay apart: the nearest of each point in the plane is of its cluster', async () => {
  const [count, n] = [6, 300]
  const plane = await umapOf(clusters(count, n), d, { seed: 0 })
  const at = (i: number) => [plane[2 * i]!, plane[2 * i + 1]!] as const
  const middles = Array.from({ length: count }, (_, k) => {
    const own = Array.from({ length: n / count }, (_, i) => at(i * count + k))
    return [0, 1].map((axis) => own.reduce((sum, point) => sum + point[axis]!, 0) / own.length)
  })
  const nearest = Array.from({ length: n }, (_, i) => {
    const distances = middles.map(([x, y]) => Math.hypot(at(i)[0] - x!, at(i)[1] - y!))
    return distances.indexOf(Math.min(...distances))
  })
  const right = nearest.filter((k, i) => k === i % count).length
  expect(right / n).toBeGreaterThan(0.97)
})

test('fewer rows than the neighbours that are asked for, and rows that are alike, have a place each', async () => {
  const rows = clusters(2, 8)
  rows.copyWithin(d, 0, d)
  const plane = await umapOf(rows, d, { seed: 0, epochs: 5 })
  expect(plane).toHaveLength(16)
  expect(plane.every(Number.isFinite)).toBe(true)
})

test('it ends when it is told to', async () => {
  const stop = new AbortController()
  const plane = umapOf(clusters(3, 200), d, { seed: 0, signal: stop.signal })
  stop.abort()
  await expect(plane).rejects.toThrow(/abort/i)
})
