import type { Compilation } from '../compile.ts'
import type { Step } from '../emit-steps.ts'
import type { FusedNest } from '../fuse/fuse.ts'
import { costOf } from '../ir/cost.ts'
import { type Equation, sizeOf, type Type, type Value } from '../ir/graph.ts'
import { lineOf } from '../ir/source.ts'
import { printKernel } from '../kernel/print.ts'
import { bytesOf } from '../plan/bytes.ts'
import type { Code, Plan, Port } from '../plan/plan.ts'
import { leavesOf } from '../plan/tree.ts'
import type {
  Explained,
  ExplainedKernel,
  ExplainedNest,
  ExplainedTensor,
  Least,
  MemoryUse,
  Operation,
} from './explained.ts'
import { type Content, contentsOf, lifetimeOf, overlap, slotsOf, stretchOf, unionOf } from './flow.ts'
import { leastBetweenProducts, longestChainOfProducts } from './least.ts'
import { scheduleOf } from './schedule.ts'
import { whyOf } from './why.ts'

/** All that there is to say of a compilation, as data. `withCode`: also what each kernel was printed as. */
export function describe(compilation: Compilation, code: Code, withCode = false): Explained {
  const { traced, plan, steps } = compilation
  const ports = leavesOf(plan.inputs)
  const contents = contentsOf(
    plan,
    ports.map((port) => stretchOf(port.place, elementsIn(port))),
  )
  const tensors = contents.map((content) => tensorOf(compilation, ports, content))
  const kernels = steps.map((step, index) => kernelOf(compilation, code, step, index, tensors, withCode))
  const often = (each: (kernel: ExplainedKernel) => number) =>
    kernels.reduce((sum, kernel) => sum + Math.max(1, kernel.times) * each(kernel), 0)
  return {
    program: traced.name,
    dims: plan.dims,
    target: plan.target,
    totals: {
      kernels: kernels.length,
      dispatches: often(() => 1),
      flops: often(({ flops }) => flops),
      bytes: often(({ bytesRead, bytesWritten }) => bytesRead + bytesWritten),
      least: leastOf(compilation),
    },
    memory: memoryOf(compilation, contents),
    kernels,
    tensors,
    loops: (plan.loops ?? []).map(({ from, to, times }) => ({ from, to, times })),
  }
}

function kernelOf(
  { plan }: Compilation,
  code: Code,
  step: Step,
  index: number,
  tensors: readonly ExplainedTensor[],
  withCode: boolean,
): ExplainedKernel {
  const { nests, ordered, times } = step
  const { kernel: number, places } = plan.dispatches[index]!
  const kernel = plan.kernels[number]!
  const bytes = (unless: 'read' | 'write') =>
    kernel.slots.reduce(
      (sum, { size, access }, slot) => sum + (access === unless ? 0 : bytesIn(plan, places[slot]!.region, size)),
      0,
    )
  const flops = nests.reduce((sum, nest) => sum + costOf(nest.computes), 0)
  const [bytesRead, bytesWritten] = [bytes('write'), bytes('read')]
  const numbers = (isOf: (tensor: ExplainedTensor) => boolean) =>
    tensors.flatMap((tensor, number) => (isOf(tensor) ? [number] : []))
  return {
    index,
    name: kernel.name,
    times,
    flops,
    bytesRead,
    bytesWritten,
    intensity: flops / Math.max(1, bytesRead + bytesWritten),
    nests: nests.map((nest) => nestOf(nest, ordered)),
    reads: numbers(({ readBy }) => readBy.includes(index)),
    writes: numbers(({ madeBy }) => madeBy === index),
    schedule: scheduleOf(step, code, index),
    ...(withCode && {
      code: code.target === 'wgsl' ? code.shaders[code.dispatches[index]!]!.source : printKernel(kernel),
    }),
  }
}

const nestOf = (nest: FusedNest, { tensors }: Step['ordered']): ExplainedNest => ({
  shape: nest.axes.map((axis) => axis.extent!),
  stores: nest.stores.map(({ tensor }) => ({ name: tensors[tensor]!.name, ...lineIn(nest, tensors[tensor]!) })),
  operations: nest.computes.map(operationOf),
})

function operationOf(equation: Equation): Operation {
  const { primitive, outputs, source } = equation
  const line = lineOf(source)
  return {
    primitive: primitive.name,
    name: outputs[0]!.name,
    ...(line && { line }),
    scope: (source?.scope.slice(1) ?? []).join(' > '),
    type: typeOf(outputs[0]!.type),
    flops: costOf([equation]),
  }
}

const typeOf = ({ dtype, shape }: Type): string => `${dtype}[${shape.join(', ')}]`

