import { open, readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { DataError } from '../../data/data-error.ts'
import { type Column, checkIndices, type Dataset, type Mutable } from '../../data/dataset.ts'
import { parsePng } from '../../data/png.ts'
import { pngHeader } from '../../data/png-chunks.ts'

export interface PngFolderOptions<S extends readonly [number, number, number], L extends boolean> {
  /**
   * Height, width and channels of all images. Those with fewer channels get them: greys become red, green and blue
   * alike, and what has no transparency is opaque. Unless given, that of the first image.
   */
  readonly shape?: S
  /** Each sub-folder has the images of a class, which become a column `label`. Default false. */
  readonly classes?: L
}

export type PngFolder<S extends readonly number[], L extends boolean> = Dataset<
  { readonly image: Column<S, 'f32'> } & (L extends true ? { readonly label: Column<[], 'u32'> } : unknown)
> & {
  /** The image of each row, from the folder on. */
  readonly files: readonly string[]
  /** The names of the classes; a label is an index of them. Empty where they were not asked for. */
  readonly classes: readonly string[]
}

/**
 * All PNG files of a folder and of those in it, in the order of their names, as images from 0 to 1. Only the sizes are
 * read now: rows are read and decoded each time they are asked for. Needs the packages `fast-png` and `fflate`.
 *
 * @throws DataError where there is no image, or one has another size; and by `rows`, where one is malformed.
 */
export async function loadPngFolder<
  const S extends readonly [number, number, number] = readonly [number, number, number],
  L extends boolean = false,
>(folder: string, options: PngFolderOptions<S, L> = {}): Promise<PngFolder<Mutable<S>, L>> {
  const files = await filesOf(folder)
  if (files.length === 0) throw new DataError(folder, undefined, 'expected PNG files, found none')
  const shape = options.shape ?? (await shapeOf(join(folder, files[0]!)))
  await forEachInTurn(files, async (file) => checkSize(join(folder, file), shape))
  const classes = options.classes ? classesOf(folder, files) : []
  const labels = options.classes ? files.map((file) => classes.indexOf(classOf(file))) : undefined
  const image = { shape: [...shape], dtype: 'f32' }
  return {
    size: files.length,
    files,
    classes,
    columns: labels ? { image, label: { shape: [], dtype: 'u32' } } : { image },
    async rows(indices: ArrayLike<number>) {
      checkIndices(files.length, indices)
      const asked = Array.from(indices)
      const width = shape[0] * shape[1] * shape[2]
      const images = new Float32Array(asked.length * width)
      await forEachInTurn(asked, async (index, row) => {
        await decodeInto(images.subarray(row * width, (row + 1) * width), join(folder, files[index]!), shape)
      })
      return labels ? { image: images, label: Uint32Array.from(asked, (index) => labels[index]!) } : { image: images }
    },
  } as never
}

type Shape = readonly [number, number, number]

/** In the order of code units, which no locale changes. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory() && /\.png$/i.test(entry.name))
    .map((entry) => relativeTo(folder, join(entry.parentPath, entry.name)))
    .sort()
}

const relativeTo = (folder: string, path: string): string => posix.relative(slashed(folder), slashed(path))
const slashed = (path: string): string => path.replaceAll('\\', '/')

const classOf = (file: string): string => file.slice(0, file.indexOf('/'))

function classesOf(folder: string, files: readonly string[]): readonly string[] {
  const outside = files.find((file) => !file.includes('/'))
  if (outside !== undefined)
    throw new DataError(join(folder, outside), undefined, 'expected images in sub-folders, one for each class')
  return [...new Set(files.map(classOf))].sort()
}

async function shapeOf(path: string): Promise<Shape> {
  const { shape } = await parsePng(await readFile(path), path)
  return shape as Shape
}

async function checkSize(path: string, [height, width, channels]: Shape): Promise<void> {
  const header = pngHeader(await beginningOf(path), path)
  if (header.height !== height || header.width !== width || !fits(header.channels, channels))
    throw new DataError(
      path,
      16,
      `expected an image of [${height}, ${width}, ${channels}], found [${header.height}, ${header.width}, ${header.channels}]`,
    )
}

/** The 33 bytes that have the size. */
async function beginningOf(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(33), 0, 33, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Whether channels can be added without a doubt: to greys and colours what makes them colours, and transparency. */
const fits = (channels: number, asked: number): boolean =>
  channels === asked || (channels < asked && (channels !== 2 || asked === 4))

async function decodeInto(row: Float32Array, path: string, shape: Shape): Promise<void> {
  const image = await parsePng(await readFile(path), path)
  const [height, width, asked] = shape
  const [, , channels] = image.shape as Shape
  if (image.shape[0] !== height || image.shape[1] !== width || !fits(channels, asked))
    throw new DataError(path, 16, `expected an image of [${shape.join(', ')}], found [${image.shape.join(', ')}]`)
  const one = image.dtype === 'u8' ? 255 : 65535
  const isGrey = channels < 3
  const hasAlpha = channels % 2 === 0
  for (let from = 0, to = 0; to < row.length; from += channels, to += asked)
    for (let c = 0; c < asked; c++) {
      const isAlpha = asked % 2 === 0 && c === asked - 1
      const source = isAlpha ? channels - 1 : isGrey ? 0 : c
      row[to + c] = isAlpha && !hasAlpha ? 1 : image.data[from + source]! / one
    }
}

/** Some at a time, since a process may have few files open; what throws is the first that does, in their order. */
async function forEachInTurn<T>(items: readonly T[], act: (item: T, index: number) => Promise<void>): Promise<void> {
  const together = 32
  for (let start = 0; start < items.length; start += together) {
    const done = await Promise.allSettled(items.slice(start, start + together).map((item, i) => act(item, start + i)))
    const failed = done.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}
