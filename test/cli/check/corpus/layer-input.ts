// expects: FX1001 at 6
import { f32, program } from 'fluxion'
import { linear } from 'fluxion/nn'

const layer = linear(3, 2)
export const apply = program({ params: layer.params, x: f32('n', 2) }, ({ params, x }) => layer.apply(params, x))
