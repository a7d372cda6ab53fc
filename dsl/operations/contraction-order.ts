import type { Labels } from '../shape/einsum.ts'

/** Which two of a list to multiply next. Both leave the list and their product is its new end. */
export type Step = readonly [number, number]

/**
 * All orders are compared for as many operands as this, of which there are 180 for five; of more, the cheapest pair is
 * next.
 */
const compared = 5

/** The order in which products of labelled operands cost the fewest multiplications. */
export function contractionOrder(
  operands: readonly Labels[],
  result: Labels,
  size: (label: string) => number,
): readonly Step[] {
  const best = operands.length <= compared ? cheapest(operands, result, size) : greedy(operands, result, size)
  return best.steps
}

interface Order {
  readonly cost: number
  readonly steps: readonly Step[]
}

function cheapest(operands: readonly Labels[], result: Labels, size: (label: string) => number): Order {
  let best: Order = { cost: operands.length < 2 ? 0 : Number.POSITIVE_INFINITY, steps: [] }
  for (const step of pairsOf(operands)) {
    const { cost, left } = taken(operands, step, result, size)
    if (cost >= best.cost) continue
    const rest = cheapest(left, result, size)
    if (cost + rest.cost < best.cost) best = { cost: cost + rest.cost, steps: [step, ...rest.steps] }
  }
  return best
}

function greedy(operands: readonly Labels[], result: Labels, size: (label: string) => number): Order {
  const steps: Step[] = []
  let [cost, left] = [0, operands]
  while (left.length > 1) {
    const options = pairsOf(left).map((step) => ({ step, ...taken(left, step, result, size) }))
    const next = options.reduce((least, option) => (option.cost < least.cost ? option : least))
    steps.push(next.step)
    cost += next.cost
    left = next.left
  }
  return { cost, steps }
}

const pairsOf = (operands: readonly unknown[]): readonly Step[] =>
  operands.flatMap((_, j) => Array.from({ length: j }, (_, i) => [i, j] as const))

/**
 * The list after a step, and the number of multiplications; an empty axis counts as one element, so that orders can
 * still be told apart.
 */
function taken(
  operands: readonly Labels[],
  [i, j]: Step,
  result: Labels,
  size: (label: string) => number,
): { cost: number; left: readonly Labels[] } {
  const others = operands.filter((_, k) => k !== i && k !== j)
  const needed = new Set([...result, ...others.flat()])
  // What only one of them has and nobody needs is summed before.
  const [x, y] = [operands[i]!, operands[j]!]
  const loops = [...new Set([...x, ...y])].filter(
    (label) => needed.has(label) || (x.includes(label) && y.includes(label)),
  )
  const cost = loops.reduce((total, label) => total * Math.max(size(label), 1), 1)
  return { cost, left: [...others, loops.filter((label) => needed.has(label))] }
}
