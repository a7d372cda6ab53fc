import { sizeOf, type Type } from '../ir/graph.ts'
import { bytesOf } from './bytes.ts'
import { isLoop, readBy, writtenBy } from './dependencies.ts'
import type { Ordered } from './order.ts'
import type { Place, Region, RegionElement } from './plan.ts'

export interface Memory {
  readonly regions: readonly Region[]
  /** Where each tensor of `Ordered` lies; undefined for one that is never used. */
  readonly places: readonly (Place | undefined)[]
  /** The sum of all temporaries if none shared memory, in bytes. */
  readonly withoutReuse: number
}

type Kind = Region['kind']

/**
 * Lays out all tensors. Inputs, state and outputs lie one after another; temporaries share memory with those that
 * nobody reads any more.
 *
 * `inputs` is the number of inputs of the graph, which come first among the tensors; `state` are those that are
 * overwritten; `halves` says whether there is 16-bit storage.
 */
export function layOut(ordered: Ordered, inputs: number, state: ReadonlySet<number>, halves: boolean): Memory {
  const { tensors, home } = ordered
  const outputs = new Set(ordered.outputs)
  const kindOf = (tensor: number): Kind =>
    state.has(tensor) ? 'state' : tensor < inputs ? 'input' : outputs.has(tensor) ? 'output' : 'temporary'
  const regions: { name: string; kind: Kind; element: RegionElement; size: number }[] = []
  const regionOf = (kind: Kind, type: Type): number => {
    const element = elementOf(type, halves)
    const known = regions.findIndex((region) => region.kind === kind && region.element === element)
    if (known >= 0) return known
    return regions.push({ name: element === 'f32' ? kind : `${kind}_${element}`, kind, element, size: 0 }) - 1
  }
  const places: (Place | undefined)[] = tensors.map(() => undefined)
  const lifetimes = temporaryLifetimes(ordered, (tensor) => kindOf(tensor) === 'temporary' && !home.has(tensor))

  for (const [tensor, { type }] of tensors.entries()) {
    if (home.has(tensor) || kindOf(tensor) === 'temporary') continue
    const region = regionOf(kindOf(tensor), type)
    places[tensor] = { region, offset: regions[region]!.size }
    regions[region]!.size += padded(type, halves)
  }
  for (const [tensor, over] of home) places[tensor] = places[over]!

  // Largest first, each at the lowest offset that is free for as long as it lives.
  const laid: { first: number; last: number; from: number; to: number; region: number }[] = []
  const size = (tensor: number) => padded(tensors[tensor]!.type, halves)
  const bytes = (tensor: number) => size(tensor) * bytesOf[elementOf(tensors[tensor]!.type, halves)]
  const bySize = [...lifetimes].sort(([a], [b]) => bytes(b) - bytes(a) || a - b)
  for (const [tensor, { first, last }] of bySize) {
    const region = regionOf('temporary', tensors[tensor]!.type)
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
  const withoutReuse = [...lifetimes.keys()].reduce((sum, tensor) => sum + bytes(tensor), 0)
  return { regions, places, withoutReuse }
}

/**
 * What a tensor's elements lie among. A single half takes no more room as a word, and is then copied as one: copies are
 * of whole words.
 */
function elementOf({ shape, dtype }: Type, halves: boolean): RegionElement {
  if (dtype === 'f16') return halves && sizeOf(shape) !== 1 ? 'f16' : 'f32'
  return dtype === 'f32' ? 'f32' : 'u32'
}

/**
 * Places begin at multiples of 16 bytes, so that vectors of four are aligned, and no two tensors have one, be they
 * empty.
 */
function padded(type: Type, halves: boolean): number {
  const unit = 16 / bytesOf[elementOf(type, halves)]
  return Math.max(unit, Math.ceil(sizeOf(type.shape) / unit) * unit)
}

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