/** The author's line for what a nest stores. */
function lineIn({ computes }: FusedNest, value: Value): { readonly line?: string } {
  const line = lineOf(computes.find(({ outputs }) => outputs.includes(value))?.source)
  return line ? { line } : {}
}

function tensorOf({ plan, steps }: Compilation, ports: readonly Port[], content: Content): ExplainedTensor {
  const { at, origin, readBy } = content
  const [from, to] = lifetimeOf(plan, content)
  const where = {
    bytes: bytesIn(plan, at.region, at.to - at.from),
    kind: plan.regions[at.region]!.kind,
    readBy: [...readBy].sort((a, b) => a - b),
    region: at.region,
    offset: bytesIn(plan, at.region, at.from),
    from,
    to,
  }
  if ('input' in origin) {
    const { path, dtype, shape } = ports[origin.input]!
    return { name: path, dtype, shape, ...where }
  }
  const { nests, ordered, tensors, reasons } = steps[origin.dispatch]!
  const home = tensors[origin.slot]!
  const { nest, tensor } = nests
    .flatMap((nest) => nest.stores.map(({ tensor }) => ({ nest, tensor })))
    .find(({ tensor }) => (ordered.home.get(tensor) ?? tensor) === home)!
  const value = ordered.tensors[tensor]!
  const inLoop = (plan.loops ?? []).some((loop) => loop.from <= origin.dispatch && origin.dispatch < loop.to)
  return {
    name: value.name,
    dtype: value.type.dtype,
    shape: value.type.shape,
    ...lineIn(nest, value),
    ...where,
    madeBy: origin.dispatch,
    why: whyOf(reasons.get(value), { inLoop, copied: where.kind === 'temporary' }),
  }
}

function memoryOf({ plan, memory, steps }: Compilation, contents: readonly Content[]): MemoryUse {
  const bytes = { input: 0, state: 0, output: 0, temporary: 0 }
  for (const [region, { kind, size }] of plan.regions.entries()) bytes[kind] += bytesIn(plan, region, size)
  const temporaries = contents
    .filter(({ at, readBy }) => plan.regions[at.region]!.kind === 'temporary' && readBy.size > 0)
    .map((content) => ({ at: content.at, lifetime: lifetimeOf(plan, content) }))
  const liveAt = steps.map((_, step) => {
    const live = temporaries.filter(({ lifetime: [from, to] }) => from <= step && step <= to)
    return plan.regions.reduce(
      (sum, _, region) =>
        sum + bytesIn(plan, region, unionOf(live.flatMap(({ at }) => (at.region === region ? [at] : [])))),
      0,
    )
  })
  return {
    all: bytes.input + bytes.state + bytes.output + bytes.temporary,
    inputs: bytes.input,
    state: bytes.state,
    outputs: bytes.output,
    temporaries: bytes.temporary,
    live: Math.max(0, ...liveAt),
    liveAt,
    withoutReuse: memory.withoutReuse,
    regions: plan.regions.map(({ name, kind, size }, region) => ({ name, kind, bytes: bytesIn(plan, region, size) })),
  }
}

function leastOf({ plan, simplified }: Compilation): Least {
  const touched = plan.dispatches.flatMap((_, dispatch) =>
    slotsOf(plan, dispatch).map((slot) => ({ ...slot, dispatch })),
  )
  const written = touched.filter(({ access }) => access !== 'read')
  // What has been written over is no input: new state may lie in the place of the old.
  const read = touched.filter(
    ({ access, at, dispatch }) =>
      access !== 'write' && !written.some((slot) => slot.dispatch < dispatch && overlap(slot.at, at)),
  )
  const moved = (ports: readonly Port[], by: typeof touched) => {
    const at = new Map(ports.map((port) => [`${port.place.region} ${port.place.offset}`, port]))
    return [...at.values()].reduce((sum, port) => {
      const place = stretchOf(port.place, elementsIn(port))
      return by.some((slot) => overlap(slot.at, place)) ? sum + bytesIn(plan, place.region, elementsIn(port)) : sum
    }, 0)
  }
  const ends = moved(leavesOf(plan.inputs), read) + moved(leavesOf(plan.outputs), written)
  return {
    kernels: plan.dispatches.length === 0 ? 0 : Math.max(1, longestChainOfProducts(simplified)),
    bytes: ends + leastBetweenProducts(simplified),
  }
}

/** What so many elements of a region take. */
const bytesIn = ({ regions }: Plan, region: number, elements: number): number =>
  elements * bytesOf[regions[region]!.element]

const elementsIn = ({ dtype, shape }: Port): number => sizeOf(shape) * (dtype === 'key' ? 2 : 1)
