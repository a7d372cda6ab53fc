import { hostRandom } from 'fluxion/models'

/**
 * Images of 16 x 16 pixels from 0 to 1 that stand here for data of your own: a soft disk that lies anywhere. [count,
 * 16, 16].
 */
export function disks(count: number, seed = 0): Float32Array {
  const random = hostRandom(seed)
  const places = Float64Array.from({ length: 2 * count }, () => 3.5 + 8 * random.uniform())
  return Float32Array.from({ length: 256 * count }, (_, pixel) => {
    const [i, row, column] = [Math.floor(pixel / 256), Math.floor(pixel / 16) % 16, pixel % 16]
    const distance = Math.hypot(column - places[2 * i]!, row - places[2 * i + 1]!)
    return 1 / (1 + Math.exp(2 * (distance - 3)))
  })
}
