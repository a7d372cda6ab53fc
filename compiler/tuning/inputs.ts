import type { PlanOutline, Port, Tree } from '../plan/plan.ts'

/** Inputs to time a program with, nested as it takes them: some numbers, zeros where they are indices, and keys. */
export const anyInputs = ({ inputs }: PlanOutline): unknown => nested(inputs)

function nested(tree: Tree<Port>): unknown {
  if ('leaf' in tree) return numbersFor(tree.leaf)
  if ('list' in tree) return tree.list.map(nested)
  return Object.fromEntries(Object.entries(tree.record).map(([name, part]) => [name, nested(part)]))
}

function numbersFor({ shape, dtype }: Port): Float32Array | Int32Array | Uint32Array {
  const length = shape.reduce((product, size) => product * size, dtype === 'key' ? 2 : 1)
  if (dtype === 'i32') return new Int32Array(length)
  if (dtype !== 'f32' && dtype !== 'f16') return new Uint32Array(length)
  // Between 0.01 and 0.1: sums and products of many stay numbers.
  return Float32Array.from({ length }, (_, i) => 0.01 + 0.09 * ((i * 0.618_034) % 1))
}
