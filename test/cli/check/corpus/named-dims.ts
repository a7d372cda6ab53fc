// expects: FX1001 at 4
import { f32, program } from 'fluxion'

export const sum = program({ x: f32('n', 2), y: f32('m', 2) }, ({ x, y }) => x.sub(y))
