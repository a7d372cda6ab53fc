// expects: nothing
import { f32, program } from 'fluxion'

// Numbers and objects of the host, with methods of the same names.
const logs = { softmax: () => ({ log: (): number => 0 }), exp: () => ({ sub: (_: number): number => 0 }) }
const scale = logs.softmax().log() + logs.exp().sub(1)
const flag = Math.random() > 2 && scale > 0
export const scaled = program({ x: f32('n') }, ({ x }) => (flag ? x.mul(scale) : x))
