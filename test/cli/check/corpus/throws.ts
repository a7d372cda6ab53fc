// expects: FX9003 at 4
import { f32, program } from 'fluxion'

if (process.argv.length > 0) throw new Error('not today')
export const twice = program({ x: f32() }, ({ x }) => x.mul(2))
