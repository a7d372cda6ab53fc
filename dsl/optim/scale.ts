import { mul } from '../operations/elementwise.ts'
import { checkFinite } from '../option.ts'
import type { Stateless } from './layout.ts'
import { statelessOf, type Transformation } from './transformation.ts'

/** Multiplies updates by a number. */
export function scale(by: number): Transformation<Stateless> {
  checkFinite('scale', 'the factor', by)
  return statelessOf('scale', (updates) => updates.map((update) => mul(update, by)))
}
