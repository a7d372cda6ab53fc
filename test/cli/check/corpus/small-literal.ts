// expects: nothing
import { f32, program, tensor } from 'fluxion'

export const weighted = program({ x: f32('n', 3) }, ({ x }) => x.mul(tensor([1, 2, 1])))
