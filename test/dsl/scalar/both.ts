import { f32, program, scalar } from '../../../dsl/index.ts'
import { evaluateProgram } from '../../../testing/index.ts'

/** Something to be imported, which bundlers rename. */
export const third = 1 / 3

/** The function that JavaScript makes of a text. */
export const functionOf = (text: string): ((x: number, y: number) => number) =>
  new Function(`return (${text})`)() as (x: number, y: number) => number

/** What the evaluator and JavaScript make of a function of one number, at each of some. */
export function both(text: string, at: readonly number[]) {
  const fn = functionOf(text) as (x: number) => number
  const made = scalar(fn)
  const of = program({ x: f32('n') }, ({ x }) => made(x))
  const { data } = evaluateProgram(of, { x: at })
  return at.map((x, i) => ({ x, found: data[i]!, expected: fn(x) }))
}
