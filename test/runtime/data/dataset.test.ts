import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnOf } from '../../../runtime/data/column.ts'
import { checkIndices, dataset, subset } from '../../../runtime/data/dataset.ts'
import { meanAndStd } from '../../../runtime/data/mean-and-std.ts'
import { selectColumns } from '../../../runtime/data/select-columns.ts'
import { splitDataset } from '../../../runtime/data/split.ts'
import { asyncProperty, property } from '../../fc.ts'
import { problemOf } from './fuzz.ts'

const numbered = (size: number) =>
  dataset({
    pair: { shape: [2], data: Float32Array.from({ length: 2 * size }, (_, i) => i / 2) },
    row: { data: Uint32Array.from({ length: size }, (_, i) => i) },
  })
const all = (size: number) => Array.from({ length: size }, (_, i) => i)

describe('rows', () => {
  test('are those that were asked for, in that order', async () => {
    expect(await numbered(4).rows([3, 0, 3])).toEqual({
      pair: Float32Array.of(3, 3.5, 0, 0.5, 3, 3.5),
      row: Uint32Array.of(3, 0, 3),
    })
    await expect(numbered(4).rows([4])).rejects.toThrow(new RangeError('there is no row 4 in this dataset of 4'))
    expect(() => checkIndices(3, [-1])).toThrow('there is no row -1')
  })

  test('become what the column is where the data is narrower', async () => {
    const bytes = dataset({
      image: { shape: [2], dtype: 'f32', data: Uint8Array.of(0, 51, 102, 255), scale: 1 / 255 },
      label: { dtype: 'i32', data: Int8Array.of(-1, 2) },
    })
    expect(bytes.columns).toEqual({ image: { shape: [2], dtype: 'f32' }, label: { shape: [], dtype: 'i32' } })
    const { image, label } = await bytes.rows([1, 0])
    expect(image).toEqual(Float32Array.of(102 / 255, 1, 0, 51 / 255))
    expect(label).toEqual(Int32Array.of(2, -1))
  })

  test.each<[string, () => unknown]>([
    [
      'dataset: x is given as Uint8Array; its dtype must be said: f32, i32 or u32',
      () => dataset({ x: { data: new Uint8Array(1) } }),
    ],
    [
      'dataset: x is given as Int32Array, which is i32 and not f32',
      () => dataset({ x: { dtype: 'f32', data: new Int32Array(1) } }),
    ],
    ['dataset: x is i32; only f32 can be scaled', () => dataset({ x: { data: new Int32Array(1), scale: 2 } })],
    [
      'dataset: x has negative numbers, which u32 does not have',
      () => dataset({ x: { dtype: 'u32', data: Int8Array.of(-1) } }),
    ],
  ])('%s', (message, make) => {
    expect(make).toThrow(message)
  })
})

describe('a tensor of a file as a column', () => {
  const bytes = { dtype: 'u8', shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) } as const
  const floats = { dtype: 'f64', shape: [2], data: Float64Array.of(0.1, 2) } as const

  test('has its rows', async () => {
    const both = dataset({
      byte: columnOf(bytes, { shape: [3], dtype: 'u32' }, 'file'),
      float: columnOf(floats, { shape: [] }, 'file'),
    })
    expect(await both.rows([1, 0])).toEqual({
      byte: Uint32Array.of(4, 5, 6, 1, 2, 3),
      float: Float32Array.of(2, 0.1),
    })
  })

  test.each<[string, () => unknown]>([
    ['file: expected rows of [4], found a tensor of [2, 3]', () => columnOf(bytes, { shape: [4] }, 'file')],
    ['file: expected rows of [], found a tensor of [2, 3]', () => columnOf(bytes, { shape: [] }, 'file')],
    [
      'file: expected elements that u32 has exactly: element 0 of this f64 tensor is 0.1, which u32 does not have',
      () => columnOf(floats, { shape: [], dtype: 'u32' }, 'file'),
    ],
    [
      'file: expected elements that u32 has exactly: element 0 of this i8 tensor is -1, which u32 does not have',
      () => columnOf({ dtype: 'i8', shape: [1], data: Int8Array.of(-1) }, { shape: [], dtype: 'u32' }, 'file'),
    ],
    [
      'file: expected rows that are not empty',
      () => columnOf({ dtype: 'i8', shape: [1, 0], data: new Int8Array(0) }, { shape: [0] }, 'file'),
    ],
  ])('%s', async (message, make) => {
    expect(await problemOf(Promise.resolve().then(make))).toBe(message)
  })
})

