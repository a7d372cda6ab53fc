// expects: FX2002 at 5
import { f32, program } from 'fluxion'

// @ts-expect-error TypeScript refuses it as well
export const sum = program({ x: f32(), y: f32() }, ({ x, y }) => x.mul(x + y))
