import { type Equation, sizeOf, type Value } from '../ir/graph.ts'
import { lineOf } from '../ir/source.ts'
import type { Memory } from './memory.ts'
import type { LargeTensor, Region } from './plan.ts'

const most = 4

/** The regions with the largest tensors of each, so that who has no room for it can be told what takes it. */
export function withLargest(
  { regions, places }: Memory,
  tensors: readonly Value[],
  equations: readonly Equation[],
): readonly Region[] {
  return regions.map((region, at) => {
    // Tensors that share a place count once.
    const byOffset = new Map<number, Value>()
    for (const [tensor, value] of tensors.entries()) {
      const place = places[tensor]
      if (place?.region !== at) continue
      const other = byOffset.get(place.offset)
      if (!other || bytesOf(other) < bytesOf(value)) byOffset.set(place.offset, value)
    }
    const largest = [...byOffset.values()].sort((a, b) => bytesOf(b) - bytesOf(a)).slice(0, most)
    return { ...region, largest: largest.map((value) => described(value, equations)) }
  })
}

const bytesOf = ({ type }: Value): number => 4 * sizeOf(type.shape)

function described(value: Value, equations: readonly Equation[]): LargeTensor {
  const line = lineOf(equations.find(({ outputs }) => outputs.includes(value))?.source)
  return { name: value.name, shape: value.type.shape, bytes: bytesOf(value), ...(line && { line }) }
}
