// expects: nothing
import { f32, type Key, key, normal, program, type Tensor } from 'fluxion'

// Whether an optional tensor is there may be asked.
const noisy = (x: Tensor<['n']>, key?: Key, scale?: Tensor<[]>) => {
  const noise = key ? normal(key, ['n']) : undefined
  if (scale && noise) return x.add(noise.mul(scale))
  return scale === undefined || !noise ? x : x.add(noise)
}
export const sample = program({ x: f32('n'), scale: f32(), seed: key() }, ({ x, scale, seed }) =>
  noisy(x, seed, scale),
)
