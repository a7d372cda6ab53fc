import { type DType, sizeOf } from '../ir/graph.ts'
import { isLoop, readBy, writtenBy } from './dependencies.ts'
import type { Ordered } from './order.ts'
import type { Place, Region } from './plan.ts'

export interface Memory {
  readonly regions: readonly Region[]
  /** Where each tensor of `Ordered` lies; undefined for one that is never used. */
  readonly places: readonly (Place | undefined)[]
  /** The sum of all temporaries if none shared memory, in bytes. */
  readonly withoutReuse: number
}

type Kind = Region['kind']

/**
 * Lays out all tensors. Inputs, state and outputs lie one after another; temporaries share memory with those that nobody reads any more.
 *
 * `inputs` is the number of inputs of the graph, which come first among the tensors; `state` are those that are overwritten.
 */
export function layOut(ordered: Ordered, inputs: number, state: ReadonlySet<number>): Memory {
  const { tensors, home } = ordered
  const outputs = new Set(ordered.outputs)
  const kindOf = (tensor: number): Kind =>
    state.has(tensor) ? 'state' : tensor < inputs ? 'input' : outputs.has(tensor) ? 'output' : 'temporary'
  const regions: { name: string; kind: Kind; element: Region['element']; size: number }[] = []
  const regionOf = (kind: Kind, dtype: DType): number => {
    const element = dtype === 'f32' ? 'f32' : 'u32'
    const known = regions.findIndex((region) => region.kind === kind && region.element === element)
    if (known >= 0) return known
    return regions.push({ name: element === 'f32' ? kind : `${kind}_${element}`, kind, element, size: 0 }) - 1
  }
  const places: (Place | undefined)[] = tensors.map(() => undefined)
  const lifetimes = temporaryLifetimes(ordered, (tensor) => kindOf(tensor) === 'temporary' && !home.has(tensor))

  for (const [tensor, { type }] of tensors.entries()) {
    if (home.has(tensor) || kindOf(tensor) === 'temporary') continue
    const region = regionOf(kindOf(tensor), type.dtype)
    places[tensor] = { region, offset: regions[region]!.size }
    regions[region]!.size += padded(sizeOf(type.shape))
  }
  for (const [tensor, over] of home) places[tensor] = places[over]!

  // Largest first, each at the lowest offset that is free for as long as it lives.
  const laid: { first: number; last: number; from: number; to: number; region: number }[] = []
  const size = (tensor: number) => padded(sizeOf(tensors[tensor]!.type.shape))
  const bySize = [...lifetimes].sort(([a], [b]) => size(b) - size(a) || a - b)
  for (const [tensor, { first, last }] of bySize) {
    const region = regionOf('temporary', tensors[tensor]!.type.dtype)
    const alive = laid
      .filter((other) => other.region === region && other.first <= last && first <= other.last)
      .sort((a, b) => a.from - b.from)
    let offset = 0
    for (const other of alive) {
      if (other.from - offset >= size(tensor)) break
      offset = Math.max(offset, other.to)
    }
    laid.push({ first, last, from: offset, to: offset + size(tensor), region })
    places[tensor] = { region, offset }
    regions[region]!.size = Math.max(regions[region]!.size, offset + size(tensor))
  }
  const withoutReuse = [...lifetimes.keys()].reduce((sum, tensor) => sum + 4 * size(tensor), 0)
  return { regions, places, withoutReuse }
}

/** Places begin at multiples of 4 elements, so that vectors of four are aligned, and no two tensors have one, be they empty. */
const padded = (size: number): number => Math.max(4, Math.ceil(size / 4) * 4)

/** From the step that writes a temporary to the last step that reads it. */
function temporaryLifetimes({ steps, scratch }: Ordered, isTemporary: (tensor: number) => boolean) {
  const lifetimes = new Map<number, { first: number; last: number }>()
  for (const [step, work] of steps.entries())
    for (const one of work) {
      const own = isLoop(one) ? scratch.get(one)! : []
      for (const tensor of [...writtenBy(one), ...own])
        if (isTemporary(tensor)) lifetimes.set(tensor, { first: step, last: step })
    }
  for (const [step, work] of steps.entries())
    for (const one of work)
      for (const tensor of readBy(one)) {
        const lifetime = lifetimes.get(tensor)
        if (lifetime) lifetime.last = Math.max(lifetime.last, step)
      }
  return lifetimes
}
