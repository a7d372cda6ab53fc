// expects: nothing
import { f32, key, normal, program, scan, type Tensor } from 'fluxion'

export const noise = program({ like: f32('n', 3), seed: key() }, ({ like, seed }) => normal(seed, like.shape))
/** A stack that says how many turns there are. */
export const turns = program({ h: f32(3), xs: f32('n', 3) }, ({ h, xs }) =>
  scan((now: Tensor<[3]>) => [now.mul(2), null], h, xs)[0])
