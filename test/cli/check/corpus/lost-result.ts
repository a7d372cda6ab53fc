// expects: FX1005 at 4
import { f32, program } from 'fluxion'

export const flat = program({ x: f32(2, 3), y: f32(6) }, ({ x, y }) => ({ out: x.as(shapeOf()), y }))
const shapeOf = (): number[] => [2, 3]
