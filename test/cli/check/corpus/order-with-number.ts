// expects: FX2002 at 5
import { f32, program } from 'fluxion'

// @ts-expect-error TypeScript refuses it as well
export const positive = program({ x: f32() }, ({ x }) => (x > 0 ? x : x.neg()))
