// expects: FX1003 at 5
import { f32, program } from 'fluxion'

const loss = program({ x: f32('n'), y: f32('n') }, ({ x, y }) => x.sub(y).square().mean())
export const half = program({ x: f32('n') }, ({ x }) => loss({ x }).div(2))
