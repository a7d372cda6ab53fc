// expects: FX1005 at 4
import { f32, program } from 'fluxion'

export const loose = program({ x: f32(2) }, ({ x }) => JSON.parse('0') || x)
