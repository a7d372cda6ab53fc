// expects: FX2006 at 5
import { f32, program, tensor } from 'fluxion'

const table = Array.from({ length: 70 }, (_, i) => i)
export const looked = program({ x: f32(70) }, ({ x }) => x.mul(tensor(table).as([70])))
