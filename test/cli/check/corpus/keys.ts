// expects: FX2008 at 6; FX2008 at 11; FX2008 at 17
import { foldIn, key, normal, program, split, type Tensor, uniform, zeros } from 'fluxion'

export const twice = program({ seed: key() }, ({ seed }) => {
  const noise = normal(seed, [8])
  return noise.add(uniform(seed, [8]))
})
export const afterSplit = program({ seed: key() }, ({ seed }) => {
  const [a] = split(seed, 2)
  const noise = normal(a, [8])
  return noise.add(uniform(seed, [8]))
})
// A key that is drawn from in every turn.
export const turns = program({ seed: key() }, ({ seed }) => {
  let sum: Tensor<[8]> = zeros([8])
  for (let i = 0; i < 3; i++) {
    sum = sum.add(normal(seed, [8]))
  }
  return sum
})
export const folded = program({ seed: key() }, ({ seed }) => {
  let sum: Tensor<[8]> = zeros([8])
  for (let i = 0; i < 3; i++) sum = sum.add(normal(foldIn(seed, i), [8]))
  return sum
})
