/** Images of 16 x 16 pixels from 0 to 1 that stand here for data of your own: a soft disk that lies anywhere. [count, 16, 16]. */
export function disks(count: number, seed = 0): Float32Array {
  const at = (i: number, axis: number): number => {
    // Weyl's sequence: places that fill the square evenly.
    const turn = (seed / 7 + (i + 1) * [0.7548776662, 0.5698402909][axis]!) % 1
    return 3.5 + 8 * turn
  }
  return Float32Array.from({ length: count * 256 }, (_, pixel) => {
    const i = Math.floor(pixel / 256)
    const distance = Math.hypot((pixel % 16) - at(i, 0), (Math.floor(pixel / 16) % 16) - at(i, 1))
    return 1 / (1 + Math.exp(2 * (distance - 3)))
  })
}
