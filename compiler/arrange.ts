import { type Fused, type FusedLoop, fuse } from './fuse/fuse.ts'
import type { Pairing } from './fuse/pairing.ts'
import type { Graph, Type } from './ir/graph.ts'
import { none } from './ir/primitive.ts'
import { layOut, type Memory } from './plan/memory.ts'
import { type Ordered, order } from './plan/order.ts'
import { ruleOf } from './transform/derive.ts'

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

interface ArrangeOptions {
  readonly pairing: Pairing
  /** Operations that an expensive function counts as where it could be stored. */
  readonly expensive: number
  /** Whether memory has elements of 16 bits. */
  readonly halves: boolean
}

/** `donated[i]` is the input whose memory output i takes over. */
export function arrange(graph: Graph, donated: readonly (number | undefined)[], options: ArrangeOptions): Arranged {
  const fused = fuse(graph, options.pairing, options.expensive)
  const loops = new Map(fused.loops.map((loop) => [loop, arrangeLoop(loop, options)]))
  const ordered = order(fused, graph.outputs, donated, (loop) => loops.get(loop)!.scratch)
  const state = new Set(donated.filter((input) => input !== undefined))
  return { fused, ordered, memory: layOut(ordered, graph.inputs.length, state, options.halves), loops }
}

/** A graph as it is fused, and those of its loops. */
export const fusedIn = ({ fused, loops }: Arranged): readonly Fused[] => [
  fused,
  ...[...loops.values()].flatMap(({ body, condition }) => [body, ...(condition ? [condition] : [])]).flatMap(fusedIn),
]

function arrangeLoop({ equation }: FusedLoop, options: ArrangeOptions): ArrangedLoop {
  // Once lowered, a graph has no other control.
  const { lower } = equation.primitive
  const turns = lower.kind === 'control' ? lower.turns : none('it runs no graph')
  const { params, inputs } = equation
  const { body, condition, consts, carry, times, reverse } = ruleOf('turns', turns, equation)(params, inputs)
  // The carry is to a turn what state is to a program.
  const turn = arrange(
    body,
    body.outputs.map((_, i) => (i < carry ? consts + i : undefined)),
    options,
  )
  const test = condition && arrange(condition, [undefined], options)
  return {
    consts,
    carry,
    times,
    reverse,
    body: turn,
    condition: test,
    scratch: [...temporaries(turn), ...(test ? [...temporaries(test), flag] : [])],
  }
}

const flag: Type = { shape: [1], dtype: 'bool' }

/** The regions of temporaries, as tensors. */
const temporaries = ({ memory }: Arranged): readonly Type[] =>
  memory.regions.flatMap(({ kind, element, size }): Type[] =>
    kind === 'temporary' ? [{ shape: [size], dtype: element }] : [],
  )
