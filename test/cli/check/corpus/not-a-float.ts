// expects: FX1002 at 4
import { i32, program } from 'fluxion'

export const middle = program({ n: i32('n') }, ({ n }) => n.mean())
