import type { Column, Dataset, HostTensor, Rows } from '../../../runtime/data/index.ts'
import { dataset, meanAndStd, parseCsv, selectColumns, splitDataset } from '../../../runtime/data/index.ts'
import {
  loadCsv,
  loadIdx,
  loadMnist,
  loadNpy,
  loadNpz,
  loadPngFolder,
  loadWordVectors,
} from '../../../runtime/node/index.ts'
import { is } from '../../dsl/is.ts'

// Laws of types, which `tsc` checks. Nothing here runs.

type Digits = Dataset<{ readonly image: Column<[28, 28], 'f32'>; readonly label: Column<[], 'u32'> }>

/** Shapes and element types come from what is written, with no casts. */
export async function files(path: string) {
  const image = await loadIdx(path, { shape: [28, 28], scale: 1 / 255 })
  const label = await loadIdx(path, { shape: [], dtype: 'u32' })
  const digits = is<Digits>()(dataset({ image, label }))
  is<Digits>()(await loadMnist())
  const { image: pixels, label: classes } = await digits.rows([0])
  is<Float32Array>()(pixels)
  is<Uint32Array>()(classes)

  const tensor: HostTensor = await loadIdx(path)
  const vector = await loadNpy(path, { shape: [3] })
  const table = dataset({ vector })
  is<Dataset<{ readonly vector: Column<[3], 'f32'> }>>()(table)
  is<Dataset<{ readonly x: Column<[2], 'f32'>; readonly y: Column<[], 'i32'> }>>()(
    await loadNpz(path, { columns: { x: { shape: [2] }, y: { shape: [], dtype: 'i32', from: 'label' } } }),
  )
  const tensors: { readonly [name: string]: HostTensor } = await loadNpz(path)

  const words = await loadWordVectors()
  is<Rows<{ readonly vector: Column<[100], 'f32'> }>>()(await words.rows([0]))
  is<readonly string[]>()(words.words)
  return { tensor, tensors }
}

/** A list of fields is a vector, labels are numbers. */
export async function tables(path: string, bytes: Uint8Array) {
  const options = {
    columns: {
      bill: { from: ['bill_length', 'bill_depth'] },
      mass: { from: 'body_mass', otherwise: Number.NaN },
      year: { dtype: 'i32' },
      species: { labels: ['Adelie', 'Gentoo'] },
    },
  } as const
  type Penguins = Dataset<{
    readonly bill: Column<[2], 'f32'>
    readonly mass: Column<[], 'f32'>
    readonly year: Column<[], 'i32'>
    readonly species: Column<[], 'u32'>
  }>
  is<Penguins>()(await loadCsv(path, options))
  is<Penguins>()(
    await parseCsv(bytes, path, {
      columns: {
        bill: { from: ['bill_length', 'bill_depth'] },
        mass: { from: 'body_mass', otherwise: Number.NaN },
        year: { dtype: 'i32' },
        species: { labels: ['Adelie', 'Gentoo'] },
      },
    }),
  )
  // @ts-expect-error labels are u32
  await loadCsv(path, { columns: { species: { labels: ['Adelie'], dtype: 'f32' } } })
}

/** Images have the shape that was asked for, and labels where they were. */
export async function folders(path: string) {
  const images = await loadPngFolder(path, { shape: [64, 64, 4] })
  is<Rows<{ readonly image: Column<[64, 64, 4], 'f32'> }>>()(await images.rows([0]))
  is<Column<[64, 64, 4], 'f32'>>()(images.columns.image)
  // @ts-expect-error there are no labels
  void images.columns.label
  const labelled = await loadPngFolder(path, { classes: true })
  is<Column<[number, number, number], 'f32'>>()(labelled.columns.image)
  is<Column<[], 'u32'>>()(labelled.columns.label)
  // @ts-expect-error a shape has three sizes
  await loadPngFolder(path, { shape: [64, 64] })
}

export async function parts(digits: Digits) {
  is<[Digits, Digits]>()(splitDataset(digits, { fraction: 0.9, seed: 0 }))
  is<[Digits, Digits, Digits]>()(splitDataset(digits, { sizes: [8000, 1000, 1000], seed: 0 }))
  is<Dataset<{ readonly image: Column<[28, 28], 'f32'> }>>()(selectColumns(digits, ['image']))
  is<Float64Array>()((await meanAndStd(digits, 'image')).mean)
  // @ts-expect-error there is no such column
  selectColumns(digits, ['pixels'])
  // @ts-expect-error there is no such column
  await meanAndStd(digits, 'pixels')
}
