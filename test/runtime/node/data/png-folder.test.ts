import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadPngFolder } from '../../../../runtime/node/index.ts'
import { problemOf } from '../../data/fuzz.ts'
import { type Png, pngFile } from '../../data/writers.ts'
import { withFolder } from './folder.ts'

/** An image of one row and two pixels. */
const png = (samples: readonly number[], more: Partial<Png> = {}) =>
  pngFile({ width: 2, height: 1, colour: 0, depth: 8, samples, ...more })

test('images come in the order of their names, from 0 to 1, with the channels that were asked for', () =>
  withFolder(
    {
      'b.png': png([51, 102]),
      'B.PNG': png([0, 255, 51, 204], { colour: 4 }),
      'a/c.png': png([0, 255, 51, 255, 0, 102], { colour: 2 }),
      'a.png': png([0, 65535, 0, 0, 13107, 0, 0, 65535], { colour: 6, depth: 16 }),
      'c.png': png([0, 1], { colour: 3, palette: [255, 0, 0, 0, 0, 255] }),
      'notes.txt': 'nothing',
    },
    async (folder) => {
      const images = await loadPngFolder(folder, { shape: [1, 2, 4] })
      expect(images.files).toEqual(['B.PNG', 'a.png', 'a/c.png', 'b.png', 'c.png'])
      expect(images).toMatchObject({ size: 5, classes: [], columns: { image: { shape: [1, 2, 4], dtype: 'f32' } } })
      const { image } = await images.rows([0, 1, 2, 3, 4])
      const f = (...values: number[]) => [...Float32Array.from(values)]
      expect([...image.subarray(0, 8)]).toEqual(f(0, 0, 0, 1, 0.2, 0.2, 0.2, 0.8))
      expect([...image.subarray(8, 16)]).toEqual(f(0, 1, 0, 0, 0.2, 0, 0, 1))
      expect([...image.subarray(16, 24)]).toEqual(f(0, 1, 0.2, 1, 1, 0, 0.4, 1))
      expect([...image.subarray(24, 32)]).toEqual(f(0.2, 0.2, 0.2, 1, 0.4, 0.4, 0.4, 1))
      expect([...image.subarray(32)]).toEqual(f(1, 0, 0, 1, 0, 0, 1, 1))
      expect((await images.rows([3, 0])).image).toEqual(
        Float32Array.of(...image.subarray(24, 32), ...image.subarray(0, 8)),
      )
    },
  ))

test('sub-folders are classes', () =>
  withFolder({ 'dog/1.png': png([1, 2]), 'cat/2.png': png([3, 4]), 'cat/more/1.png': png([5, 6]) }, async (folder) => {
    const images = await loadPngFolder(folder, { classes: true })
    expect(images.classes).toEqual(['cat', 'dog'])
    expect(images.columns).toEqual({
      image: { shape: [1, 2, 1], dtype: 'f32' },
      label: { shape: [], dtype: 'u32' },
    })
    expect(await images.rows([2, 0])).toEqual({
      image: Float32Array.of(1 / 255, 2 / 255, 3 / 255, 4 / 255),
      label: Uint32Array.of(1, 0),
    })
  }))

test('nothing is decoded before it is asked for, and then it is what it is then', () =>
  withFolder({ '1.png': png([1, 2]), '2.png': png([3, 4]) }, async (folder) => {
    const images = await loadPngFolder(folder, { shape: [1, 2, 1] })
    await writeFile(join(folder, '2.png'), png([5, 6]))
    expect((await images.rows([1])).image).toEqual(Float32Array.of(5 / 255, 6 / 255))
    await writeFile(join(folder, '2.png'), png([1, 2, 3], { width: 3 }))
    expect(await problemOf(images.rows([0, 1]))).toBe(
      `${join(folder, '2.png')}, byte 16: expected an image of [1, 2, 1], found [1, 3, 1]`,
    )
    await writeFile(join(folder, '2.png'), png([1, 2]).subarray(0, -1))
    expect(await problemOf(images.rows([0, 1]))).toMatch(/2\.png, byte \d+: expected a chunk, found 11 bytes$/)
    await rm(join(folder, '2.png'))
    await expect(images.rows([1])).rejects.toThrow('ENOENT')
    await expect(images.rows([2])).rejects.toThrow(new RangeError('there is no row 2 in this dataset of 2'))
  }))

describe('what is wrong with a folder', () => {
  const colours = png([1, 2, 3, 4, 5, 6], { colour: 2 })
  test.each<[string, Parameters<typeof withFolder>[0], object, string]>([
    ['no images', { 'a.txt': '' }, {}, ': expected PNG files, found none'],
    [
      'an image outside of classes',
      { 'cat/1.png': png([1, 2]), 'dog.png': png([1, 2]) },
      { classes: true },
      '/dog.png: expected images in sub-folders, one for each class',
    ],
    [
      'the first image of another size',
      { '1.png': png([1, 2]), '2.png': png([1, 2]), '3.png': png([1], { width: 1 }), '4.png': png([], { height: 0 }) },
      {},
      '/3.png, byte 16: expected an image of [1, 2, 1], found [1, 1, 1]',
    ],
    [
      'channels that would be lost',
      { '1.png': png([1, 2]), '2.png': colours },
      {},
      '/2.png, byte 16: expected an image of [1, 2, 1], found [1, 2, 3]',
    ],
    [
      'transparency that would be lost',
      { '1.png': png([1, 2, 3, 4], { colour: 4 }) },
      { shape: [1, 2, 3] },
      '/1.png, byte 16: expected an image of [1, 2, 3], found [1, 2, 2]',
    ],
    [
      'a file that is no image',
      { '1.png': 'text' },
      { shape: [1, 2, 1] },
      '/1.png, byte 0: expected a PNG file, which begins with 89 50 4e 47 0d 0a 1a 0a',
    ],
  ])('%s', async (_, files, options, problem) => {
    await withFolder(files, async (folder) => {
      expect(await problemOf(loadPngFolder(folder, options))).toBe(folder + problem)
    })
  })
})
