import type { Dense } from '../compiler/ir/primitive.ts'
import { normal } from './elements.ts'

/** A direction in which the inputs are moved: one element, or all elements of some inputs at once. */
export interface Probe {
  /** 'params.0.weight[1, 2]', or 'params.0.weight in a random direction'. */
  readonly where: string
  /** What moves: the place of the input among the graph's, and by how much each element does. */
  readonly along: ReadonlyMap<number, Float64Array>
}

export interface Moved {
  /** Its place among the graph's inputs. */
  readonly input: number
  readonly path: string
}

/**
 * Every element where there are at most `most`, else as many of them, drawn from all inputs in turn; and random
 * directions through all that there is.
 */
export function probesOf(
  inputs: readonly Dense[],
  moved: readonly Moved[],
  most: number,
  random: () => number,
): readonly Probe[] {
  const leaves = moved.filter(({ input }) => inputs[input]!.data.length > 0)
  const orders = leaves.map(({ input }) => shuffled(inputs[input]!.data.length, random))
  const taken = leaves.map(() => [] as number[])
  const total = orders.reduce((sum, order) => sum + order.length, 0)
  for (let count = 0, i = 0; count < Math.min(most, total); i++) {
    const next = orders[i % leaves.length]!.pop()
    if (next === undefined) continue
    taken[i % leaves.length]!.push(next)
    count++
  }
  const elements = leaves.flatMap(({ input, path }, i) => {
    const { shape, data } = inputs[input]!
    return taken[i]!.sort((a, b) => a - b).map((element) => ({
      where: `${path}${showIndex(element, shape)}`,
      along: new Map([[input, data.map((_, k) => (k === element ? 1 : 0))]]),
    }))
  })
  const left = leaves.filter((_, i) => orders[i]!.length > 0)
  return [
    ...elements,
    ...left.map((leaf) => randomly(inputs, [leaf], `${leaf.path} in a random direction`, random)),
    ...(total > 1 ? [randomly(inputs, leaves, 'all inputs in a random direction', random)] : []),
  ]
}

/** Normal numbers, divided so that the direction has length 1. */
function randomly(inputs: readonly Dense[], leaves: readonly Moved[], where: string, random: () => number): Probe {
  const drawn = leaves.map(({ input }) => inputs[input]!.data.map(() => normal({ nextDouble: random })))
  const length = Math.sqrt(drawn.reduce((sum, data) => data.reduce((sum, value) => sum + value * value, sum), 0))
  return {
    where,
    along: new Map(leaves.map(({ input }, i) => [input, drawn[i]!.map((value) => value / length)])),
  }
}

/** The inputs moved by t along a probe. */
export const movedBy = (inputs: readonly Dense[], { along }: Probe, t: number): readonly Dense[] =>
  inputs.map((input, i) => {
    const direction = along.get(i)
    return direction ? { ...input, data: input.data.map((value, k) => value + t * direction[k]!) } : input
  })

/** How large the moved elements are; at least 1. */
export function sizeAlong(inputs: readonly Dense[], { along }: Probe): number {
  let size = 1
  for (const [input, direction] of along)
    inputs[input]!.data.forEach((value, k) => {
      if (direction[k] !== 0) size = Math.max(size, Math.abs(value))
    })
  return size
}

/** '[1, 2]' for the element that stands there in row-major order; nothing for a scalar. */
export function showIndex(element: number, shape: readonly number[]): string {
  if (shape.length === 0) return ''
  const index: number[] = []
  let rest = element
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return `[${index.join(', ')}]`
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** A seeded stream of numbers in [0, 1): mulberry32. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000
  }
}
