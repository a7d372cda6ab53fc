// expects: nothing
import { f32, key, normal, program } from 'fluxion'

export const noise = program({ like: f32('n', 3), seed: key() }, ({ like, seed }) => normal(seed, like.shape))