describe('splitDataset', () => {
  const rowsOf = async (part: ReturnType<typeof numbered>) => [...(await part.rows(all(part.size))).row]

  test('parts share no row, and what they are is a matter of the seed alone', () =>
    fc.assert(
      asyncProperty(
        fc.nat({ max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.maxSafeNat(),
        async (size, fraction, seed) => {
          const whole = numbered(size)
          const [first, second] = splitDataset(whole, { fraction, seed })
          expect(first.size).toBe(Math.round(size * fraction))
          const rows = [...(await rowsOf(first)), ...(await rowsOf(second))]
          expect([...rows].sort((a, b) => a - b)).toEqual(all(size))
          const again = splitDataset(whole, { sizes: [first.size, second.size], seed })
          expect([...(await rowsOf(again[0])), ...(await rowsOf(again[1]))]).toEqual(rows)
        },
      ),
    ))

  test('every row is as likely as another to be in a part', async () => {
    const counts = new Array(8).fill(0)
    for (let seed = 0; seed < 4000; seed++) {
      const [part] = splitDataset(numbered(8), { sizes: [3], seed })
      for (const row of await rowsOf(part)) counts[row]++
    }
    // 1500 each, with a standard deviation of 31.
    for (const count of counts) expect(Math.abs(count - 1500)).toBeLessThan(5 * 31)
  })

  test('the same seed gives the same rows in every version', async () => {
    const [part] = splitDataset(numbered(10), { sizes: [10], seed: 0 })
    expect(await rowsOf(part)).toEqual([8, 4, 5, 9, 2, 7, 6, 1, 0, 3])
  })

  test.each<[string, () => unknown]>([
    [
      'splitDataset: parts of 3 and 2 rows are more than the 4 that there are',
      () => splitDataset(numbered(4), { sizes: [3, 2], seed: 0 }),
    ],
    [
      'splitDataset: a part has 1.5 rows; it must be a whole number',
      () => splitDataset(numbered(4), { sizes: [1.5], seed: 0 }),
    ],
    [
      'splitDataset: the fraction is 1.5; it must be from 0 to 1',
      () => splitDataset(numbered(4), { fraction: 1.5, seed: 0 }),
    ],
  ])('%s', (message, split) => {
    expect(split).toThrow(new RangeError(message))
  })
})

test('selectColumns leaves the others out', async () => {
  const only = selectColumns(numbered(3), ['row'])
  expect(only.columns).toEqual({ row: { shape: [], dtype: 'u32' } })
  expect(await only.rows([2])).toEqual({ row: Uint32Array.of(2) })
  expect(() => selectColumns(numbered(3), ['other' as 'row'])).toThrow(
    new TypeError('selectColumns: there is no column other; there are pair,row'),
  )
})

describe('meanAndStd', () => {
  const direct = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return { mean, std: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) }
  }
  const vectors = fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })), {
    minLength: 1,
    maxLength: 40,
  })

  test('are those of all rows, in whatever blocks they come', () =>
    fc.assert(
      asyncProperty(vectors, fc.integer({ min: 1, max: 50 }), async (rows, block) => {
        const data = dataset({ x: { shape: [2], data: Float32Array.from(rows.flat()) } })
        const { mean, std } = await meanAndStd(data, 'x', { block })
        for (const k of [0, 1]) {
          const wanted = direct(rows.map((row) => row[k]!))
          expect(mean[k]).toBeCloseTo(wanted.mean, 10)
          expect(std[k]).toBeCloseTo(wanted.std, 10)
        }
        const over = await meanAndStd(data, 'x', { block, overRow: true })
        expect(over.mean[0]).toBeCloseTo(direct(rows.flat()).mean, 10)
        expect(over.std[0]).toBeCloseTo(direct(rows.flat()).std, 10)
      }),
    ))

  test('loses nothing where the mean is large', async () => {
    const data = dataset({ x: { data: Int32Array.from({ length: 5000 }, (_, i) => 2_000_000_000 + (i % 2)) } })
    expect(await meanAndStd(data, 'x')).toEqual({ mean: Float64Array.of(2_000_000_000.5), std: Float64Array.of(0.5) })
  })

  test('of no rows there is none', async () => {
    await expect(meanAndStd(subset(numbered(3), []), 'pair')).rejects.toThrow(
      new RangeError('meanAndStd: there are no rows'),
    )
    await expect(meanAndStd(numbered(3), 'other' as 'row')).rejects.toThrow('meanAndStd: there is no column other')
    for (const block of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(meanAndStd(numbered(3), 'pair', { block })).rejects.toThrow(
        new RangeError(`meanAndStd: block is ${block}; it must be a whole number of rows, from 1`),
      )
  })
})

test('a subset of a subset is of the first', () =>
  fc.assert(
    property(fc.uniqueArray(fc.nat({ max: 19 }), { minLength: 1 }), (indices) => {
      const part = subset(numbered(20), indices)
      expect(subset(part, [0]).size).toBe(1)
      expect(() => subset(part, [indices.length])).toThrow(RangeError)
    }),
  ))
