import { mlpAutoencoder } from '../../../models/index.ts'
import { dataset } from '../../../runtime/data/index.ts'

/** Bars of an image of 6 x 6, in two directions and six places. */
export const bars = dataset({
  image: {
    shape: [6, 6],
    data: Float32Array.from({ length: 12 * 36 }, (_, i) => {
      const [image, row, column] = [Math.floor(i / 36), Math.floor((i % 36) / 6), i % 6]
      return (image < 6 ? row : column) === image % 6 ? 1 : 0
    }),
  },
})
export const model = mlpAutoencoder({ shape: [6, 6], latent: 4, widths: [32] })

/** Of the first layer of the encoder. */
export const weightOf = <T>(params: { encoder: { [layer: `${number}`]: { weight: T } } }): T =>
  params.encoder['0']!.weight
