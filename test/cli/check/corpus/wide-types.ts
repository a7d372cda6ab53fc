// expects: FX1001 at 5
import { f32, type Tensor, program } from 'fluxion'

const width = (): number => 4
const added = (x: Tensor<['n', number]>, y: Tensor<['n', number]>) => x.add(y)
export const sum = program({ x: f32('n', 3), y: f32('n', width()) }, ({ x, y }) => added(x, y))
