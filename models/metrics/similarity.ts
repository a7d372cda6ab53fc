import { type Images, type PeakOptions, type PerImage, pairsOf, perImage } from './images.ts'

/**
 * The structural similarity of images beside what they should be: 1 where they are equal, near 0 where they have
 * nothing in common, -1 at least. It is the mean over all positions of an 11 x 11 window, with Gaussian weights of
 * standard deviation 1.5, that lies in the image as a whole, of
 *   (2 mx my + c1) (2 sxy + c2) / ((mx^2 + my^2 + c1) (sx^2 + sy^2 + c2)),  c1 = (0.01 peak)^2, c2 = (0.03 peak)^2,
 * with the weighted means, variances and covariance there; and the mean over channels, each by itself. In float64.
 *
 * Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004,
 * without the downsampling that its authors' code does first on large images.
 *
 * @throws Error as `psnr`, and where an image is smaller than the window.
 */
export const ssim = (images: Images, wanted: Images, { peak = 1 }: PeakOptions = {}): PerImage => {
  const { x, y, count, height, width, channels, size } = pairsOf('ssim', images, wanted, peak)
  if (height < side || width < side)
    throw new Error(`ssim: expected images of at least ${side} x ${side} pixels; got ${height} x ${width}`)
  const plane = { height, width, channels }
  const [c1, c2] = [(0.01 * peak) ** 2, (0.03 * peak) ** 2]
  return perImage(count, (image) => {
    let sum = 0
    for (let channel = 0; channel < channels; channel += 1) {
      const start = image * size + channel
      const mean = (value: (at: number) => number) => blurred(plane, (pixel) => value(start + pixel * channels))
      const [mx, my] = [mean((at) => x[at]!), mean((at) => y[at]!)]
      const [xx, yy] = [mean((at) => x[at]! ** 2), mean((at) => y[at]! ** 2)]
      const xy = mean((at) => x[at]! * y[at]!)
      sum += mx.reduce((total, a, i) => {
        const b = my[i]!
        const [varianceX, varianceY, covariance] = [xx[i]! - a * a, yy[i]! - b * b, xy[i]! - a * b]
        const similarity = (2 * a * b + c1) * (2 * covariance + c2)
        return total + similarity / ((a * a + b * b + c1) * (varianceX + varianceY + c2)) / mx.length
      }, 0)
    }
    return sum / channels
  })
}

/** Of the window. */
const side = 11

/** Its weights along one axis: those of the window are their products. */
const weights = (() => {
  const bell = Float64Array.from({ length: side }, (_, i) => Math.exp(-((i - (side - 1) / 2) ** 2) / (2 * 1.5 ** 2)))
  const total = bell.reduce((sum, value) => sum + value, 0)
  return bell.map((value) => value / total)
})()

/**
 * The weighted means at all positions of the window, [height - 10, width - 10]: along rows first, then along columns.
 */
function blurred(
  { height, width }: { readonly height: number; readonly width: number },
  value: (pixel: number) => number,
): Float64Array {
  const [down, across] = [height - side + 1, width - side + 1]
  const rows = new Float64Array(height * across)
  for (let i = 0; i < height; i += 1)
    for (let k = 0; k < width; k += 1) {
      const one = value(i * width + k)
      for (let j = Math.max(0, k - side + 1); j <= Math.min(k, across - 1); j += 1)
        rows[i * across + j]! += weights[k - j]! * one
    }
  const means = new Float64Array(down * across)
  for (let i = 0; i < down; i += 1)
    for (let k = 0; k < side; k += 1)
      for (let j = 0; j < across; j += 1) means[i * across + j]! += weights[k]! * rows[(i + k) * across + j]!
  return means
}
