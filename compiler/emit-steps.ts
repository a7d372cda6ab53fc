import type { Arranged, ArrangedLoop } from './arrange.ts'
import type { FusedLoop, FusedNest } from './fuse/fuse.ts'
import type { Reasons } from './fuse/reason.ts'
import { sizeOf } from './ir/graph.ts'
import type { Functions } from './kernel/functions/declared.ts'
import type { Kernel, Nest } from './kernel/kernel.ts'
import { intoKernels, makeKernel } from './make-kernel.ts'
import { isLoop, nestsIn } from './plan/dependencies.ts'
import { copyNest, type Ordered } from './plan/order.ts'
import type { Dispatch, Place, PlanLoop } from './plan/plan.ts'
import type { Schedule } from './schedule/schedule.ts'
import { Schedules } from './schedule/schedules.ts'

/** What kernels are made with. */
export interface Means {
  /** What they call. */
  readonly functions: Functions
  readonly schedule: Schedule
}

/** What one dispatch runs. */
export interface Step {
  readonly nests: readonly FusedNest[]
  /** What became of each: nests of the kernel. */
  readonly parts: readonly (readonly Nest[])[]
  /** Knows the tensors of the nests. */
  readonly ordered: Ordered
  /** The tensor of each slot of the kernel. */
  readonly tensors: readonly number[]
  readonly reasons: Reasons
  /** How often in a call; 0: as often as a condition holds. */
  readonly times: number
}

interface Emitted {
  readonly kernels: Kernel[]
  readonly dispatches: Dispatch[]
  readonly loops: PlanLoop[]
  readonly steps: Step[]
}

/** The kernels of an arranged graph and the dispatches that run them. */
export function emitSteps({ functions, schedule }: Means, arranged: Arranged): Emitted {
  const emitted: Emitted = { kernels: [], dispatches: [], loops: [], steps: [] }
  emit({
    functions,
    schedules: new Schedules(schedule),
    emitted,
    arranged,
    times: 1,
    depth: 0,
    place: (tensor) => arranged.memory.places[tensor]!,
  })
  emitted.loops.sort((a, b) => a.from - b.from || b.to - a.to)
  return emitted
}

/** One graph being emitted. */
interface Frame {
  readonly functions: Functions
  readonly schedules: Schedules
  readonly emitted: Emitted
  readonly arranged: Arranged
  /** How many loops are around it, and how many turns they have in all. */
  readonly depth: number
  readonly times: number
  readonly place: (tensor: number) => Place
}

function emit(frame: Frame): void {
  for (const step of frame.arranged.ordered.steps) {
    emitNests(frame, nestsIn(step))
    for (const loop of step.filter(isLoop)) emitLoop(frame, loop)
  }
}

function emitNests({ schedules, functions, emitted, arranged, times, place }: Frame, all: readonly FusedNest[]): void {
  const { fused, ordered } = arranged
  if (all.length === 0) return
  for (const nests of intoKernels(all)) {
    const { kernel, tensors, parts } = makeKernel(schedules, functions, fused, ordered, nests)
    // Tensors without elements take no kernel.
    if (kernel.nests.length === 0) continue
    emitted.steps.push({ nests, parts, ordered, tensors, reasons: fused.reasons, times })
    emitted.dispatches.push({ kernel: emitted.kernels.push(kernel) - 1, places: tensors.map(place) })
  }
}

/** The carry begins as a copy at the place where it ends; then come the dispatches of a turn. */
function emitLoop(frame: Frame, loop: FusedLoop): void {
  const { emitted, arranged, depth, place } = frame
  const of = arranged.loops.get(loop)!
  const { consts, carry, times, condition } = of
  emitNests(
    frame,
    loop.inputs
      .slice(consts, consts + carry)
      .map((from, i) => copyNest(arranged.fused.scalars, arranged.ordered.tensors[from]!, from, loop.outputs[i]!)),
  )
  const scratch = arranged.ordered.scratch.get(loop)!.map((tensor) => indented(place(tensor), depth, 0))
  const inner = { ...frame, depth: depth + 1, times: frame.times * times }
  const from = emitted.dispatches.length
  let test: PlanLoop['test']
  if (condition) {
    const [result] = condition.ordered.outputs
    const word = scratch.at(-1)!
    const places = placesIn(frame, loop, of, condition, scratch.slice(regionsOf(of.body)))
    emit({ ...inner, arranged: condition, place: (tensor) => (tensor === result ? word : places(tensor)) })
    test = { at: emitted.dispatches.length, place: word }
  } else if (times === 0) return
  emit({ ...inner, arranged: of.body, place: placesIn(frame, loop, of, of.body, scratch) })
  const to = emitted.dispatches.length
  if (to > from) emitted.loops.push({ from, to, times, ...(test && { test }) })
}

/** Where the tensors of a turn lie. */
function placesIn(
  { arranged, depth, place }: Frame,
  loop: FusedLoop,
  { consts, carry, times, reverse, body }: ArrangedLoop,
  turn: Arranged,
  scratch: readonly Place[],
): (tensor: number) => Place {
  const inputs = loop.inputs.length
  const results = turn === body ? turn.ordered.outputs : []
  /** The part of a stack that belongs to the turn. */
  const part = (stack: number): Place => {
    const { type } = arranged.ordered.tensors[stack]!
    const size = sizeOf(type.shape.slice(1))
    const at = indented(place(stack), depth, reverse ? -size : size)
    return reverse ? { ...at, offset: at.offset + (times - 1) * size } : at
  }
  const temporary = turn.memory.regions.flatMap(({ kind }, region) => (kind === 'temporary' ? [region] : []))
  return (tensor) => {
    const at = turn.ordered.home.get(tensor) ?? tensor
    if (at < consts) return indented(place(loop.inputs[at]!), depth, 0)
    if (at < consts + carry) return indented(place(loop.outputs[at - consts]!), depth, 0)
    if (at < inputs) return part(loop.inputs[at]!)
    const result = results.indexOf(at)
    if (result >= 0) return part(loop.outputs[result]!)
    const { region, offset } = turn.memory.places[at]!
    const whole = scratch[temporary.indexOf(region)]!
    return { ...whole, offset: whole.offset + offset }
  }
}

/** A place seen from within one more loop. */
const indented = (place: Place, depth: number, by: number): Place => ({
  ...place,
  advance: [...Array.from({ length: depth }, (_, i) => place.advance?.[i] ?? 0), by],
})

const regionsOf = ({ memory }: Arranged): number => memory.regions.filter(({ kind }) => kind === 'temporary').length
