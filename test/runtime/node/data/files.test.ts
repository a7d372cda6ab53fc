import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dataset, serializeSafetensors } from '../../../../runtime/data/index.ts'
import { loadCsv, loadIdx, loadNpy, loadNpz, loadSafetensors, saveNpy } from '../../../../runtime/node/index.ts'
import { problemOf } from '../../data/fuzz.ts'
import { gzipFile, idxFile, npyFile, zipFile } from '../../data/writers.ts'
import { withFolder } from './folder.ts'

const x = npyFile('f64', [2, 2], [1, 2, 3, 4])
const label = npyFile('i64', [2], [7n, 8n])
const files = {
  'images.gz': gzipFile(idxFile('u8', [2, 1, 2], [0, 51, 102, 255])),
  'labels.idx': idxFile('u8', [2], [3, 4]),
  'x.npy': x,
  'both.npz': zipFile([
    { name: 'x.npy', bytes: x },
    { name: 'label.npy', bytes: label, deflated: true },
  ]),
  'unequal.npz': zipFile([
    { name: 'x.npy', bytes: x },
    { name: 'y.npy', bytes: npyFile('u8', [3], [1, 2, 3]) },
  ]),
  'w.safetensors': serializeSafetensors(new Map([['w', { dtype: 'i32', shape: [2], data: Int32Array.of(1, 2) }]])),
  'table.csv': 'a,b\n1,one\n2,two\n',
}

test('files are read as tensors, and as columns', () =>
  withFolder(files, async (folder) => {
    const at = (name: string) => join(folder, name)
    expect(await loadIdx(at('labels.idx'))).toEqual({ dtype: 'u8', shape: [2], data: Uint8Array.of(3, 4) })
    const digits = dataset({
      image: await loadIdx(at('images.gz'), { shape: [1, 2], scale: 1 / 255 }),
      label: await loadIdx(at('labels.idx'), { shape: [], dtype: 'u32' }),
      x: await loadNpy(at('x.npy'), { shape: [2] }),
    })
    expect(await digits.rows([1])).toEqual({
      image: Float32Array.of(102 / 255, 1),
      label: Uint32Array.of(4),
      x: Float32Array.of(3, 4),
    })
    expect((await loadNpy(at('x.npy'))).dtype).toBe('f64')
    const made = { dtype: 'f32', shape: [3, 1], data: Float32Array.of(0.1, -2, Number.NaN) } as const
    await saveNpy(at('made.npy'), made)
    expect(await loadNpy(at('made.npy'))).toEqual(made)
    await expect(saveNpy(at('none/made.npy'), made)).rejects.toThrow('its folder does not exist')

    expect(Object.keys(await loadNpz(at('both.npz')))).toEqual(['x', 'label'])
    const both = await loadNpz(at('both.npz'), {
      columns: { x: { shape: [2] }, y: { shape: [], dtype: 'i32', from: 'label' } },
    })
    expect(await both.rows([1, 0])).toEqual({ x: Float32Array.of(3, 4, 1, 2), y: Int32Array.of(8, 7) })

    const weights = await loadSafetensors(at('w.safetensors'))
    expect(weights.names).toEqual(['w'])
    expect(weights.tensor('w')).toEqual({ dtype: 'i32', shape: [2], data: Int32Array.of(1, 2) })

    const table = await loadCsv(at('table.csv'), { columns: { a: {}, b: { labels: ['one', 'two'] } } })
    expect(await table.rows([1])).toEqual({ a: Float32Array.of(2), b: Uint32Array.of(1) })
  }))

test('what is wrong is said with the path of the file', () =>
  withFolder(files, async (folder) => {
    const at = (name: string) => join(folder, name)
    expect(await problemOf(loadIdx(at('x.npy')))).toBe(
      `${at('x.npy')}, byte 0: expected an IDX file, which begins with 00 00, found 93 4e`,
    )
    expect(await problemOf(loadIdx(at('images.gz'), { shape: [2, 1] }))).toBe(
      `${at('images.gz')}: expected rows of [2, 1], found a tensor of [2, 1, 2]`,
    )
    expect(await problemOf(loadNpz(at('both.npz'), { columns: { z: { shape: [] } } }))).toBe(
      `${at('both.npz')}: expected a tensor 'z', found x, label`,
    )
    expect(await problemOf(loadNpz(at('both.npz'), { columns: { x: { shape: [3] } } }))).toBe(
      `${at('both.npz')}/x.npy: expected rows of [3], found a tensor of [2, 2]`,
    )
    expect(
      await problemOf(loadNpz(at('unequal.npz'), { columns: { x: { shape: [2] }, y: { shape: [], dtype: 'u32' } } })),
    ).toBe(`${at('unequal.npz')}: expected 2 rows of y, as many as of x, found 3`)
    expect(await problemOf(loadCsv(at('table.csv'), { columns: { a: {}, b: {} } }))).toBe(
      `${at('table.csv')}, byte 4: line 2: expected b to be a number (f32), found "one"`,
    )
    expect(await problemOf(loadSafetensors(at('labels.idx')))).toBe(
      `${at('labels.idx')}, byte 0: expected a header of at most 100000000 bytes, found a length of 144115188093157376`,
    )
    await expect(loadNpy(at('nothing.npy'))).rejects.toThrow(
      `ENOENT: no such file or directory, open '${at('nothing.npy')}'`,
    )
  }))
