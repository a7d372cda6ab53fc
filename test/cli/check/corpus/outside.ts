// expects: FX1004 at 4
import { f32, ones, program } from 'fluxion'

const one = ones([3])
export const next = program({ x: f32(3) }, ({ x }) => x.add(one))
