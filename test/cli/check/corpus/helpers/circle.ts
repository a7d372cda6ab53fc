// expects: FX9005 at 5
import { f32, program } from 'fluxion'
import { width } from '../circle.ts'

export const doubled = program({ x: f32(width) }, ({ x }) => x.mul(2))
