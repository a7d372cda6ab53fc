// expects: nothing
import { f32, program } from 'fluxion'

const width = (): number => 3
export const twice = program({ x: f32('n', width()) }, ({ x }) => x.mul(2))
