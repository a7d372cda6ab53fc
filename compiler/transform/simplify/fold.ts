import { filled } from '../../ir/dense.ts'
import type { Equation, Type } from '../../ir/graph.ts'

/**
 * The numbers that an elementwise equation fills its outputs with when its inputs are filled with `values`; undefined
 * where it is not elementwise, or where NaN would lose bits that are the point.
 */
export function folded(
  { primitive, params }: Pick<Equation, 'primitive' | 'params'>,
  inputs: readonly Type[],
  values: readonly (number | undefined)[],
  outputs: readonly Type[],
): readonly number[] | undefined {
  if (primitive.lower.kind !== 'map' || values.length === 0) return undefined
  const known = values.filter((value) => value !== undefined)
  if (known.length < values.length) return undefined
  const results = primitive.evaluate(
    inputs.map(({ dtype }, i) => filled({ shape: [], dtype }, known[i]!)),
    params,
    outputs.map(({ dtype }) => ({ shape: [], dtype })),
  )
  const numbers = results.map((result) => result.data[0]!)
  if (primitive.name === 'bitcast' && numbers.some(Number.isNaN)) return undefined
  // A cast to f16 rounds, which is not done here: it is folded where there is nothing to round.
  const rounds = primitive.name === 'cast' && results[0]!.dtype === 'f16' && !numbers.every(isSmallWhole)
  return rounds ? undefined : numbers
}

const isSmallWhole = (x: number): boolean => Number.isInteger(x) && Math.abs(x) <= 2048
