import { splat } from '../operations/elementwise.ts'
import { type Held, hold } from '../trace/held.ts'
import { enter } from '../trace/trace.ts'

/** A number as a tensor. */
export function scalar(value: number, dtype: 'f32' | 'i32' = 'f32'): Held {
  const trace = enter('scalar')
  return hold(trace, splat('scalar', trace, dtype, value, []), [], dtype)
}
