// expects: FX2005 at 6
import { f32, program } from 'fluxion'
import { mlp } from 'fluxion/nn'

const net = mlp([2, 4, 1])
export const classes = program({ params: net.params, x: f32('n', 2) }, ({ params, x }) =>
  net.apply(params, x).greater(0).cast('f32').sum(),
)
