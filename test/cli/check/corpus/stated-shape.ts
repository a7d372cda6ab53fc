// expects: FX1001 at 4
import { f32, program } from 'fluxion'

export const stated = program({ x: f32('n', 3) }, ({ x }) => x.as([2, 2]).sum())
