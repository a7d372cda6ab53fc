// expects: FX1001 at 4
import { f32, unit } from './helpers/language.ts'

export const sum = unit({ x: f32('n', 3), y: f32('n', 4) }, ({ x, y }) => x.add(y))
