import type { Compilation } from './compile.ts'
import type { Step } from './emit-steps.ts'
import type { FusedNest } from './fuse/fuse.ts'
import { costOf } from './ir/cost.ts'
import { type Equation, sizeOf } from './ir/graph.ts'
import { printGraph } from './ir/print.ts'
import { lineOf } from './ir/source.ts'
import { printKernel } from './kernel/print.ts'
import type { Code, Plan } from './plan/plan.ts'

export interface ExplainOptions {
  /** The graph as it was traced and as it was simplified, with the author's lines. */
  readonly graph?: boolean
  /** The kernels in the kernel language, and as WGSL where that is the target. */
  readonly code?: boolean
  /** Only what comes from one of the author's lines, all the way: 'flow.ts:12'. */
  readonly line?: string
}

/** What became of a program: its kernels and what each computes, work, bytes moved and memory; on request graphs and generated code. */
export function explain(compilation: Compilation, code: Code, options: ExplainOptions = {}): string {
  if (options.line !== undefined) return followLine(compilation, code, options.line)
  const parts = [summary(compilation)]
  if (options.graph) {
    const { traced, simplified } = compilation
    parts.push(`Graph as traced\n\n${printGraph(traced.graph, { sources: true })}`)
    parts.push(`Graph simplified\n\n${printGraph(simplified, { sources: true })}`)
  }
  if (options.code) parts.push(...codeOf(compilation.plan, code))
  return parts.join('\n\n')
}

function summary({ traced, simplified, plan, memory, steps }: Compilation): string {
  const dims = Object.entries(plan.dims).map(([name, size]) => `${name} = ${size}`)
  const total = { flops: 0, bytes: 0 }
  const rows = steps.map(({ nests, ordered, times }, step) => {
    const kernel = plan.kernels[plan.dispatches[step]!.kernel]!
    const flops = nests.reduce((sum, nest) => sum + costOf(nest.computes), 0)
    const bytes = kernel.slots.reduce((sum, slot) => sum + 4 * slot.size * (slot.access === 'update' ? 2 : 1), 0)
    const often = Math.max(1, times)
    total.flops += often * flops
    total.bytes += often * bytes
    const lines = nests.map((nest) => `     ${shapeOf(nest)} ${storesOf(nest, ordered)} = ${operationsOf(nest)}`)
    const turns = times === 1 ? '' : times === 0 ? ', in every turn of a loop' : `, ${times} times`
    return [`${`${step}`.padStart(3)}  ${amount(flops, 'FLOP')}, ${amount(bytes, 'B')}${turns}`, ...lines].join('\n')
  })
  const kinds = { input: 0, state: 0, output: 0, temporary: 0 }
  for (const region of plan.regions) kinds[region.kind] += 4 * region.size
  const ends = [...simplified.inputs, ...simplified.outputs]
  const least = ends.reduce((sum, { type }) => sum + 4 * sizeOf(type.shape), 0)
  const peak = kinds.input + kinds.state + kinds.output + kinds.temporary
  return [
    `${traced.name}${dims.length ? ` with ${dims.join(', ')}` : ''}, for ${plan.target}`,
    `${steps.length} ${steps.length === 1 ? 'kernel' : 'kernels'}, ${amount(total.flops, 'FLOP')}, ${amount(total.bytes, 'B')} moved (${amount(least, 'B')} if only inputs, state and outputs moved)`,
    `${amount(peak, 'B')} of memory: inputs ${amount(kinds.input, 'B')}, state ${amount(kinds.state, 'B')}, outputs ${amount(kinds.output, 'B')}, temporaries ${amount(kinds.temporary, 'B')} (${amount(memory.withoutReuse, 'B')} without reuse)`,
    '',
    ...rows,
  ].join('\n')
}

const shapeOf = (nest: FusedNest): string => `[${nest.axes.map((axis) => axis.extent).join(', ')}]`

const storesOf = (nest: FusedNest, { tensors }: Step['ordered']): string =>
  nest.stores
    .map(({ tensor }) => {
      const value = tensors[tensor]!
      const line = lineOf(nest.computes.find(({ outputs }) => outputs.includes(value))?.source)
      return line ? `${value.name} (${line})` : value.name
    })
    .join(', ')

const isShown = ({ primitive }: Equation): boolean =>
  !['constant', 'broadcast', 'reshape', 'transpose'].includes(primitive.name)

const operationsOf = (nest: FusedNest): string =>
  nest.computes
    .filter(isShown)
    .map((equation) => equation.primitive.name)
    .join(' ') || 'copy'

function amount(value: number, unit: string): string {
  const [scale, prefix] =
    (
      [
        [1e9, 'G'],
        [1e6, 'M'],
        [1e3, 'k'],
      ] as const
    ).find(([size]) => value >= size) ?? ([1, ''] as const)
  return `${scale === 1 ? value : (value / scale).toPrecision(3)} ${prefix}${unit}`
}

const codeOf = (plan: Plan, code: Code): readonly string[] =>
  code.target === 'wgsl'
    ? code.shaders.map((shader) => shader.source)
    : [...plan.kernels.map(printKernel), `${amount(code.module.length, 'B')} of WebAssembly`]

/** Everything that comes from one line of the author's: equations, the kernels that compute them, and the lines of code that do. */
function followLine({ simplified, plan, steps }: Compilation, code: Code, line: string): string {
  const isHere = ({ source }: Equation): boolean => lineOf(source) === line
  // Where a row of a listing comes from stands at its end; matching.ts:2 is not matching.ts:23.
  const rowsOf = (text: string) => text.split('\n').filter((row) => row.endsWith(` ${line}`))
  const graph = rowsOf(printGraph(simplified, { sources: true }))
  const kernels = steps.flatMap(({ nests, ordered }, step) => {
    const here = nests.filter((nest) => nest.computes.some(isHere))
    if (here.length === 0) return []
    const { kernel } = plan.dispatches[step]!
    const text =
      code.target === 'wgsl' ? code.shaders[code.dispatches[step]!]!.source : printKernel(plan.kernels[kernel]!)
    return [`kernel ${step}, computing ${here.map((nest) => storesOf(nest, ordered)).join(', ')}`, ...rowsOf(text)]
  })
  if (graph.length + kernels.length === 0) return `nothing that ${plan.name} computes comes from ${line}`
  return [`from ${line}`, '', ...graph, '', ...kernels].join('\n')
}
