// expects: FX1005 at 5; FX1005 at 5
import { f32, program } from 'fluxion'

const shape = [3, 4]
export const twice = program({ x: f32(...shape) }, ({ x }) => x.mul(2))
