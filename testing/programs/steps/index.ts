import { axes } from './axes.ts'
import { elementwise } from './elementwise.ts'
import { functions } from './functions.ts'
import { moves } from './moves.ts'
import type { Step } from './step.ts'

/**
 * All that a random program may do. An operation of the language that is to be tried has a line in one of these. What
 * takes functions is few lines for much, and drawn more often.
 */
export const steps: readonly Step[] = [...elementwise, ...axes, ...moves, ...functions, ...functions, ...functions]
