import { type Equation, sizeOf, type Value } from '../ir/graph.ts'
import { lineOf } from '../ir/source.ts'
import { bytesOf } from './bytes.ts'
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
      if (!other || sizeOf(other.type.shape) < sizeOf(value.type.shape)) byOffset.set(place.offset, value)
    }
    const largest = [...byOffset.values()].sort((a, b) => sizeOf(b.type.shape) - sizeOf(a.type.shape)).slice(0, most)
    return { ...region, largest: largest.map((value) => described(value, bytesOf[region.element], equations)) }
  })
}

function described(value: Value, bytes: number, equations: readonly Equation[]): LargeTensor {
  const line = lineOf(equations.find(({ outputs }) => outputs.includes(value))?.source)
  const { shape } = value.type
  return { name: value.name, shape, bytes: bytes * sizeOf(shape), ...(line && { line }) }
}
