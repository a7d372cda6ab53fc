// expects: nothing
import { f32, program } from 'fluxion'

export const twice = program({ x: f32() }, ({ x }) => x.mul(2))
export const broken = { get program() { throw new Error('not read') } }
