import { type Dataset, dataset, splitDataset } from '../../runtime/data/index.ts'
import { loadMnist } from '../../runtime/node/index.ts'

/** Digits with their labels, as a dataset and as numbers. */
export interface Digits {
  readonly data: Dataset<{
    readonly image: { readonly shape: readonly [28, 28]; readonly dtype: 'f32' }
    readonly label: { readonly shape: readonly []; readonly dtype: 'u32' }
  }>
  /** [n, 28, 28], from 0 to 1. */
  readonly images: Float32Array
  /** [n]. */
  readonly labels: Uint32Array
}

/** Digits to train on, and others that are held out. */
export async function loadDigits(
  train: number,
  heldOut: number,
  seed: number,
): Promise<{ train: Digits; heldOut: Digits }> {
  const all = await loadMnist()
  if (train + heldOut > all.size)
    throw new Error(
      `there are ${all.size} digits, and ${train} to train on and ${heldOut} to hold out were asked for; take fewer`,
    )
  const [first, second] = splitDataset(all, { sizes: [train, heldOut, all.size - train - heldOut], seed })
  return { train: await read(first!), heldOut: await read(second!) }
}

async function read(data: Digits['data']): Promise<Digits> {
  const { image, label } = await data.rows(Uint32Array.from({ length: data.size }, (_, i) => i))
  return { data, images: image, labels: label }
}

/** Images [n, 28, 28] as a dataset. */
export const imagesAsData = (images: Float32Array) => dataset({ image: { shape: [28, 28], data: images } })
