import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFeatures } from '../../cli/feature-file.ts'
import { checkRowsFile, saveRows } from '../../cli/rows-file.ts'
import { serializeNpy } from '../../runtime/data/index.ts'
import { saveSafetensors } from '../../runtime/node/index.ts'
import { gzipFile, zipFile } from '../runtime/data/writers.ts'

let folder: string
const at = (name: string): string => join(folder, name)
const data = Float32Array.of(1, 2, 3, 4, 5, 6)
const matrix = { dtype: 'f32', shape: [3, 2], data } as const
const cube = { dtype: 'f32', shape: [1, 2, 3], data } as const
const vector = { dtype: 'f32', shape: [6], data } as const

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-features-'))
  writeFileSync(at('a.npy'), serializeNpy(matrix))
  writeFileSync(at('a.npy.gz'), gzipFile(serializeNpy(matrix)))
  writeFileSync(at('cube.npy'), serializeNpy(cube))
  writeFileSync(at('vector.npy'), serializeNpy(vector))
  writeFileSync(at('one.npz'), zipFile([{ name: 'x.npy', bytes: serializeNpy(matrix) }]))
  const several = [
    { name: 'features.npy', bytes: serializeNpy(matrix) },
    { name: 'labels.npy', bytes: serializeNpy(vector) },
  ]
  writeFileSync(at('two.npz'), zipFile(several))
  const tensors = new Map(Object.entries({ features: matrix, labels: vector }))
  await saveSafetensors(at('two.safetensors'), tensors)
  writeFileSync(at('named.csv'), 'a,b,kind\n1,2,cat\n3,4,dog\n5,6,cat\n')
  writeFileSync(at('plain.csv'), '1,2\n3,4\n5,6\n')
  writeFileSync(at('counted.csv'), '0,1\n1,2\n3,4\n5,6\n')
  writeFileSync(at('indexed.csv'), ',a,b\n0,1,2\n1,3,4\n2,5,6\n')
  writeFileSync(at('shuffled.csv'), 'Unnamed: 0,a,b\n7,1,2\n0,3,4\n3,5,6\n')
  writeFileSync(at('unnamed.csv'), ',b\n1,2\n3.5,4\n')
  writeFileSync(at('semicolons.csv'), 'a;b\n1;2\n3;4\n')
  writeFileSync(at('decimals.csv'), '1,5;2,5\n3,5;4,5\n')
  writeFileSync(at('spaces.csv'), ' 1  2\n3 4 \n')
  writeFileSync(at('tabs.csv'), '\ta\n0\t2\n')
  writeFileSync(at('spaced.csv'), 'body mass\n1\n2\n')
  writeFileSync(at('holes.csv'), 'a,b\n1,2\n3,\n')
  writeFileSync(at('empty.csv'), '\n')
  writeFileSync(at('a.txt'), '1 2 3')
  mkdirSync(at('folder.npy'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['a.npy', undefined, data, 2],
  ['a.npy.gz', undefined, data, 2],
  ['cube.npy', undefined, data, 6],
  ['one.npz', undefined, data, 2],
  ['two.npz', 'features', data, 2],
  ['two.safetensors', 'features', data, 2],
  ['plain.csv', undefined, data, 2],
  ['plain.csv', '1,0', Float32Array.of(2, 1, 4, 3, 6, 5), 2],
  ['counted.csv', undefined, data, 2],
  ['counted.csv', '1', Float32Array.of(2, 4, 6), 1],
  ['indexed.csv', undefined, data, 2],
  ['shuffled.csv', undefined, data, 2],
  ['unnamed.csv', undefined, Float32Array.of(1, 2, 3.5, 4), 2],
  ['spaced.csv', undefined, Float32Array.of(1, 2), 1],
  ['named.csv', 'a, b', data, 2],
  ['named.csv', 'b', Float32Array.of(2, 4, 6), 1],
])('%s with column %s', async (name, column, wanted, dimension) => {
  const read = await readFeatures(at(name), column, 1)
  expect(read.data).toEqual(wanted)
  expect(read).toMatchObject({ dimension, source: { file: at(name), rows: wanted.length / dimension } })
})

test('the same numbers have the same checksum, whatever file they are in', async () => {
  const sums = ['a.npy', 'one.npz', 'plain.csv'].map(
    async (name) => (await readFeatures(at(name), undefined, 1)).source,
  )
  const all = await Promise.all(sums)
  expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1)
})

test.each([
  ['counted.csv', ['its first line counts from 0, and is taken for names of its fields']],
  ['indexed.csv', ['its first field has no name and counts rows: left out']],
  ['shuffled.csv', ['its first field has no name and counts rows: left out']],
  ['unnamed.csv', ['its first field has no name, and is a feature: it does not count rows']],
  ['plain.csv', []],
  ['a.npy', []],
])('what is not taken as it stands in %s is told', async (name, notes) => {
  expect((await readFeatures(at(name), undefined, 1)).notes).toEqual(notes.map((note) => `${at(name)}: ${note}`))
})

test.each([
  ['none.npy', undefined, "none.npy'; expected rows of numbers in .npy, .npz, .safetensors, .csv, or the word 'words'"],
  ['folder.npy', undefined, "folder.npy' is no file; expected rows"],
  [
    'a.txt',
    undefined,
    "is of no kind that is read here; expected .npy, .npz, .safetensors, .csv: numpy.save('features.npy', rows)",
  ],
  ['a.npy', 'x', "--column is 'x', and"],
  ['vector.npy', undefined, 'vector.npy: expected a tensor of rows, such as [20000, 768]; got [6]'],
  ['two.npz', undefined, 'two.npz has several tensors: features [3, 2], labels [6]; say which: --column NAME'],
  ['two.npz', 'feature', "two.npz has no tensor 'feature', but features [3, 2], labels [6]; did you mean 'features'?"],
  ['two.safetensors', 'labels', 'two.safetensors, labels: expected a tensor of rows'],
  ['named.csv', undefined, 'expected kind to be a number (f32), found "cat"; --column a,b takes some fields alone'],
  ['named.csv', 'a,c', "named.csv has no field 'c', but a, b, kind"],
  ['holes.csv', undefined, 'line 3: expected b to be a number (f32), found ""'],
  ['semicolons.csv', undefined, "semicolons.csv: expected commas between fields, found ';': write it with commas"],
  ['decimals.csv', undefined, "; expected commas between fields, found ';'"],
  ['spaces.csv', undefined, 'expected commas between fields, found spaces'],
  ['tabs.csv', undefined, 'expected commas between fields, found a tab'],
  ['empty.csv', undefined, 'empty.csv: expected rows of numbers, found an empty file'],
])('%s with column %s says what is wrong', async (name, column, message) => {
  await expect(readFeatures(at(name), column, 1)).rejects.toThrow(message)
})

test('too few rows are refused', async () => {
  await expect(readFeatures(at('a.npy'), undefined, 4)).rejects.toThrow('expected at least 4 rows, found 3: give more')
})

test('rows that are written are read again as the same numbers', async () => {
  const odd = Float32Array.of(0.1, -1e-30, 3.4e38, 1 / 3, 16777217, -0)
  for (const name of ['odd.npy', 'odd.csv']) {
    await checkRowsFile(at(name))
    await saveRows(at(name), odd, ['p', 'q'])
    expect(Array.from((await readFeatures(at(name), undefined, 1)).data, (value) => value + 0)).toEqual(
      Array.from(odd, (value) => value + 0),
    )
  }
})
