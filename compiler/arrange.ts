import { type Fused, type FusedLoop, fuse } from './fuse/fuse.ts'
import type { Equation, Graph, Type } from './ir/graph.ts'
import { applies } from './ir/primitive.ts'
import { layOut, type Memory } from './plan/memory.ts'
import { type Ordered, order } from './plan/order.ts'
import { scan, whileLoop } from './transform/control/index.ts'

/** A graph as nests and loops in the order in which they run, with memory for each tensor. */
export interface Arranged {
  readonly fused: Fused
  readonly ordered: Ordered
  readonly memory: Memory
  readonly loops: ReadonlyMap<FusedLoop, ArrangedLoop>
}

/** A loop of a graph: its equation by parts, and the graph of one turn. */
export interface ArrangedLoop {
  readonly consts: number
  readonly carry: number
  /** 0: any number. */
  readonly times: number
  readonly reverse: boolean
  readonly body: Arranged
  /** Whether there is another turn, from the same inputs. */
  readonly condition: Arranged | undefined
  /** One for each region of the temporaries of body and condition, and one word for what the condition gives. */
  readonly scratch: readonly Type[]
}

/** `donated[i]` is the input whose memory output i takes over; `halves` says whether there is 16-bit storage. */
export function arrange(graph: Graph, donated: readonly (number | undefined)[], halves: boolean): Arranged {
  const fused = fuse(graph)
  const loops = new Map(fused.loops.map((loop) => [loop, arrangeLoop(loop, halves)]))
  const ordered = order(fused, graph.outputs, donated, (loop) => loops.get(loop)!.scratch)
  const state = new Set(donated.filter((input) => input !== undefined))
  return { fused, ordered, memory: layOut(ordered, graph.inputs.length, state, halves), loops }
}

function arrangeLoop({ equation }: FusedLoop, halves: boolean): ArrangedLoop {
  // Once lowered, a graph has no other control.
  const turns = applies(equation, scan)
    ? { ...equation.params, times: equation.params.length, condition: undefined }
    : whileTurns(equation)
  const { body, consts, carry, times, reverse } = turns
  // The carry is to a turn what state is to a program.
  const turn = arrange(
    body,
    body.outputs.map((_, i) => (i < carry ? consts + i : undefined)),
    halves,
  )
  const condition = turns.condition && arrange(turns.condition, [undefined], halves)
  return {
    consts,
    carry,
    times,
    reverse,
    body: turn,
    condition,
    scratch: [...temporaries(turn), ...(condition ? [...temporaries(condition), flag] : [])],
  }
}

function whileTurns(equation: Equation) {
  if (!applies(equation, whileLoop)) throw new Error(`arrange: ${equation.primitive.name} is not a loop`)
  const { params, inputs } = equation
  return { ...params, carry: inputs.length - params.consts, times: params.maxSteps, reverse: false }
}

const flag: Type = { shape: [1], dtype: 'bool' }

/** The regions of temporaries, as tensors. */
const temporaries = ({ memory }: Arranged): readonly Type[] =>
  memory.regions.flatMap(({ kind, element, size }): Type[] =>
    kind === 'temporary' ? [{ shape: [size], dtype: element }] : [],
  )
