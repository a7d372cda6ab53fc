// expects: FX1001 at 4
import { f32, program } from 'fluxion'

export const total = program({ x: f32('n', 2) }, ({ x }) => x.sum(2))
