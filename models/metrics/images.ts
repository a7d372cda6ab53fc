/** n images on the host, of one size. */
export interface Images {
  /** [n, H, W] or [n, H, W, C] row-major. */
  readonly data: ArrayLike<number>
  /** Of one image: [H, W], or [H, W, C], channels last. */
  readonly shape: readonly [number, number] | readonly [number, number, number]
}

/** What a metric says of pairs of images. */
export interface PerImage {
  /** [n]: of each pair. */
  readonly each: Float64Array
  /** The mean over the pairs. */
  readonly mean: number
}

export interface PeakOptions {
  /** The greatest value that a pixel may have, where the least is 0: 1 unless given, 255 for bytes. */
  readonly peak?: number
}

/**
 * The peak signal-to-noise ratio of images beside what they should be, in decibels: 10 log10(peak^2 / mse), with the
 * mean square over all pixels and channels of one image. Infinity where the two are equal, which the mean then is, too.
 *
 * @throws Error where sets are not of the same images' size and number, or a number is not finite.
 */
export const psnr = (images: Images, wanted: Images, { peak = 1 }: PeakOptions = {}): PerImage => {
  const { x, y, count, size } = pairsOf('psnr', images, wanted, peak)
  return perImage(count, (image) => {
    let squares = 0
    for (let i = image * size; i < (image + 1) * size; i += 1) squares += (x[i]! - y[i]!) ** 2
    return 10 * Math.log10((peak * peak * size) / squares)
  })
}

/** Both sets as numbers, where they are as many images of one size. */
export function pairsOf(of: string, images: Images, wanted: Images, peak: number) {
  const [height, width, channels = 1] = images.shape
  const size = height * width * channels
  const given = [images, wanted].map(({ shape, data }) => `${data.length} numbers of [${shape.join(', ')}]`)
  if (
    !(Number.isSafeInteger(size) && size >= 1) ||
    `${images.shape}` !== `${wanted.shape}` ||
    images.data.length !== wanted.data.length ||
    images.data.length % size !== 0 ||
    images.data.length === 0
  )
    throw new Error(`${of}: expected as many images of one size, at least one; got ${given.join(' and ')}`)
  if (!(peak > 0 && Number.isFinite(peak))) throw new Error(`${of}: expected a peak above 0; got ${peak}`)
  for (const { data } of [images, wanted])
    for (let i = 0; i < data.length; i += 1)
      if (!Number.isFinite(data[i]))
        throw new Error(`${of}: expected finite numbers; got ${data[i]} in image ${Math.floor(i / size)}`)
  return { x: images.data, y: wanted.data, count: images.data.length / size, height, width, channels, size }
}

export const perImage = (count: number, of: (image: number) => number): PerImage => {
  const each = Float64Array.from({ length: count }, (_, image) => of(image))
  return { each, mean: each.reduce((sum, value) => sum + value, 0) / count }
}
